// priz/testing/memory_stream.hpp: two streams that are connected in memory.
//
//     auto [client, server] = testing::memory_pair();
//     co_await client.sendall("hello\n");
//     auto data = co_await server.recv();
//
// The two are ordinary streams (priz/io/stream.hpp) of the running loop, so that code written
// against io::stream is tested as it is: without a port, without the kernel, and the same way every
// time. They behave as the two ends of a TCP connection do: a send waits while `capacity` bytes
// have not been received; SHUT_WR is the end of the stream for the other end, which may go on
// sending; who closes with bytes not received resets the connection; the first send to an end that
// has closed is taken and lost, the next one fails with EPIPE.
// With SO_LINGER of a time of zero, closing resets. What is sent has arrived at once.
//
// Any loop, and its thread only. Elsewhere: virtual time (run.hpp), what every stream promises
// (check_stream.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "priz/address.hpp"
#include "priz/export.hpp"
#include "priz/io/stream.hpp"

namespace priz::testing {

enum class memory_call { recv, send, shutdown };

// The `nth` call of a kind, counted from 1, fails with `error`, an errno value; nothing is moved by
// it, and the next call is served as if nothing had been. A call is what a verb asks the connection
// for: a verb that waits calls again when it goes on, and sendall() calls until everything is sent.
// EAGAIN makes the verb wait, for no time.
struct memory_fault {
    memory_call call = memory_call::recv;
    std::uint64_t nth = 1;
    int error = 0;
};

struct memory_options {
    static constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

    // How many bytes, each way, may be on the way before a send waits; at least 1.
    std::size_t capacity = std::size_t{64} * 1024;

    // How much one call gives, or takes, at most, at either end. With 1 every message arrives byte
    // by byte, and every send is partial: code that takes what one receive gives for a message
    // fails.
    std::size_t receive_max = unlimited;
    std::size_t send_max = unlimited;

    // Of the first stream.
    std::vector<memory_fault> faults = {};

    // What getsockname() of the first and of the second stream says; empty: an unnamed address, as
    // a socket pair has.
    address first_name = {};
    address second_name = {};
};

// Errors: value_error for a capacity or a size of 0, or where no loop runs.
PRIZ_API std::pair<io::stream, io::stream> memory_pair(const memory_options& options = {});

}  // namespace priz::testing
