// What verbs that wait see, who is accepted when, and what names mean: the same on the kernel and
// in the simulator.
#include <algorithm>

#include "io/verb_fixture.hpp"
#include "priz/io/scope.hpp"
#include "sim/same_as_kernel.hpp"

namespace priz::sim {
namespace {

using io::detail::accept_now;

// Runs `make()`, a try_ verb, while `then` does something to it.
template <class Make, class Then>
io::task<> while_waiting(notes& seen, const char* what, Make& make, Then& then) {
    auto body = [&](io::scope& group) -> io::task<> {
        group.spawn([&]() -> io::task<> { seen.verb(what, co_await make()); });
        co_await io::test::settle();
        co_await then();
    };
    co_await io::with_scope(body);
}

TEST(same_verbs, a_reset_ends_a_receive_that_waits) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        reset_on_close(p.far);
        auto verb = [&] { return p.near.try_recv(); };
        auto then = [&]() -> io::task<> {
            p.far.reset();
            co_return;
        };
        co_await while_waiting(seen, "recv", verb, then);
        seen.verb("recv again", co_await p.near.try_recv());
        seen.call("peer known", p.near.try_getpeername() ? 1 : 0);
    });
}

TEST(same_verbs, a_reset_ends_a_sendall_that_waits) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        p.near.setsockopt(SOL_SOCKET, SO_SNDBUF, 20000);
        reset_on_close(p.far);
        const std::string much(8'000'000, 'x');
        auto verb = [&] { return p.near.try_sendall(much); };
        auto then = [&]() -> io::task<> {
            p.far.reset();
            co_return;
        };
        co_await while_waiting(seen, "sendall", verb, then);
        seen.verb("send again", co_await p.near.try_send("x"));
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_verbs, the_peers_end_ends_a_receive_that_waits) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        auto verb = [&] { return p.near.try_recv(); };
        auto then = [&]() -> io::task<> { co_await p.far.shutdown(SHUT_WR); };
        co_await while_waiting(seen, "recv", verb, then);
        seen.verb("send", co_await p.near.try_send("still"));
        seen.verb("far", co_await p.far.try_recv());
    });
}

TEST(same_verbs, ones_own_shutdown_ends_a_receive_that_waits) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        auto verb = [&] { return p.near.try_recv(); };
        auto then = [&]() -> io::task<> { co_await p.near.shutdown(SHUT_RDWR); };
        co_await while_waiting(seen, "recv", verb, then);
        seen.verb("send", co_await p.near.try_send("x"));
        seen.verb("far", co_await p.far.try_recv());
        seen.verb("far sends", co_await p.far.try_send("x"));
    });
}

TEST(same_verbs, half_closed_by_the_server_first) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.far.sendall("greeting");
        seen.verb("shutdown", co_await p.far.try_shutdown(SHUT_WR));
        seen.verb("shutdown again", co_await p.far.try_shutdown(SHUT_WR));
        seen.add("near reads", co_await read_all(p.near));
        seen.verb("near sends", co_await p.near.try_send("answer"));
        seen.verb("far reads", co_await p.far.try_recv());
        p.near.reset();
        seen.verb("far reads", co_await p.far.try_recv());
        seen.verb("far sends", co_await p.far.try_send("x"));
    });
}

TEST(same_verbs, what_had_come_before_shut_rd_is_still_there) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.far.sendall("before");
        char byte = 0;
        co_await p.near.recv_into({&byte, 1}, MSG_PEEK);
        seen.verb("shutdown", co_await p.near.try_shutdown(SHUT_RD));
        seen.verb("recv", co_await p.near.try_recv(3));
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_verbs, an_exact_receive_ends_with_the_stream) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.far.sendall("1234");
        p.far.reset();
        char target[10] = {};
        const auto got = co_await p.near.try_recv_exactly_into(target);
        seen.verb("recv_exactly", got);
        seen.call("came", got ? -1 : static_cast<std::ptrdiff_t>(got.error().transferred()));
        seen.add("it is", target);
    });
}

