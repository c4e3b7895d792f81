#include "priz/io/datagram.hpp"

#include <string_view>

#include "core/destination.hpp"
#include "core/names.hpp"
#include "core/resolve_guard.hpp"
#include "io/adopt.hpp"
#include "io/places.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

using priz::detail::destination;

namespace {

constexpr const char* stream_hint = "it is a stream: see io::stream";

[[noreturn]] void refuse_stream() {
    failure why(errc::value_error, "datagram");
    why.with_hint(stream_hint).raise();
}

socket no_stream(socket given) {
    if (given.fileno() >= 0 && given.type() == SOCK_STREAM) refuse_stream();
    return given;
}

// A text that says `tcp`, or has a form that only other transports have.
bool names_transport(const address_like& given, const destination& to) noexcept {
    if (given.what() != address_like::form::text) return false;
    const int family = to.exact.family();
    return given.text().starts_with("tcp://") ||
           (family != AF_UNSPEC && family != AF_INET && family != AF_INET6);
}

// Calls `use` with where the datagrams go or come from; a text without a transport means udp.
template <class Use>
result<datagram> with_place(const address_like& given, const char* op, Use&& use) {
    return priz::detail::with_destination(given, [&](destination to) -> result<datagram> {
        if (to.type != SOCK_DGRAM && names_transport(given, to)) {
            failure why(errc::value_error, op);
            return std::unexpected(
                why.with_subject(to.text).with_hint("that is no address for datagrams"));
        }
        const int family = to.exact.empty() ? AF_INET : to.exact.family();
        to.type = SOCK_DGRAM;
        to.transport = priz::detail::transport_name(family, SOCK_DGRAM, 0);
        return use(to);
    });
}

// A socket for the first place where `prepare` succeeds.
template <class Prepare>
result<datagram> open_at(const destination& to, const char* op, Prepare&& prepare) {
    const auto places = detail::places_of(to);
    if (!places) return std::unexpected(places.error());
    detail::loop_core& loop = detail::this_loop_core();
    failure last(errc::value_error, op);
    for (const address& place : *places) {
        detail::endpoint* made = nullptr;
        int error = detail::open_now(loop, place.family(), SOCK_DGRAM, 0, made);
        if (error == 0) {
            datagram holder(made);
            error = prepare(*made, place);
            if (error == 0) return holder;
        }
        last = detail::failure_at(error, to, place, op);
        if (!detail::is_for_the_next(error)) break;
    }
    return std::unexpected(last);
}

int connect_at(detail::endpoint& e, const address& remote) noexcept {
    e.peer.remember(remote);
    // Without a family nothing is connected: the kernel wants to see that there is none.
    if (remote.empty() && e.via == nullptr)
        return detail::or_error(sys::connect(e.fd, remote.data(), sizeof(::sa_family_t)));
    return detail::connect_now(e, remote);
}

}  // namespace

datagram::datagram(socket given)
    : socket_handle(&detail::adopt(no_stream(std::move(given)), 0, "datagram")) {}

datagram::datagram(stream&& connection) {
    const auto type = connection.try_getsockopt(SOL_SOCKET, SO_TYPE);
    if (!type) type.error().raise();
    if (*type == SOCK_STREAM) refuse_stream();
    where_ = connection.release_endpoint();
}

result<void> datagram::try_connect(const address& remote) noexcept {
    constexpr const char* op = "connect";
    if (where_ == nullptr) return std::unexpected(detail::failure_of(where_, EBADF, op));
    if (const int error = connect_at(*where_, remote); error != 0)
        return std::unexpected(detail::failure_of(where_, -error, op).with(nullptr, &remote));
    return {};
}

void datagram::connect(const address& remote) { value_or_throw(try_connect(remote)); }

result<datagram> try_bind(const address_like& local, const bind_options& options) noexcept {
    constexpr const char* op = "bind";
    return priz::detail::guarded(op, [&] {
        return with_place(local, op, [&](const destination& to) {
            const bool is_any = to.what == destination::kind::any;
            return open_at(to, op, [&](detail::endpoint& e, const address& place) {
                return detail::bind_at(e, place, is_any, options.reuse_port);
            });
        });
    });
}

datagram bind(const address_like& local, const bind_options& options) {
    return value_or_throw(try_bind(local, options));
}

result<datagram> try_connect_datagram(const address_like& remote) noexcept {
    constexpr const char* op = "connect";
    return priz::detail::guarded(op, [&] {
        return with_place(remote, op, [&](const destination& to) -> result<datagram> {
            if (to.what == destination::kind::any) {
                failure why(errc::value_error, op);
                return std::unexpected(
                    why.with_subject(to.text).with_hint("say which host: nobody is `any`"));
            }
            return open_at(to, op, connect_at);
        });
    });
}

datagram connect_datagram(const address_like& remote) {
    return value_or_throw(try_connect_datagram(remote));
}

}  // namespace priz::io
