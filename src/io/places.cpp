#include "io/places.hpp"

#include <netinet/in.h>

#include "io/socket_calls.hpp"
#include "priz/resolve.hpp"

namespace priz::io::detail {

using priz::detail::destination;

result<std::vector<address>> places_of(const destination& to) {
    using enum destination::kind;
    if (to.what == exact) return std::vector{to.exact};
    const host name = to.what == any        ? host(nullptr)
                      : to.what == loopback ? host("127.0.0.1")
                                            : to.name;
    const bool is_localhost = to.what == named && name.text() == "localhost";
    const auto found = try_getaddrinfo(is_localhost ? host("127.0.0.1") : name, to.port, AF_UNSPEC,
                                       to.type, 0, AI_PASSIVE | AI_NUMERICHOST);
    if (!found) return std::unexpected(found.error());
    std::vector<address> places;
    // IPv6 first: a socket at [::] takes IPv4 as well.
    for (const int family : {AF_INET6, AF_INET})
        for (const address_info& one : *found)
            if (one.family == family) places.push_back(one.address);
    return places;
}

int bind_at(endpoint& e, const address& local, bool is_any, bool reuse_port) noexcept {
    const int yes = 1;
    const int no = 0;
    if (int error = 0;
        reuse_port && (error = setsockopt_now(e, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes)) != 0)
        return error;
    if (local.family() == AF_INET6) {
        const int error =
            setsockopt_now(e, IPPROTO_IPV6, IPV6_V6ONLY, is_any ? &no : &yes, sizeof yes);
        if (error != 0) return error;
    }
    return bind_now(e, local);
}

bool is_for_the_next(int error) noexcept {
    return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

failure failure_at(int error, const destination& to, const address& local,
                   const char* operation) noexcept {
    failure why(std::error_code(-error, std::system_category()), operation);
    why.with_transport(to.transport);
    return why.with(&local, nullptr);
}

}  // namespace priz::io::detail
