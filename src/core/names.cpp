#include "core/names.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace priz::detail {

namespace {

struct named {
    int value;
    const char* name;
};

constexpr std::array families{
    named{AF_UNSPEC, "AF_UNSPEC"},
    named{AF_UNIX, "AF_UNIX"},
    named{AF_INET, "AF_INET"},
    named{AF_AX25, "AF_AX25"},
    named{AF_IPX, "AF_IPX"},
    named{AF_APPLETALK, "AF_APPLETALK"},
    named{AF_X25, "AF_X25"},
    named{AF_INET6, "AF_INET6"},
    named{AF_KEY, "AF_KEY"},
    named{AF_NETLINK, "AF_NETLINK"},
    named{AF_PACKET, "AF_PACKET"},
    named{AF_RDS, "AF_RDS"},
    named{AF_CAN, "AF_CAN"},
    named{AF_TIPC, "AF_TIPC"},
    named{AF_BLUETOOTH, "AF_BLUETOOTH"},
    named{AF_ALG, "AF_ALG"},
    named{AF_VSOCK, "AF_VSOCK"},
    named{AF_QIPCRTR, "AF_QIPCRTR"},
};

constexpr std::array types{
    named{SOCK_STREAM, "SOCK_STREAM"},
    named{SOCK_DGRAM, "SOCK_DGRAM"},
    named{SOCK_RAW, "SOCK_RAW"},
    named{SOCK_RDM, "SOCK_RDM"},
    named{SOCK_SEQPACKET, "SOCK_SEQPACKET"},
};

std::string name_in(const auto& table, int value) {
    const auto found = std::ranges::find(table, value, &named::value);
    return found != table.end() ? found->name : std::to_string(value);
}

const char* internet_transport(int type, int proto) noexcept {
    switch (type) {
        case SOCK_STREAM:
            if (proto == IPPROTO_MPTCP) return "mptcp";
            return proto == IPPROTO_SCTP ? "sctp" : "tcp";
        case SOCK_DGRAM:
            return proto == IPPROTO_UDPLITE ? "udplite" : "udp";
        case SOCK_RAW:
            return "raw";
        default:
            return proto == IPPROTO_SCTP ? "sctp" : "ip";
    }
}

const char* unix_transport(int type) noexcept {
    switch (type) {
        case SOCK_DGRAM:
            return "unix-dgram";
        case SOCK_SEQPACKET:
            return "unix-seqpacket";
        default:
            return "unix";
    }
}

}  // namespace

std::string family_name(int family) { return name_in(families, family); }
std::string type_name(int type) { return name_in(types, type); }

const char* transport_name(int family, int type, int proto) noexcept {
    switch (family) {
        case AF_INET:
        case AF_INET6:
            return internet_transport(type, proto);
        case AF_UNIX:
            return unix_transport(type);
        case AF_VSOCK:
            return "vsock";
        case AF_NETLINK:
            return "netlink";
        case AF_PACKET:
            return "packet";
        default:
            return "socket";
    }
}

}  // namespace priz::detail
