// priz/serve.hpp: sockets that listen.
//
// `auto listener = create_server({"", 8080});` is socket(), SO_REUSEADDR, bind() and listen() in
// one. `create_servers({nullptr, 8080})` listens on every address of the machine, IPv4 and IPv6,
// with a socket for each family.
//
// Any thread may call these. Elsewhere: accepting (socket::accept), connecting (connect.hpp).
// Python: socket.create_server(), socket.has_dualstack_ipv6()
#pragma once

#include <optional>
#include <vector>

#include "priz/address_like.hpp"
#include "priz/attempt.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/socket_object.hpp"

namespace priz {

class blocking_hook;
class endpoint;

struct server_options {
    // AF_UNSPEC: the family of the address; for a host and a port AF_INET, as in Python.
    int family = AF_UNSPEC;

    // How many connections may wait for accept(); none: the smaller of 128 and SOMAXCONN.
    std::optional<int> backlog = std::nullopt;

    // Several sockets, in several processes if need be, share the port, and the kernel spreads
    // connections over them (SO_REUSEPORT).
    bool reuse_port = false;

    // An AF_INET6 socket that takes IPv4 connections too; their peers have addresses like
    // ::ffff:192.0.2.1. False: IPv6 alone.
    bool dualstack_ipv6 = false;

    // Around the look-up of a name; the sockets keep it.
    blocking_hook* hook = nullptr;
};

// A socket that listens on `local`: an address, a host and a port, or an endpoint in text
// (endpoint.hpp). The host `""` is every interface; so is "any:8080", which is dual-stack where the
// machine has that. ":8080" is 127.0.0.1. Of an endpoint with datagrams the socket is bound and
// does not listen. SO_REUSEADDR is set (not for datagrams), so that a server may be started again
// at once.
//
// Errors: address_in_use, permission_denied, gaierror, overflow_error for a port outside 0 to
// 65535; value_error for dualstack_ipv6 without AF_INET6 or on a machine that has no such sockets.
PRIZ_API socket create_server(const address_like& local, const server_options& options = {});
PRIZ_API result<socket> try_create_server(const address_like& local,
                                          const server_options& options = {}) noexcept;
PRIZ_API socket create_server(const endpoint& local, const server_options& options = {});
PRIZ_API result<socket> try_create_server(const endpoint& local,
                                          const server_options& options = {}) noexcept;

// A socket for each address that `local` means, at least one: for no host (nullptr) or "any:PORT"
// every interface, for ":PORT" and "localhost" both loopbacks. Families that the machine does not
// have are passed over; any other failure closes them all. Port 0 is the same port on each.
//
// Errors: as create_server(); attempts() lists what was tried.
PRIZ_API std::vector<socket> create_servers(const address_like& local,
                                            const server_options& options = {});
PRIZ_API result<std::vector<socket>> try_create_servers(
    const address_like& local, const server_options& options = {}) noexcept;
PRIZ_API std::vector<socket> create_servers(const endpoint& local,
                                            const server_options& options = {});
PRIZ_API result<std::vector<socket>> try_create_servers(
    const endpoint& local, const server_options& options = {}) noexcept;

// Whether this machine has sockets that serve IPv4 and IPv6 both.
PRIZ_API bool has_dualstack_ipv6() noexcept;

}  // namespace priz
