// destination.hpp: what a function that makes sockets was told to reach, in whichever form.
#pragma once

#include <optional>
#include <string>

#include "priz/address_like.hpp"
#include "priz/endpoint.hpp"

namespace priz::detail {

// An address, or a host and a port still to be looked up, for sockets of one type.
struct PRIZ_API destination {
    enum class kind { exact, named, any, loopback };

    kind what = kind::named;
    address exact = {};
    host name = nullptr;  // refers to what the destination was made from
    service port = nullptr;
    int type = SOCK_STREAM;
    const char* transport = "tcp";
    std::string text = {};  // as a failure names it

    static destination of(const address& where);
    static destination of(const host& name, const service& port);
    static destination of(const endpoint& where);
};

// Calls `use` with the destination; a text is read as an endpoint, which lives as long as the call.
template <class Use>
auto with_destination(const address_like& where, Use&& use)
    -> decltype(use(std::declval<const destination&>())) {
    switch (where.what()) {
        case address_like::form::address:
            return use(destination::of(where.exact()));
        case address_like::form::host_port:
            return use(destination::of(where.host_part(), where.service_part()));
        case address_like::form::text:
            break;
    }
    const auto read = try_parse_endpoint(where.text());
    if (!read) return std::unexpected(read.error());
    return use(destination::of(*read));
}

}  // namespace priz::detail
