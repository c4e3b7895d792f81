// priz/tls.hpp: TLS, over any stream, over a socket, or in memory.
//
// Everything of priz::tls in one header. A context says whom to trust and who one is (context.hpp);
// tls::connect() and what stands beside it give an ordinary io::stream that is encrypted
// (stream.hpp); tls::socket is the blocking one (socket.hpp); tls::engine does no I/O at all
// (engine.hpp).
#pragma once

#include "priz/tls/connection_info.hpp"
#include "priz/tls/context.hpp"
#include "priz/tls/engine.hpp"
#include "priz/tls/error.hpp"
#include "priz/tls/socket.hpp"
#include "priz/tls/stream.hpp"
