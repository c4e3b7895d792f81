// cli/dial_again.hpp: more connections to where one is, on the loop.
#pragma once

#include <priz/address.hpp>
#include <priz/error.hpp>
#include <priz/io.hpp>
#include <priz/socket.hpp>

namespace priz::cli {

// A stream to `where`. For as many as one likes at a time; a Unix server whose queue is full is
// asked again. Cancellation: safe.
io::task<result<io::stream>> dial_again(address where);

// What makes a connection fit for many small messages (TCP_NODELAY).
result<void> try_prepare(socket& s);

}  // namespace priz::cli
