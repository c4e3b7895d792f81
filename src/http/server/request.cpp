#include "priz/http/request.hpp"

#include "http/collect_text.hpp"
#include "priz/error.hpp"

namespace priz::http {

const std::string& request::parameter(std::string_view name) const {
    for (const auto& [known, value] : parameters_)
        if (known == name) return value;
    failure why(priz::errc::value_error, "parameter");
    why.with_subject(std::string(name))
        .with_hint("the route has no parameter of that name")
        .raise();
}

std::optional<std::string_view> request::last_parameter() const noexcept {
    if (parameters_.empty()) return std::nullopt;
    return parameters_.back().second;
}

address request::peer() const noexcept {
    if (facts_.client != nullptr) return *facts_.client;
    return facts_.connection != nullptr ? facts_.connection->peer.recall() : address();
}

pairs request::query() const {
    auto read = try_parse_qsl(query_);
    if (!read) throw status_error(400, "the query cannot be decoded");
    return *std::move(read);
}

std::optional<std::string> request::query(std::string_view name) const {
    for (auto& [known, value] : query())
        if (known == name) return value;
    return std::nullopt;
}

io::task<std::string_view> request::read() {
    if (facts_.content == nullptr) co_return std::string_view();
    co_return co_await facts_.content->read();
}

io::task<std::string> request::text(std::size_t most) {
    if (content_length() && *content_length() > most) throw status_error(413);
    co_return co_await detail::collect_text(*this, most);
}

}  // namespace priz::http
