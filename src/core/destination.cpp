#include "core/destination.hpp"

#include "core/names.hpp"
#include "core/resolve_infos.hpp"

namespace priz::detail {

namespace {

std::string service_text(const service& port) {
    switch (port.what()) {
        case service::form::none:
            return "0";
        case service::form::text:
            return std::string(port.text());
        case service::form::number:
            break;
    }
    return std::to_string(port.number());
}

std::string pair_text(const host& name, const service& port) {
    std::string host = name.what() == host::form::none ? "localhost" : host_text(name);
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return host + ":" + service_text(port);
}

destination::kind kind_of(const endpoint& where) noexcept {
    if (where.is_any()) return destination::kind::any;
    return where.is_loopback() ? destination::kind::loopback : destination::kind::named;
}

}  // namespace

destination destination::of(const address& where) {
    return {.what = kind::exact,
            .exact = where,
            .transport = transport_name(where.family(), SOCK_STREAM, 0),
            .text = where.str()};
}

destination destination::of(const host& name, const service& port) {
    return {.name = name, .port = port, .text = pair_text(name, port)};
}

destination destination::of(const endpoint& where) {
    destination result;
    if (where.exact() != nullptr) {
        result = of(*where.exact());
    } else {
        result.what = kind_of(where);
        // No name means both loopbacks, whatever the hosts file says of localhost.
        if (result.what == kind::named) result.name = host(where.host_text());
        result.port = service(where.service_text());
        result.text = where.str().substr(where.str().find("://") + 3);
    }
    result.type = where.type();
    result.transport =
        transport_name(where.family() == AF_UNSPEC ? AF_INET : where.family(), where.type(), 0);
    return result;
}

}  // namespace priz::detail
