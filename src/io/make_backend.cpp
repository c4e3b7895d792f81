#include "io/make_backend.hpp"

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "io/epoll/epoll_backend.hpp"
#include "io/uring/uring_backend.hpp"
#include "priz/io/backend_choice.hpp"

namespace priz::io::detail {

namespace {

std::string_view variable(const char* name) noexcept {
    const char* const text = std::getenv(name);
    return text != nullptr ? text : "";
}

failure refusal(const char* name, std::string_view value, const char* hint) {
    failure why(errc::value_error, "run");
    why.with_subject(name + std::string("=") + std::string(value)).with_hint(hint);
    return why;
}

result<backend_kind> asked_for() {
    constexpr const char* name = "PRIZ_BACKEND";
    const std::string_view value = variable(name);
    if (value.empty() || value == "auto") return backend_kind::automatic;
    if (value == "uring" || value == "io_uring") return backend_kind::uring;
    if (value == "epoll") return backend_kind::epoll;
    return std::unexpected(refusal(name, value, "it is uring or epoll"));
}

result<receive_mode> asked_to_receive() {
    constexpr const char* name = "PRIZ_RECEIVE";
    const std::string_view value = variable(name);
    if (value.empty() || value == "auto" || value == "poll") return receive_mode::poll;
    if (value == "ring") return receive_mode::ring;
    return std::unexpected(refusal(name, value, "it is poll or ring"));
}

struct made_backend {
    std::unique_ptr<backend> kernel;
    backend_choice choice;
};

result<made_backend> make_epoll(backend_choice choice) {
    auto kernel = epoll_backend::make();
    if (!kernel) return std::unexpected(kernel.error());
    return made_backend{*std::move(kernel), std::move(choice)};
}

// Whatever stands in the way of io_uring, epoll gives the same results; who names io_uring is told.
result<made_backend> make_named(backend_kind wanted, receive_mode receive) {
    backend_choice choice{.is_asked_for = wanted != backend_kind::automatic};
    if (wanted == backend_kind::epoll) return make_epoll(std::move(choice));
    auto uring = uring_backend::make(receive == receive_mode::ring);
    if (uring) {
        choice.kind = backend_kind::uring;
        return made_backend{*std::move(uring), std::move(choice)};
    }
    if (choice.is_asked_for) return std::unexpected(uring.error());
    choice.refusal = uring.error();
    return make_epoll(std::move(choice));
}

result<made_backend> make(backend_kind wanted, receive_mode receive) {
    if (wanted == backend_kind::automatic) {
        const auto asked = asked_for();
        if (!asked) return std::unexpected(asked.error());
        wanted = *asked;
    }
    if (receive == receive_mode::automatic) {
        const auto asked = asked_to_receive();
        if (!asked) return std::unexpected(asked.error());
        receive = *asked;
    }
    return make_named(wanted, receive);
}

}  // namespace

result<std::unique_ptr<backend>> make_backend(backend_kind wanted, receive_mode receive) {
    auto made = make(wanted, receive);
    if (!made) return std::unexpected(made.error());
    return std::move(made->kernel);
}

}  // namespace priz::io::detail

namespace priz::io {

result<backend_choice> try_choose_backend() {
    auto made = detail::make(backend_kind::automatic, receive_mode::automatic);
    if (!made) return std::unexpected(made.error());
    return std::move(made->choice);
}

backend_choice choose_backend() { return value_or_throw(try_choose_backend()); }

}  // namespace priz::io
