// priz/tls/stream.hpp: streams that are encrypted.
//
//     io::stream s = co_await tls::connect("example.org", 443);
//     co_await s.sendall("GET / HTTP/1.0\r\nHost: example.org\r\n\r\n");
//
// What these verbs give is an ordinary io::stream (priz/io/stream.hpp) with all of its promises,
// and whatever is written against io::stream works over it. It can be laid over any other stream: a
// connection, a pair in memory, a simulated one, another TLS stream.
//
// What TLS adds to the promises. shutdown(SHUT_WR) tells the peer that all has been sent
// (close_notify); a peer that has told so has ended the stream. Bytes that end without it are not
// the end of the stream but an error, tls::errc::truncated: somebody else may have cut them off.
// Closing by reset() or by the end of the object tells it too, and what the connection does not
// take at once is sent on while the loop runs, for at most 30 s. A send or a shutdown that has
// succeeded means that the connection below has the bytes, all but a record (16 KiB) of them at
// most: that record is queued here and sent on while the loop runs. close(), which waits for the
// peer's end, is the way to know that it has gone. A client that has read nothing leaves the
// connection open for up to 2 s more, while the loop runs: a server's tickets that find it closed
// would have it reset, and lose what the server has not received yet.
//
// Elsewhere: certificates and what is verified (context.hpp), blocking sockets (socket.hpp), no I/O
// at all (engine.hpp). Python: asyncio.open_connection(ssl=…), loop.start_tls()
#pragma once

#include <optional>
#include <string>

#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/io/connect.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/tls/connection_info.hpp"
#include "priz/tls/context.hpp"

namespace priz::tls {

struct over_options {
    // How long the handshake may take, by the loop's clock; none: for as long as the scopes around
    // it allow. Python: ssl_handshake_timeout
    std::optional<duration> handshake_limit = 10.0;
};

// Makes a TLS connection of `connection`, as its client: `server_name` is the host name, or the IP
// address in text, that the server's certificate has to be valid for, and a name is what the server
// is told that it is asked for. The stream that comes of it owns `connection`.
//
// Errors:        those of priz/tls/error.hpp; timeout when the limit has passed; value_error for a
//                context of a server, and for a server_name that is empty, unless the context does
//                not check it; what the connection fails with. `connection` is closed then.
// Cancellation:  closes `connection`.
// Python:        loop.start_tls(server_side=False)
PRIZ_API io::task<io::stream> connect_over(io::stream connection, context with,
                                           std::string server_name, over_options options = {});
PRIZ_API io::task<result<io::stream>> try_connect_over(io::stream connection, context with,
                                                       std::string server_name,
                                                       over_options options = {});

// The same as its server.
//
// Errors:        as connect_over; value_error for a context of a client.
// Cancellation:  closes `connection`.
// Python:        loop.start_tls(server_side=True)
PRIZ_API io::task<io::stream> accept_over(io::stream connection, context with,
                                          over_options options = {});
PRIZ_API io::task<result<io::stream>> try_accept_over(io::stream connection, context with,
                                                      over_options options = {});

struct connect_options {
    io::connect_options connection = {};

    // Whose certificate is expected; empty: that of the host that is connected to.
    std::string server_name = {};

    // As over_options::handshake_limit. It begins when the connection below is there: looking up
    // the name and connecting have no limit but the scopes around (io::fail_after).
    std::optional<duration> handshake_limit = 10.0;
};

// A TLS connection to a host, as io::connect() and connect_over() make it.
//
// Errors:        those of io::connect() and of connect_over().
// Cancellation:  at once, wherever it is: the connection is closed.
// Python:        asyncio.open_connection(host, port, ssl=context)
PRIZ_API io::task<io::stream> connect(const host& name, const service& port,
                                      context with = context::client());
PRIZ_API io::task<io::stream> connect(const host& name, const service& port, context with,
                                      const connect_options& options);
PRIZ_API io::task<result<io::stream>> try_connect(const host& name, const service& port,
                                                  context with = context::client());
PRIZ_API io::task<result<io::stream>> try_connect(const host& name, const service& port,
                                                  context with, const connect_options& options);

// What was agreed upon, of a stream that the verbs above have made. Errors: value_error for another
// one.
PRIZ_API connection_info info_of(const io::stream& secured);
PRIZ_API result<connection_info> try_info_of(const io::stream& secured) noexcept;

}  // namespace priz::tls
