#include "core/advice.hpp"

#include <netinet/in.h>

#include <cerrno>

namespace priz::detail {

namespace {

bool is_internet(const address* a) {
    return a != nullptr && (a->family() == AF_INET || a->family() == AF_INET6);
}

std::string when_in_use(std::string_view transport, const address* local) {
    if (local != nullptr && local->is_unix_path())
        return "the file exists already; remove it if no server uses it any more (see: ss -xl)";
    if (!is_internet(local)) return "another socket has this address";
    const std::string flags = transport == "udp" ? "-ulnp" : "-tlnp";
    return "another socket has this port (see by whom: ss " + flags +
           " 'sport = :" + std::to_string(local->port()) +
           "'); choose another, or 0 to let the system choose";
}

std::string when_forbidden(const address* local) {
    if (is_internet(local) && local->port() > 0 && local->port() < IPPORT_RESERVED)
        return "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose one from 1024 up";
    return {};
}

std::string about_bind(int cause, std::string_view transport, const address* local) {
    switch (cause) {
        case EADDRINUSE:
            return when_in_use(transport, local);
        case EACCES:
        case EPERM:
            return when_forbidden(local);
        case EADDRNOTAVAIL:
            return is_internet(local)
                       ? "no interface of this machine has that address (see: ip address)"
                       : "";
        case ENOENT:
            return "the folder of the path does not exist";
        default:
            return {};
    }
}

std::string when_refused(const address* remote) {
    if (remote == nullptr || remote->family() != AF_UNIX) return {};
    return remote->is_unix_path() ? "the file is there, but no server listens on it"
                                  : "no server has that name";
}

std::string about_connect(int cause, const address* remote) {
    switch (cause) {
        case ECONNREFUSED:
            return when_refused(remote);
        case ENOENT:
            return "no server has made that path";
        case EACCES:
            return remote != nullptr && remote->family() == AF_INET
                       ? "a broadcast address needs SO_BROADCAST; others a rule of this machine "
                         "forbids"
                       : "";
        default:
            return {};
    }
}

}  // namespace

std::string advice(std::string_view operation, int cause, int fd, std::string_view transport,
                   const address* local, const address* remote) {
    if (cause == EBADF && fd < 0) return "the socket is closed";
    if (cause == EMFILE) return "this process has as many descriptors as it may (see: ulimit -n)";
    if (operation == "bind") return about_bind(cause, transport, local);
    if (operation == "connect") return about_connect(cause, remote);
    if (cause == ENOTCONN) return "the socket is not connected";
    if (cause == EPIPE)
        return "the connection was closed by the peer or shut down here, or never made";
    if (cause == EDESTADDRREQ) return "connect() first, or use sendto()";
    if (cause == EMSGSIZE) return "the message is longer than one datagram can be";
    return {};
}

}  // namespace priz::detail
