// same_as_kernel.hpp: runs a program on the kernel's loopback, on each backend, and on a simulated
// host, and demands that it observes the same.
#pragma once

#include <string>
#include <string_view>

#include "io/uring/permission_fixture.hpp"
#include "sim/test_sockets.hpp"

namespace priz::sim {

using io::detail::accept_wait;
using io::detail::connect_wait;
using io::detail::trying;

// What a scenario writes down.
struct notes {
    std::string text;

    void add(std::string_view what, std::string_view outcome) {
        text.append(what).append(": ").append(outcome).append("\n");
    }
    void call(std::string_view what, std::ptrdiff_t outcome) { add(what, outcome_text(outcome)); }
    template <class T>
    void verb(std::string_view what, const result<T>& outcome) {
        if (!outcome)
            add(what, error_text(outcome.error()));
        else if constexpr (std::is_same_v<T, std::size_t> || std::is_same_v<T, int>)
            add(what, std::to_string(*outcome));
        else if constexpr (std::is_same_v<T, io::chunk>)
            add(what, "'" + std::string(outcome->text()) + "'");
        else
            add(what, "done");
    }
};

using scenario = io::task<> (*)(notes&);

inline std::string on_the_kernel(scenario play, io::backend_kind backend) {
    notes seen;
    io::run(play(seen), {.backend = backend});
    return seen.text;
}

inline std::string in_the_simulator(scenario play, std::uint64_t seed) {
    notes seen;
    network net(network_options{.seed = seed});
    net.add_host("host", {"192.0.2.1", "2001:db8::1"}).spawn(play(seen));
    net.run();
    return seen.text;
}

inline void expect_the_same(scenario play) {
    const std::string kernel = on_the_kernel(play, io::backend_kind::epoll);
    if (io::uring::test::kernel_has_io_uring()) {
        EXPECT_EQ(on_the_kernel(play, io::backend_kind::uring), kernel) << "on io_uring";
    }
    EXPECT_FALSE(kernel.empty());
    for (std::uint64_t seed = 1; seed <= 5; ++seed)
        EXPECT_EQ(in_the_simulator(play, seed), kernel) << "with the seed " << seed;
}

struct pair {
    io::stream near;
    io::stream far;
};

inline io::task<pair> connected() {
    io::listener all = io::listen("127.0.0.1:0");
    io::stream near = co_await connect(all.getsockname());
    io::stream far = (co_await all.accept()).connection;
    co_return pair{std::move(near), std::move(far)};
}

inline void set(endpoint& of, int level, int option, int value) {
    EXPECT_EQ(setsockopt_now(of, level, option, &value, sizeof value), 0);
}

// Its close will reset the peer.
inline void reset_on_close(const io::stream& s) {
    const ::linger at_once{1, 0};
    EXPECT_EQ(setsockopt_now(*s.native_endpoint(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
              0);
}

// Closes the far end with a byte unread, which resets the near one.
inline io::task<> reset_by_unread_bytes(pair& p) {
    co_await p.near.sendall("unread");
    char byte = 0;
    co_await p.far.recv_into({&byte, 1}, MSG_PEEK);
    p.far.reset();
}

}  // namespace priz::sim
