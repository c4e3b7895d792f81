// cli/dial.hpp: a connected socket of any transport, from what was typed.
#pragma once

#include <priz/deadline.hpp>
#include <priz/endpoint.hpp>
#include <priz/socket.hpp>

#include <string>

namespace priz::cli {

// As parse_endpoint(). Throws stop_here (usage).
endpoint parse_address_argument(const std::string& text);

// Connected and non-blocking. Datagram sockets are connected too: replies come from that peer
// alone, and that nobody is there is heard of. Throws stop_here (name not found, could not connect,
// timed out).
socket dial(const endpoint& to, const deadline& until);

// "tcp", "unix-dgram", …: what a socket is, for people.
const char* transport_name(const socket& s) noexcept;

}  // namespace priz::cli
