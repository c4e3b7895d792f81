// packet.hpp: what travels between hosts.
#pragma once

#include <cstdint>
#include <string>

#include "sim/place.hpp"

namespace priz::sim::detail {

struct packet {
    enum class kind : unsigned char {
        tcp,
        udp,
        unreachable,  // ICMP: there is no such host; `from` and `to` are those of the lost packet,
        refused,      // or no such port; exchanged
    };
    enum flag : unsigned char { syn = 1, ack = 2, fin = 4, rst = 8 };

    kind what = kind::tcp;
    unsigned char flags = 0;
    place from;
    place to;

    // Of a TCP segment. Numbers of bytes count from the connection's beginning, its SYN being
    // number 0. `flow` tells a connection from an earlier one between the same ports, as random
    // initial numbers do in the world.
    std::uint64_t flow = 0;
    std::uint64_t number = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t window = 0;

    std::string payload;

    bool has(flag f) const noexcept { return (flags & f) != 0; }
    std::uint64_t header_size() const noexcept;
    // For the trace: "tcp 10.0.0.2:32768 > 10.0.0.1:80 SYN seq 0 win 65536".
    std::string text() const;
};

}  // namespace priz::sim::detail
