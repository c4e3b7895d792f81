// priz/http/connector.hpp: where a client's connections come from, if not from the network.
//
// For tests, which hand out streams in memory, and for transports of one's own. What comes of it is
// used as a TCP connection would be: TLS and proxies are laid over it. Elsewhere: io::connect(),
// which a client without a connector uses.
#pragma once

#include <cstdint>
#include <string>

#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

// Whom to connect to: the server, or the proxy where there is one.
struct destination {
    std::string host;
    std::uint16_t port = 0;
    std::string unix_path;  // not empty: that socket; host and port are the server's all the same
};

class connector {
public:
    virtual ~connector() = default;

    // Errors:        the request fails with them.
    // Cancellation:  met by timeouts::connect and the request's own deadline.
    virtual io::task<io::stream> connect(destination to) = 0;
};

}  // namespace priz::http
