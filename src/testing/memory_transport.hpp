// memory_transport.hpp: one end of a connection in memory.
//
// What is on the way to an end lies in that end. An end that finds nothing to receive, or no room
// to send, remembers that it was told so (is_hungry_, is_stalled_), and is reported to the loop
// when that changes. The states are those of Linux's TCP, where the data has arrived and was
// acknowledged at once: docs/guide/testing-network-code.md says what that means for programs, and
// memory_stream_test.cpp holds it against the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "priz/io/detail/endpoint.hpp"
#include "priz/testing/memory_stream.hpp"

namespace priz::testing::detail {

class memory_end final : public io::detail::transport {
public:
    explicit memory_end(const memory_options& options, std::vector<memory_fault> faults,
                        address name);

    // The endpoint of this end; the two ends as each other's peer.
    void serve(io::detail::endpoint& mine) noexcept { mine_ = &mine; }
    static void connect_ends(memory_end& one, memory_end& other) noexcept;

    std::ptrdiff_t recvmsg(io::detail::endpoint& e, ::msghdr& message, int flags) noexcept override;
    std::ptrdiff_t sendmsg(io::detail::endpoint& e, const ::msghdr& message,
                           int flags) noexcept override;
    int shutdown(io::detail::endpoint& e, int how) noexcept override;
    void close(io::detail::endpoint& e) noexcept override;
    int getname(io::detail::endpoint& e, bool peer, address& name) noexcept override;
    int getsockopt(io::detail::endpoint& e, int level, int option, void* value,
                   ::socklen_t& size) noexcept override;
    // SO_LINGER alone: with a time of zero, closing resets.
    int setsockopt(io::detail::endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept override;

private:
    std::size_t waiting() const noexcept { return arrived_.size() - taken_; }
    bool is_over() const noexcept { return is_reset_ || (has_sent_end_ && has_end_); }

    bool refuses_bytes() const noexcept { return has_sent_end_ && is_shut_for_reading_; }

    // The error that this call is to fail with; 0 for none.
    int fault_of(memory_call call) noexcept;
    std::ptrdiff_t take(const ::msghdr& message, bool looks_only) noexcept;
    std::ptrdiff_t give(const ::msghdr& message);
    void drop(std::size_t count) noexcept;

    void bytes_arrived() noexcept;
    void room_came() noexcept;
    void end_arrived() noexcept;
    void reset_arrived() noexcept;
    void report(int news) noexcept;

    io::detail::endpoint* mine_ = nullptr;
    memory_end* peer_ = nullptr;  // null when it has closed
    std::size_t capacity_;
    std::size_t receive_max_;
    std::size_t send_max_;
    std::string arrived_;
    std::size_t taken_ = 0;  // of arrived_, from its beginning
    int error_ = 0;          // SO_ERROR: told once
    bool has_end_ = false;   // the peer sends no more
    bool has_sent_end_ = false;
    bool is_shut_for_reading_ = false;
    bool is_reset_ = false;
    bool resets_on_close_ = false;
    bool is_hungry_ = false;   // a receive found nothing
    bool is_stalled_ = false;  // a send found no room
    std::vector<memory_fault> faults_;
    std::uint64_t calls_[3] = {};  // made, of each memory_call
    address name_;
    address peer_name_;
};

// Two endpoints of the running loop, as memory_pair() makes streams of. Errors: value_error where
// no loop runs.
std::pair<io::detail::endpoint*, io::detail::endpoint*> memory_endpoints(
    const memory_options& options);

}  // namespace priz::testing::detail
