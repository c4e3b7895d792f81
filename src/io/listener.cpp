#include "priz/io/listener.hpp"

#include "core/destination.hpp"
#include "core/resolve_guard.hpp"
#include "io/adopt.hpp"
#include "io/places.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

using priz::detail::destination;

namespace {

constexpr const char* op = "listen";
constexpr int default_backlog = 4096;

int prepare(detail::endpoint& e, const address& local, bool is_any,
            const listen_options& options) noexcept {
    using detail::setsockopt_now;
    const int yes = 1;
    const bool is_internet = local.family() == AF_INET || local.family() == AF_INET6;
    if (int error = 0;
        is_internet && (error = setsockopt_now(e, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)) != 0)
        return error;
    if (const int error = detail::bind_at(e, local, is_any, options.reuse_port); error != 0)
        return error;
    return detail::listen_now(e, options.backlog.value_or(default_backlog));
}

result<listener> listen_at(const destination& to, const listen_options& options) {
    if (to.type != SOCK_STREAM && to.type != SOCK_SEQPACKET) {
        failure why(errc::value_error, op);
        return std::unexpected(
            why.with_subject(to.text).with_hint("datagrams are not listened for: see bind"));
    }
    const auto places = detail::places_of(to);
    if (!places) return std::unexpected(places.error());
    detail::loop_core& loop = detail::this_loop_core();
    failure last(errc::value_error, op);
    for (const address& local : *places) {
        detail::endpoint* made = nullptr;
        int error = detail::open_now(loop, local.family(), to.type, 0, made);
        if (error == 0) {
            listener holder(made);
            error = prepare(*made, local, to.what == destination::kind::any, options);
            if (error == 0) return holder;
        }
        last = detail::failure_at(error, to, local, op);
        if (!detail::is_for_the_next(error)) break;
    }
    return std::unexpected(last);
}

}  // namespace

listener::listener(socket listening)
    : socket_handle(&detail::adopt(std::move(listening), 0, "listener")) {}

result<listener> try_listen(const address_like& local, const listen_options& options) noexcept {
    return priz::detail::guarded(op, [&] {
        return priz::detail::with_destination(
            local, [&](const destination& to) { return listen_at(to, options); });
    });
}

listener listen(const address_like& local, const listen_options& options) {
    return value_or_throw(try_listen(local, options));
}

}  // namespace priz::io