TEST(same_verbs, connections_are_accepted_in_the_order_they_were_made) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        std::vector<io::stream> made;
        for (int i = 0; i < 10; ++i) made.push_back(co_await connect(all.getsockname()));
        for (const io::stream& one : made) {
            const io::accepted next = co_await all.accept();
            seen.call("in order", next.remote == one.getsockname());
        }
        endpoint* none = nullptr;
        seen.call("no more", accept_now(*all.native_endpoint(), none));
    });
}

TEST(same_verbs, a_listener_that_is_shut_down_accepts_no_more) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        const address where = all.getsockname();
        auto verb = [&] { return all.try_accept(); };
        auto then = [&]() -> io::task<> {
            seen.call("shutdown", shutdown_now(*all.native_endpoint(), SHUT_RD));
            co_return;
        };
        co_await while_waiting(seen, "accept", verb, then);
        const raw_socket s(AF_INET, SOCK_STREAM);
        seen.verb("connect", co_await trying<connect_wait>(s.get(), where));
    });
}

TEST(same_verbs, a_port_of_the_systems_choice_is_a_port_of_its_range_and_free) {
    expect_the_same([](notes& seen) -> io::task<> {
        std::vector<raw_socket> all;
        std::vector<int> ports;
        for (int i = 0; i < 20; ++i) {
            all.emplace_back(AF_INET, SOCK_STREAM);
            seen.call("bind", bind_now(*all.back(), address::ipv4("127.0.0.1", 0)));
            address where;
            getname_now(*all.back(), false, where);
            ports.push_back(static_cast<int>(where.port()));
        }
        seen.call("in the range",
                  std::ranges::all_of(ports, [](int p) { return p >= 32768 && p <= 60999; }));
        std::ranges::sort(ports);
        seen.call("all different", std::ranges::adjacent_find(ports) == ports.end());
        co_return;
    });
}

TEST(same_verbs, the_same_way_leads_to_one_connection) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        const address where = all.getsockname();
        const raw_socket one(AF_INET, SOCK_STREAM);
        const raw_socket two(AF_INET, SOCK_STREAM);
        const int yes = 1;
        for (const raw_socket* const s : {&one, &two})
            setsockopt_now(**s, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        seen.call("bind", bind_now(*one, address::ipv4("127.0.0.1", 0)));
        address local;
        getname_now(*one, false, local);
        seen.call("bind", bind_now(*two, local));
        seen.verb("connect", co_await trying<connect_wait>(one.get(), where));
        seen.verb("connect", co_await trying<connect_wait>(two.get(), where));
    });
}

TEST(same_verbs, the_families_meet_at_a_socket_for_both) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("any:0");
        const auto port = static_cast<std::uint16_t>(all.getsockname().port());
        const address mapped = address::ipv6("::ffff:127.0.0.1", port);
        io::stream near = co_await connect(mapped);
        io::stream far = (co_await all.accept()).connection;
        seen.add("near's peer", near.getpeername().host());
        seen.add("near", near.getsockname().host());
        seen.add("far's peer", far.getpeername().host());
        const raw_socket six(AF_INET6, SOCK_STREAM);
        const int yes = 1;
        setsockopt_now(*six, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
        seen.verb("for IPv6 alone", co_await trying<connect_wait>(six.get(), mapped));
    });
}

TEST(same_verbs, a_listener_of_one_family_is_not_found_in_the_other) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener four = io::listen("127.0.0.1:0");
        const auto port = static_cast<std::uint16_t>(four.getsockname().port());
        const raw_socket s(AF_INET6, SOCK_STREAM);
        seen.verb("::1", co_await trying<connect_wait>(s.get(), address::ipv6("::1", port)));
        io::listener six = io::listen("[::1]:0");
        const auto other = static_cast<std::uint16_t>(six.getsockname().port());
        const raw_socket t(AF_INET, SOCK_STREAM);
        seen.verb("127.0.0.1",
                  co_await trying<connect_wait>(t.get(), address::ipv4("127.0.0.1", other)));
    });
}

