// priz/io/listener.hpp: sockets that wait for connections.
//
//     io::listener all = io::listen("any:7000");
//     for (;;) group.spawn(talk((co_await all.accept()).connection));
//
// A listener belongs to the loop that made it. What serves every connection with a handler is
// serve.hpp. Python: socket.create_server(), loop.create_server()
#pragma once

#include <optional>
#include <utility>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/socket_handle.hpp"
#include "priz/io/stream.hpp"

namespace priz {
class socket;
}

namespace priz::io {

// A new connection, and who made it.
struct accepted {
    explicit accepted(detail::endpoint* made) noexcept
        : connection(made), remote(made->peer.recall()) {}

    stream connection;
    address remote;  // empty for families other than Internet's
};

class PRIZ_API listener : public socket_handle {
public:
    // None: every verb fails with EBADF.
    listener() noexcept = default;

    // Adopts a socket that listens.
    //
    // Errors:        value_error for a socket that is closed.
    explicit listener(socket listening);

    // The next connection.
    //
    // Errors:        EMFILE and ENFILE when descriptors have run out, ENOBUFS, ENOMEM;
    //                ECONNABORTED; EBADF.
    // Cancellation:  safe: no connection is lost.
    // Concurrency:   one accept may be pending; a second fails with EBUSY.
    // Python:        socket.accept()
    auto accept() noexcept { return detail::throwing<detail::accept_wait, accepted>(where_); }
    auto try_accept() noexcept { return detail::trying<detail::accept_wait, accepted>(where_); }

    // How the library makes listeners.
    explicit listener(detail::endpoint* where) noexcept : socket_handle(where) {}
};

struct listen_options {
    // How many connections may wait for accept(); none: 4096, or what the system allows.
    std::optional<int> backlog = std::nullopt;

    // Several loops or processes share the port (SO_REUSEPORT); the kernel spreads connections over
    // them.
    bool reuse_port = false;
};

// Listens at `local`: an address, a host and a port, or an endpoint in text (priz/endpoint.hpp):
// "any:7000", "[::1]:7000", "unix:/run/app.sock". Names are those that need no name server.
//
// Errors:        address_in_use, permission_denied, gaierror; overflow_error for a port outside
//                0 to 65535; value_error for datagrams, or where no loop runs.
// Python:        socket.create_server()
PRIZ_API listener listen(const address_like& local, const listen_options& options = {});
PRIZ_API result<listener> try_listen(const address_like& local,
                                     const listen_options& options = {}) noexcept;

}  // namespace priz::io
