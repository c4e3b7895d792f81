#include "dial.hpp"

#include <priz/connect.hpp>

#include "support/exit_code.hpp"

namespace priz::cli {

namespace {

template <class T>
T or_stop(result<T>&& r) {
    if (!r) throw stop_here(r.error(), phase::connecting);
    if constexpr (!std::is_void_v<T>) return *std::move(r);
}

// A Unix datagram socket without a name of its own gets no replies: the kernel chooses an abstract
// one.
socket dial_unix_datagrams(const address& to, const deadline& until) {
    auto s = or_stop(socket::try_make(AF_UNIX, SOCK_DGRAM));
    or_stop(s.try_bind(address::unix_unnamed()));
    s.settimeout(until.remaining());
    or_stop(s.try_connect(to));
    return s;
}

socket dial_any(const endpoint& to, const deadline& until) {
    if (to.via() == endpoint::transport::unix_dgram) return dial_unix_datagrams(*to.exact(), until);
    return or_stop(try_create_connection(to, {.timeout = until.remaining()}));
}

}  // namespace

endpoint parse_address_argument(const std::string& text) {
    auto parsed = try_parse_endpoint(text);
    if (!parsed) throw stop_here(exit_code::usage, parsed.error().message());
    return *std::move(parsed);
}

socket dial(const endpoint& to, const deadline& until) {
    auto s = dial_any(to, until);
    s.setblocking(false);
    return s;
}

const char* transport_name(const socket& s) noexcept {
    const bool datagrams = s.type() == SOCK_DGRAM;
    switch (s.family()) {
        case AF_UNIX:
            return datagrams                    ? "unix-dgram"
                   : s.type() == SOCK_SEQPACKET ? "unix-seqpacket"
                                                : "unix";
        case AF_VSOCK:
            return "vsock";
        default:
            return datagrams ? "udp" : "tcp";
    }
}

}  // namespace priz::cli
