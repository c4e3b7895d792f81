// priz/connect.hpp: connecting by name.
//
// `auto s = create_connection("example.org", 80, {.timeout = 5});` looks the name up, tries its
// addresses, and returns a connected socket, all within five seconds. Attempts overlap as RFC 8305
// says: the next address is tried when the one before it has failed, or has not answered within a
// quarter of a second; the families take turns; the first connection wins and the others are
// closed. So a host whose IPv6 is broken costs a quarter of a second, not a timeout.
//
// Any thread may call these. Elsewhere: one attempt to one address (socket::connect), listening
// (serve.hpp), looking up without connecting (resolve.hpp). Python: socket.create_connection(),
// which tries one address after another, each with the whole timeout.
#pragma once

#include <optional>

#include "priz/address_like.hpp"
#include "priz/attempt.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/socket_object.hpp"

namespace priz {

class blocking_hook;
class endpoint;
struct resolver;

struct connect_options {
    // For everything together: the look-up and every attempt. The socket keeps it as its timeout.
    // None: as long as it takes. Zero has passed already.
    std::optional<duration> timeout = getdefaulttimeout();

    // The local address to connect from; port 0 lets the kernel choose. Names are looked up. Refers
    // to the caller's text, which has to outlive the call that these options are for.
    std::optional<host_port> source_address = std::nullopt;

    // How long an attempt has for itself before the next one starts beside it.
    duration attempt_delay = 0.25;

    // False: one address after another in the order of getaddrinfo(), each for as long as it takes.
    // The timeout still covers all of them.
    bool race = true;

    // Around the look-up and all waiting; the socket keeps it.
    blocking_hook* hook = nullptr;

    // Whom to ask for names; null for the machine's own settings.
    const resolver* through = nullptr;
};

// A socket connected to `remote`: an address, a host and a port, or an endpoint in text
// (endpoint.hpp): "tcp://example.org:443", "example.org:https", "[::1]:80", "unix:/run/app.sock".
// Of an endpoint with datagrams ("udp://…") the socket is one that sends there.
//
// Errors: gaierror when the name has no address; timeout; otherwise the class of the last attempt's
// cause. attempts() lists every attempt with its cause and how long it took. value_error for a
// timeout or delay that is negative or not a number.
PRIZ_API socket create_connection(const address_like& remote, const connect_options& options = {});
PRIZ_API socket create_connection(const host& name, const service& port,
                                  const connect_options& options = {});
PRIZ_API socket create_connection(const endpoint& remote, const connect_options& options = {});

PRIZ_API result<socket> try_create_connection(const address_like& remote,
                                              const connect_options& options = {}) noexcept;
PRIZ_API result<socket> try_create_connection(const host& name, const service& port,
                                              const connect_options& options = {}) noexcept;
PRIZ_API result<socket> try_create_connection(const endpoint& remote,
                                              const connect_options& options = {}) noexcept;

}  // namespace priz
