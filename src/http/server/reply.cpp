#include "priz/http/reply.hpp"

#include "priz/http/request.hpp"
#include "priz/http/status.hpp"

namespace priz::http {

namespace {

bool may_have_content(int status) noexcept {
    return status >= 200 && status != 204 && status != 205 && status != 304;
}

}  // namespace

namespace detail {
any_producer::~any_producer() = default;
any_successor::~any_successor() = default;
}  // namespace detail

reply::reply(int status) : status_(status) {
    if (may_have_content(status)) content_ = reason_phrase(status);
}

reply reply::streamed(std::unique_ptr<detail::any_producer> write,
                      std::optional<std::uint64_t> length, int status) {
    reply made;
    made.status_ = status;
    made.rare_ = std::make_unique<uncommon>(uncommon{std::move(write), length, nullptr, {}, 0});
    return made;
}

reply reply::file(unique_fd opened, std::uint64_t first, std::uint64_t size, int status) {
    reply made;
    made.status_ = status;
    made.rare_ =
        std::make_unique<uncommon>(uncommon{nullptr, size, nullptr, std::move(opened), first});
    return made;
}

reply reply::upgraded(headers fields, std::unique_ptr<detail::any_successor> next) {
    reply made;
    made.status_ = 101;
    made.fields_ = std::move(fields);
    made.rare_ = std::make_unique<uncommon>(uncommon{nullptr, {}, std::move(next), {}, 0});
    return made;
}

reply& reply::type(std::string_view media_type) & {
    fields_.set("Content-Type", media_type);
    has_type_ = true;
    return *this;
}

reply& reply::with(std::string_view name, std::string_view value) & {
    fields_.add(name, value);
    if (same_name(name, "Content-Type")) has_type_ = true;
    return *this;
}

status_error::status_error(int status)
    : std::runtime_error(std::string(reason_phrase(status))), status_(status) {}

status_error::status_error(int status, const std::string& text)
    : std::runtime_error(text), status_(status) {}

}  // namespace priz::http