TEST(same_verbs, nowhere_means_here) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("any:0");
        const auto port = static_cast<std::uint16_t>(all.getsockname().port());
        const io::stream near = co_await connect(address::ipv4("0.0.0.0", port));
        seen.add("near", near.getsockname().host() + " to " + near.getpeername().host());
        const io::stream six = co_await connect(address::ipv6("::", port));
        seen.add("six", six.getsockname().host() + " to " + six.getpeername().host());
    });
}

TEST(same_verbs, a_connected_datagram_socket_hears_its_peer_alone) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::datagram hub = io::bind("udp://127.0.0.1:0");
        io::datagram friendly = io::bind("udp://127.0.0.1:0");
        io::datagram stranger = io::bind("udp://127.0.0.1:0");
        hub.connect(friendly.getsockname());
        seen.call("strange", (co_await stranger.try_sendto("strange", hub.getsockname())) ? 1 : 0);
        co_await friendly.sendto("friendly", hub.getsockname());
        seen.verb("hub", co_await hub.try_recv());
        char byte = 0;
        seen.call("nothing more", recv_now(*hub.native_endpoint(), &byte, 1, 0));
        seen.call("elsewhere", (co_await hub.try_sendto("x", stranger.getsockname())) ? 1 : 0);
        seen.verb("stranger", co_await stranger.try_recv());
    });
}

TEST(same_verbs, a_datagram_goes_to_a_port) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::datagram d = io::bind("udp://127.0.0.1:0");
        seen.verb("port 0", co_await d.try_sendto("x", address::ipv4("127.0.0.1", 0)));
        seen.verb("nothing", co_await d.try_sendto("", d.getsockname()));
        seen.verb("received", co_await d.try_recv());
        seen.verb("other family", co_await d.try_sendto("x", address::ipv6("::1", 9)));
        seen.verb("too long", co_await d.try_sendto(std::string(70000, 'x'), d.getsockname()));
    });
}

TEST(same_verbs, a_datagram_that_does_not_fit_is_cut) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::datagram d = io::bind("udp://127.0.0.1:0");
        co_await d.sendto("a long one", d.getsockname());
        co_await d.sendto("short", d.getsockname());
        char target[4] = {};
        seen.verb("recv_into", co_await d.try_recv_into(target));
        seen.add("it is", {target, 4});
        seen.verb("the next", co_await d.try_recv());
    });
}

TEST(same_verbs, datagram_sockets_share_a_port_when_both_say_so) {
    expect_the_same([](notes& seen) -> io::task<> {
        const int yes = 1;
        for (const int option : {0, SO_REUSEADDR, SO_REUSEPORT}) {
            const raw_socket one(AF_INET, SOCK_DGRAM);
            const raw_socket two(AF_INET, SOCK_DGRAM);
            for (const raw_socket* const s : {&one, &two})
                if (option != 0) setsockopt_now(**s, SOL_SOCKET, option, &yes, sizeof yes);
            seen.call("one", bind_now(*one, address::ipv4("127.0.0.1", 0)));
            address where;
            getname_now(*one, false, where);
            seen.call("two", bind_now(*two, where));
        }
        co_return;
    });
}

TEST(same_verbs, a_verb_that_somebody_else_waits_in_is_busy) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        auto verb = [&] { return p.near.try_recv(); };
        auto then = [&]() -> io::task<> {
            seen.verb("a second", co_await p.near.try_recv());
            seen.verb("a send", co_await p.near.try_send("x"));
            co_await p.far.sendall("for the first");
        };
        co_await while_waiting(seen, "the first", verb, then);
    });
}

}  // namespace
}  // namespace priz::sim
