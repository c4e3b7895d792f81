// priz/sim/options.hpp: what a simulated network is like: how its links are, and how often what
// goes wrong.
//
// Values for network.hpp. Probabilities are numbers from 0 (never) to 1 (always); each is drawn
// from the network's seed, each time that what it speaks of could happen.
#pragma once

#include <cstddef>
#include <cstdint>

#include "priz/duration.hpp"

namespace priz::sim {

// How packets go from one host to another; both ways alike.
struct link_options {
    duration latency = 0.001;  // one way
    duration jitter = 0;       // up to that much more, evenly; without overtaking
    double bandwidth = 0;      // bytes a second each way, headers included; 0: no limit
    double loss = 0;           // of a packet
    double duplication = 0;    // of a packet: it arrives twice
    double reordering = 0;     // of a packet: it is held back so that later ones overtake it
    std::size_t mtu = 1500;    // longer datagrams travel in fragments, each of which can be lost
};

// How often calls and hosts misbehave, as real ones may: a program that works without these faults
// has to work with them.
struct fault_rates {
    double short_reads = 0;      // a receive gives less than there is
    double short_writes = 0;     // a send takes less than there is room for
    double spurious_wakes = 0;   // a socket is said to be ready and is not; at each turn of a host
    double interruptions = 0;    // a call fails with EINTR, and verbs have to make it again
    double no_descriptors = 0;   // a new socket, or an accept, fails with EMFILE
    double no_buffers = 0;       // a send fails with ENOBUFS
    double aborted_accepts = 0;  // an accept fails with ECONNABORTED; its connection is reset
    double stalls = 0;           // a host does not get the processor for a while
    duration longest_stall = 0.01;
};

struct network_options {
    std::uint64_t seed = 1;
    link_options link = {};  // between hosts for which link() was not called
    fault_rates faults = {};
    // How many lines are kept, the latest; 0: neither a trace nor the packets' part of a
    // fingerprint.
    std::size_t trace_limit = 100'000;
    std::uint64_t step_limit = 50'000'000;  // packets, timers and turns of hosts
};

}  // namespace priz::sim
