#include "dial.hpp"

#include <priz/resolve.hpp>

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
void make_answerable(socket& s) {
    if (s.family() == AF_UNIX && s.type() == SOCK_DGRAM)
        or_stop(s.try_bind(address::unix_unnamed()));
}

socket connected(const address& to, int type, const deadline& until) {
    auto s = or_stop(socket::try_make(to.family(), type));
    make_answerable(s);
    s.settimeout(until.remaining());
    or_stop(s.try_connect(to));
    return s;
}

// Each address in turn; the last one's failure is the answer.
socket dial_name(const endpoint& to, const deadline& until) {
    const auto all = or_stop(try_getaddrinfo(to.host_text(), to.service_text(), AF_UNSPEC,
                                             to.type(), 0, 0, {.until = until}));
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        auto s = socket::try_make(all[i].family, to.type());
        if (s) s->settimeout(until.remaining());
        if (s && s->try_connect(all[i].address)) return *std::move(s);
    }
    return connected(all.back().address, to.type(), until);
}

socket dial_any(const endpoint& to, const deadline& until) {
    if (to.exact() != nullptr) return connected(*to.exact(), to.type(), until);
    return dial_name(to, until);
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
