// Connections that the kernel receives for: what it brings too much of, too little room for, and
// what is to be told of it at the end.
#include "io/uring/ring_receiver.hpp"

#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "io/uring/ring.hpp"
#include "io/verb_fixture.hpp"
#include "priz/address.hpp"
#include "priz/io.hpp"
#include "priz/message.hpp"
#include "priz/socket.hpp"

namespace priz::io {
namespace {

bool can_receive_ahead() {
    const auto ring = uring::ring::make();
    return ring && ring->can().multishot_recv && ring->can().buf_ring && ring->can().recv_credit;
}

// A connection that is received for, and its peer.
struct pair {
    stream ours;
    socket peer;

    bool is_received_for() const {
        const detail::endpoint* const e = ours.native_endpoint();
        return e->via != nullptr && !e->has(detail::endpoint::has_transport);
    }
};

task<pair> make_pair(listener& here) {
    pair made;
    made.peer = socket(AF_INET, SOCK_STREAM);
    made.peer.connect(here.getsockname());
    made.ours = (co_await here.accept()).connection;
    // Who has waited once is received for from then on.
    co_await with_scope([&](scope& group) -> task<> {
        group.spawn([&]() -> task<> {
            const chunk first = co_await made.ours.recv();
            EXPECT_EQ(first.text(), "first");
        });
        co_await test::settle();
        made.peer.sendall("first");
    });
    EXPECT_TRUE(made.is_received_for());
    co_return made;
}

template <class Body>
void with_listener(Body body) {
    if (!can_receive_ahead()) GTEST_SKIP() << "this kernel does not receive ahead";
    const auto main = [](Body& work) -> task<> {
        listener here = listen(address::ipv4(INADDR_LOOPBACK, 0));
        co_await work(here);
    };
    run(main(body), {.backend = backend_kind::uring, .receive = receive_mode::ring});
}

std::string numbered(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& each : text) {
        state = state * 1'664'525 + 1'013'904'223;
        each = static_cast<char>(state >> 24);
    }
    return text;
}

// Whether exactly `expected` comes.
task<bool> gives(stream& s, const std::string& expected) {
    std::string found;
    while (found.size() < expected.size()) {
        const chunk more = co_await s.recv();
        if (more.empty()) break;
        found += more.text();
    }
    co_return found == expected;
}

TEST(ring_receiver, a_program_that_does_not_read_is_felt_by_its_peer) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.peer.setblocking(false);
        const std::string sent = numbered(std::size_t{16} << 20);
        std::size_t taken = 0;
        for (int idle = 0; idle < 10;) {
            const auto count = both.peer.try_send(bytes_view(sent).subview(taken));
            if (count) {
                taken += *count;
                idle = 0;
                continue;
            }
            ++idle;
            co_await test::settle();
        }
        EXPECT_LT(taken, sent.size());
        EXPECT_TRUE(co_await gives(both.ours, sent.substr(0, taken)));
        // So much at once is received by calls.
        EXPECT_FALSE(both.is_received_for());
        both.peer.setblocking(true);
        both.peer.sendall("and on");
        EXPECT_TRUE(co_await gives(both.ours, "and on"));
    });
}

TEST(ring_receiver, short_messages_without_end_stay_in_the_ring) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        const std::string message = numbered(100);
        for (int i = 0; i < 3000; ++i) {
            both.peer.sendall(message);
            if (!co_await gives(both.ours, message)) co_return ADD_FAILURE() << i;
        }
        EXPECT_TRUE(both.is_received_for());
    });
}

TEST(ring_receiver, where_buffers_run_out_connections_go_back_to_receiving) {
    with_listener([](listener& here) -> task<> {
        constexpr std::size_t many = 40;
        const std::string sent = numbered(16 * 1024);
        std::vector<pair> all;
        for (std::size_t i = 0; i < many; ++i) all.push_back(co_await make_pair(here));
        for (pair& each : all) each.peer.sendall(sent);
        co_await test::settle();
        for (pair& each : all) EXPECT_TRUE(co_await gives(each.ours, sent));
        std::size_t left = 0;
        for (const pair& each : all) left += each.is_received_for() ? 0U : 1U;
        EXPECT_GT(left, 0U);
        for (pair& each : all) each.peer.sendall("again");
        for (pair& each : all) EXPECT_TRUE(co_await gives(each.ours, "again"));
    });
}

TEST(ring_receiver, a_receive_that_was_cancelled_has_lost_nothing) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> { ADD_FAILURE() << (co_await both.ours.recv()).size(); });
            co_await test::settle();
            group.cancel();
            both.peer.sendall("late");
        });
        EXPECT_TRUE(co_await gives(both.ours, "late"));
    });
}

TEST(ring_receiver, looking_at_bytes_leaves_them) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.peer.sendall("look");
        std::array<char, 10> room{};
        EXPECT_EQ(co_await both.ours.recv_into(room, MSG_PEEK), 4U);
        EXPECT_EQ(co_await both.ours.recv_into(bytes_span(room.data(), 1)), 1U);
        EXPECT_TRUE(co_await gives(both.ours, "ook"));
    });
}

TEST(ring_receiver, what_travels_beside_the_bytes_is_there_for_who_asks) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.ours.setsockopt(IPPROTO_TCP, TCP_INQ, 1);
        bool has_control = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto got = co_await both.ours.recvmsg(100, 256);
                has_control = !got.control.empty();
            });
            co_await test::settle();
            both.peer.sendall("counted");
        });
        EXPECT_TRUE(has_control);
        EXPECT_FALSE(both.is_received_for());
    });
}

TEST(ring_receiver, who_closes_with_bytes_untaken_resets) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.peer.sendall("never taken");
        co_await test::settle();
        both.ours.reset();
        const auto seen = both.peer.try_recv(1);
        EXPECT_EQ(seen ? 0 : seen.error().code().value(), ECONNRESET);
    });
}

TEST(ring_receiver, who_closes_having_taken_all_ends) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.peer.sendall("taken");
        EXPECT_TRUE(co_await gives(both.ours, "taken"));
        both.ours.reset();
        EXPECT_EQ(both.peer.recv(1), "");
    });
}

TEST(ring_receiver, tells_the_end_and_errors_after_the_bytes_before_them) {
    with_listener([](listener& here) -> task<> {
        pair both = co_await make_pair(here);
        both.peer.sendall("last");
        both.peer.shutdown(SHUT_WR);
        co_await test::settle();
        EXPECT_TRUE(co_await gives(both.ours, "last"));
        EXPECT_TRUE((co_await both.ours.recv()).empty());
        EXPECT_TRUE((co_await both.ours.recv()).empty());

        pair reset = co_await make_pair(here);
        const ::linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(reset.peer.fileno(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        reset.peer.close();
        const auto seen = co_await reset.ours.try_recv();
        EXPECT_EQ(seen ? 0 : seen.error().code().value(), ECONNRESET);
    });
}

}  // namespace
}  // namespace priz::io
