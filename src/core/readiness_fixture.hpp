// readiness_fixture.hpp: descriptors in every state that a wait can find them in, and what CPython
// says about the very same descriptors: a child process inherits them and asks.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <string>
#include <vector>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "core/sys.hpp"
#include "priz/unique_fd.hpp"

namespace priz::test {

struct pipe_ends {
    unique_fd reading;
    unique_fd writing;

    pipe_ends() {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        reading.reset(ends[0]);
        writing.reset(ends[1]);
    }
};

// Writes until the pipe takes no more.
inline void fill(const unique_fd& pipe_end) {
    const std::string block(4096, 'x');
    sys::fcntl(pipe_end.get(), F_SETFL, O_NONBLOCK);
    while (::write(pipe_end.get(), block.data(), block.size()) > 0) continue;
}

// Waits until poll(2) reports one of `events`: what a peer did has arrived.
inline void settle(int fd, short events) {
    ::pollfd one{fd, events, 0};
    do ASSERT_EQ(sys::ppoll(&one, 1, nullptr, nullptr), 1);
    while ((one.revents & events) == 0);
}

// A descriptor in a state with a name, and what keeps the state alive.
struct scenario {
    std::string name;
    int fd;
};

class scenarios {
public:
    scenarios() {
        make_tcp();
        make_unix();
        make_pipes();
        make_others();
    }
    const std::vector<scenario>& all() const noexcept { return all_; }

private:
    // The descriptor as the child will inherit it: under the same number.
    int keep(unique_fd fd) {
        sys::fcntl(fd.get(), F_SETFD, 0);
        fds_.push_back(std::move(fd));
        return fds_.back().get();
    }
    int keep(socket s) { return keep(unique_fd(s.detach())); }
    template <class Kept>
    void add(const char* name, Kept kept, short settled) {
        const int fd = keep(std::move(kept));
        if (settled != 0) settle(fd, settled);
        all_.push_back({name, fd});
    }

    void make_tcp() {
        const auto pair_with = [&](const char* name, short settled, auto&& act) {
            auto [ours, theirs] = tcp_pair();
            act(ours, theirs);
            if (theirs.fileno() >= 0) keep(std::move(theirs));
            add(name, std::move(ours), settled);
        };
        pair_with("tcp idle", 0, [](socket&, socket&) {});
        pair_with("tcp data", POLLIN, [](socket&, socket& theirs) { theirs.sendall("x"); });
        pair_with("tcp out of band", POLLPRI,
                  [](socket&, socket& theirs) { theirs.send("x", MSG_OOB); });
        pair_with("tcp peer closed", POLLRDHUP, [](socket&, socket& theirs) { theirs.close(); });
        pair_with("tcp peer half closed", POLLRDHUP,
                  [](socket&, socket& theirs) { theirs.shutdown(SHUT_WR); });
        pair_with("tcp half closed", 0, [](socket& ours, socket&) { ours.shutdown(SHUT_WR); });
        pair_with("tcp both half closed", POLLHUP, [](socket& ours, socket& theirs) {
            ours.shutdown(SHUT_WR);
            theirs.shutdown(SHUT_WR);
        });
        pair_with("tcp reset", POLLERR, [](socket&, socket& theirs) {
            const ::linger at_once{1, 0};
            theirs.setsockopt(SOL_SOCKET, SO_LINGER, bytes_view(&at_once, sizeof at_once));
            theirs.close();
        });
        make_tcp_alone();
    }

    void make_tcp_alone() {
        add("tcp unconnected", socket(), 0);
        add("tcp listener", loopback_listener(), 0);
        socket listener = loopback_listener();
        socket client;
        client.connect(listener.getsockname());
        keep(std::move(client));
        add("tcp listener with a connection", std::move(listener), POLLIN);
        socket gone = loopback_listener();
        const address nobody = gone.getsockname();
        gone.close();
        socket refused;
        refused.setblocking(false);
        refused.connect_ex(nobody);
        add("tcp refused", std::move(refused), POLLERR | POLLHUP);
    }

    void make_unix() {
        const auto pair_with = [&](const char* name, int type, auto&& act) {
            auto [ours, theirs] = socketpair(AF_UNIX, type);
            act(ours, theirs);
            if (theirs.fileno() >= 0) keep(std::move(theirs));
            add(name, std::move(ours), 0);
        };
        pair_with("unix idle", SOCK_STREAM, [](socket&, socket&) {});
        pair_with("unix full", SOCK_STREAM, [](socket& ours, socket&) { fill(ours); });
        pair_with("unix peer closed", SOCK_STREAM, [](socket&, socket& theirs) { theirs.close(); });
        pair_with("unix peer closed unread", SOCK_STREAM, [](socket& ours, socket& theirs) {
            ours.sendall("x");
            theirs.close();
        });
        pair_with("unix full and shut down", SOCK_STREAM, [](socket& ours, socket&) {
            fill(ours);
            ours.shutdown(SHUT_RDWR);
        });
        pair_with("unix datagram idle", SOCK_DGRAM, [](socket&, socket&) {});
        pair_with("unix datagram peer closed", SOCK_DGRAM,
                  [](socket&, socket& theirs) { theirs.close(); });
        pair_with("unix seqpacket data", SOCK_SEQPACKET,
                  [](socket&, socket& theirs) { theirs.send("x"); });
        add("udp", socket(AF_INET, SOCK_DGRAM), 0);
    }

    void make_pipes() {
        const auto ends_with = [&](const char* name, auto&& act) {
            pipe_ends ends;
            act(ends);
            if (ends.reading)
                add((std::string(name) + ": reading end").c_str(), std::move(ends.reading), 0);
            if (ends.writing)
                add((std::string(name) + ": writing end").c_str(), std::move(ends.writing), 0);
        };
        ends_with("pipe empty", [](pipe_ends&) {});
        ends_with("pipe full", [](pipe_ends& ends) { fill(ends.writing); });
        ends_with("pipe without reader", [](pipe_ends& ends) { ends.reading.reset(); });
        ends_with("pipe without writer", [](pipe_ends& ends) { ends.writing.reset(); });
        ends_with("pipe with data, without writer", [](pipe_ends& ends) {
            EXPECT_EQ(::write(ends.writing.get(), "x", 1), 1);
            ends.writing.reset();
        });
    }

    void make_others() {
        add("regular file", unique_fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), 0);
        add("/dev/null", unique_fd(::open("/dev/null", O_RDWR | O_CLOEXEC)), 0);
    }

    std::vector<unique_fd> fds_;
    std::vector<scenario> all_;
};

// What CPython prints for `script`, in which FDS stands for the list of the scenarios' descriptors.
inline std::string python(const std::string& script, const std::vector<scenario>& inherited) {
    std::string numbers;
    for (const scenario& one : inherited) numbers += std::to_string(one.fd) + ",";
    return python("FDS = [" + numbers + "]\n" + script);
}

// A descriptor for the same open file with a number above any FD_SETSIZE. The process's limit is
// raised to what it may be; -1 where even that is too low.
inline unique_fd moved_up(int fd, int lowest) {
    ::rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    return unique_fd(sys::fcntl(fd, F_DUPFD_CLOEXEC, lowest));
}

}  // namespace priz::test
