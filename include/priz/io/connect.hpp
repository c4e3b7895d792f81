// priz/io/connect.hpp: connecting by name, awaited.
//
//     io::stream s = co_await io::connect("example.org", 80);
//     io::stream t = co_await io::fail_after(5, io::connect("example.org:http"));
//
// The name is looked up and its addresses are tried as priz::create_connection() does it: the next
// address when the one before it has failed, or has not answered within a quarter of a second; the
// families take turns; the first connection wins and the others are closed (RFC 8305). All of it
// takes place on the loop. There is no option for a timeout: the deadline of a scope
// (cancel_scope.hpp) covers the look-up, every attempt, and what the program does then.
//
// Elsewhere: what a connection can do (stream.hpp), datagrams (datagram.hpp), addresses without a
// connection (resolve.hpp). Python: asyncio.open_connection(), socket.create_connection()
#pragma once

#include <optional>

#include "priz/address_like.hpp"
#include "priz/attempt.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz {
class endpoint;
struct resolver;
}  // namespace priz

namespace priz::io {

struct connect_options {
    // The local address to connect from; port 0 lets the kernel choose. Names are looked up.
    std::optional<host_port> source_address = std::nullopt;

    // How long an attempt has for itself before the next one starts beside it.
    duration attempt_delay = 0.25;

    // False: one address after another in the order of getaddrinfo(), each for as long as it takes.
    bool race = true;

    // Small writes go out at once (TCP_NODELAY), as asyncio's connections have it: otherwise the
    // second of two waits until the peer has confirmed the first.
    bool nodelay = true;

    // Whom to ask for names, valid until the await ends; null: as the machine's settings say, in
    // the simulator the network's name servers.
    const resolver* through = nullptr;
};

// A connection to `remote`: an address, a host and a port, or an endpoint in text
// (priz/endpoint.hpp): "example.org:https", "[::1]:80", "unix:/run/app.sock". What `remote` refers
// to is copied by the call.
//
// Errors:        gaierror when the name has no address; otherwise the class of the last attempt's
//                cause, with every attempt in attempts(); EAGAIN for a Unix path where too many
//                wait already; value_error for datagrams, and for a delay that is negative or not a
//                number.
// Cancellation:  at once, wherever it is: sockets that were opened are closed. A connection that
// was
//                made before is returned.
// Concurrency:   any number of tasks may connect.
// Python:        asyncio.open_connection()
PRIZ_API task<stream> connect(const address_like& remote, const connect_options& options = {});
PRIZ_API task<stream> connect(const host& name, const service& port,
                              const connect_options& options = {});
PRIZ_API task<stream> connect(const endpoint& remote, const connect_options& options = {});

PRIZ_API task<result<stream>> try_connect(const address_like& remote,
                                          const connect_options& options = {});
PRIZ_API task<result<stream>> try_connect(const host& name, const service& port,
                                          const connect_options& options = {});
PRIZ_API task<result<stream>> try_connect(const endpoint& remote,
                                          const connect_options& options = {});

}  // namespace priz::io
