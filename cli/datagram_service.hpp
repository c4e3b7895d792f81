// cli/datagram_service.hpp: `priz listen` on a socket without connections: UDP, unix-dgram.
#pragma once

#include <priz/io.hpp>
#include <priz/socket.hpp>

namespace priz::cli {

class server;

// Until the server stops. Each datagram is taken by itself. Answers that the kernel does not take
// yet wait in bounded memory; while it is full nothing more is received, and the kernel drops what
// does not fit, as it does with datagrams.
io::task<> serve_datagrams(server& owner, socket bound);

}  // namespace priz::cli
