// test_sockets.hpp: how the simulator's own tests open sockets, and write down what these do. The
// same on the kernel and in the simulator.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstring>
#include <string>
#include <string_view>

#include "io/socket_calls.hpp"
#include "priz/io.hpp"
#include "priz/io/datagram.hpp"
#include "priz/sim.hpp"

namespace priz::sim {

using io::detail::endpoint;

inline endpoint& open_socket(int family, int type) {
    endpoint* made = nullptr;
    const int error = io::detail::open_now(io::detail::this_loop_core(), family, type, 0, made);
    if (error != 0) failure(std::error_code(-error, std::system_category()), "socket").raise();
    return *made;
}

// A socket without verbs, closed at the end.
class raw_socket {
public:
    raw_socket(int family, int type) : where_(&open_socket(family, type)) {}
    raw_socket(raw_socket&& other) noexcept : where_(std::exchange(other.where_, nullptr)) {}
    raw_socket& operator=(raw_socket&&) = delete;
    ~raw_socket() {
        if (where_ != nullptr) io::detail::close_endpoint(*where_);
    }
    endpoint& operator*() const noexcept { return *where_; }
    endpoint* get() const noexcept { return where_; }

private:
    endpoint* where_;
};

inline io::task<io::stream> connect(const address& to) { return io::connect(to); }

inline io::task<std::string> read_all(io::stream& from) {
    std::string all;
    while (auto data = co_await from.recv()) all += data.text();
    co_return all;
}

// The outcome of a call: a number, or the error's name.
inline std::string outcome_text(std::ptrdiff_t outcome) {
    if (outcome >= 0) return std::to_string(outcome);
    const char* const name = ::strerrorname_np(static_cast<int>(-outcome));
    return name != nullptr ? name : std::to_string(outcome);
}

inline std::string error_text(const failure& why) {
    if (why.code() == errc::end_of_stream) return "end of stream";
    return outcome_text(-why.code().value());
}

// Waits until the connection is no more.
inline io::task<> until_gone(const io::stream& s) {
    while (s.try_getpeername()) co_await io::yield();
}

// A call that gives -EAGAIN is made again when the socket is readable.
template <class Call>
io::task<std::ptrdiff_t> when_readable(endpoint& e, Call call) {
    for (;;) {
        const std::ptrdiff_t outcome = call();
        if (outcome != -EAGAIN) co_return outcome;
        e.unset(endpoint::may_read);
        co_await io::detail::throwing<io::detail::readable_wait>(&e);
    }
}

inline io::task<> echo(io::stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

}  // namespace priz::sim
