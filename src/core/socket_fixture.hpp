// socket_fixture.hpp: the vocabulary of the socket tests: connected pairs, full and silent peers,
// signals that come until a call has been interrupted, descriptors counted.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <string>
#include <utility>

#include "core/open_descriptors.hpp"
#include "priz/blocking_hook.hpp"
#include "priz/socket_object.hpp"

namespace priz::test {

// A TCP server socket on loopback at a port of the system's choice.
inline socket loopback_listener(int family = AF_INET) {
    socket listener(family);
    listener.bind(family == AF_INET ? address::ipv4("127.0.0.1", 0) : address::ipv6("::1", 0));
    listener.listen();
    return listener;
}

// Both ends of a TCP connection over loopback.
inline std::pair<socket, socket> tcp_pair() {
    socket listener = loopback_listener();
    socket client;
    client.connect(listener.getsockname());
    return {std::move(client), std::move(listener.accept().connection)};
}

// Sends until the kernel takes no more; returns how many bytes it took.
inline std::size_t fill(socket& s) {
    const std::string block(65536, 'x');
    const auto before = s.gettimeout();
    s.setblocking(false);
    std::size_t total = 0;
    while (const auto count = s.try_send(block)) total += *count;
    s.settimeout(before);
    return total;
}

// SIGALRM every millisecond, with a handler that does nothing but interrupt. A call that could wait
// is interrupted sooner or later, however slow the machine.
class signal_storm {
public:
    signal_storm() {
        struct ::sigaction action {};
        action.sa_handler = [](int) {};
        ::sigaction(SIGALRM, &action, &old_);
        set_interval(1000);
    }
    signal_storm(const signal_storm&) = delete;
    signal_storm& operator=(const signal_storm&) = delete;
    ~signal_storm() {
        set_interval(0);
        ::sigaction(SIGALRM, &old_, nullptr);
    }

private:
    static void set_interval(long microseconds) {
        const ::itimerval value{{0, microseconds}, {0, microseconds}};
        ::setitimer(ITIMER_REAL, &value, nullptr);
    }
    struct ::sigaction old_ {};
};

// Counts what happens and ends the call at the interruption asked for.
class counting_hook : public blocking_hook {
public:
    explicit counting_hook(int stop_at = 0) : stop_at_(stop_at) {}
    void before_call() noexcept override { ++before; }
    void after_call() noexcept override {
        ++after;
        errno = 0;  // a hook may clobber errno
    }
    std::error_code interrupted() noexcept override {
        ++interruptions;
        if (interruptions == stop_at_) return errc::stopped;
        return {};
    }

    int before = 0;
    int after = 0;
    int interruptions = 0;

private:
    int stop_at_;
};

}  // namespace priz::test
