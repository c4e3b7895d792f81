// The same program on the kernel and in the simulator, with what it observed: text that has to be
// the same.
#include "sim/same_as_kernel.hpp"

namespace priz::sim {
namespace {

TEST(same_as_kernel, a_port_where_nobody_listens_refuses) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener gone = io::listen("127.0.0.1:0");
        const address where = gone.getsockname();
        gone.reset();
        const raw_socket s(AF_INET, SOCK_STREAM);
        seen.verb("connect", co_await trying<connect_wait>(s.get(), where));
        address name;
        seen.call("getpeername", getname_now(*s, true, name));
        char byte = 0;
        seen.call("recv", recv_now(*s, &byte, 1, 0));
        seen.call("send", send_now(*s, &byte, 1, 0));
    });
}

TEST(same_as_kernel, a_half_closed_stream_still_receives) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.near.sendall("question");
        seen.verb("shutdown", co_await p.near.try_shutdown(SHUT_WR));
        seen.verb("send after the end", co_await p.near.try_send("x"));
        seen.add("far reads", co_await read_all(p.far));
        co_await p.far.sendall("answer");
        seen.verb("shutdown", co_await p.far.try_shutdown(SHUT_WR));
        seen.add("near reads", co_await read_all(p.near));
        seen.verb("near reads again", co_await p.near.try_recv());
        // Both directions have ended.
        seen.verb("shutdown", co_await p.near.try_shutdown(SHUT_WR));
        seen.verb("send", co_await p.near.try_send("x"));
        seen.call("peer known", p.near.try_getpeername() ? 1 : 0);
    });
}

TEST(same_as_kernel, bytes_left_unread_at_the_close_reset_the_peer) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.near.sendall("unread");
        co_await p.far.wait_readable();
        char byte = 0;
        seen.verb("peek", co_await p.far.try_recv_into({&byte, 1}, MSG_PEEK));
        p.far.reset();
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("recv again", co_await p.near.try_recv());
        seen.verb("send", co_await p.near.try_send("x"));
        seen.verb("send again", co_await p.near.try_send("x"));
        seen.call("peer known", p.near.try_getpeername() ? 1 : 0);
        seen.verb("shutdown", co_await p.near.try_shutdown(SHUT_RDWR));
        seen.verb("SO_ERROR", p.near.try_getsockopt(SOL_SOCKET, SO_ERROR));
    });
}

TEST(same_as_kernel, a_reset_is_told_once_by_so_error) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await reset_by_unread_bytes(p);
        co_await until_gone(p.near);
        seen.verb("SO_ERROR", p.near.try_getsockopt(SOL_SOCKET, SO_ERROR));
        seen.verb("SO_ERROR again", p.near.try_getsockopt(SOL_SOCKET, SO_ERROR));
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("send", co_await p.near.try_send("x"));
    });
}

TEST(same_as_kernel, a_send_after_a_reset_says_reset_and_then_broken_pipe) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await reset_by_unread_bytes(p);
        co_await until_gone(p.near);
        seen.verb("send", co_await p.near.try_send("x"));
        seen.verb("send again", co_await p.near.try_send("x"));
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_as_kernel, sending_to_a_peer_that_has_closed_breaks_the_pipe) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        p.far.reset();
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("first send", co_await p.near.try_send("x"));
        co_await until_gone(p.near);
        seen.verb("second send", co_await p.near.try_send("x"));
        seen.verb("third send", co_await p.near.try_send("x"));
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_as_kernel, a_close_without_lingering_resets) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        reset_on_close(p.far);
        p.far.reset();
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("recv again", co_await p.near.try_recv());
    });
}

TEST(same_as_kernel, what_came_before_a_reset_is_still_received) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.far.sendall("last words");
        char byte = 0;
        co_await p.near.recv_into({&byte, 1}, MSG_PEEK);
        reset_on_close(p.far);
        p.far.reset();
        co_await until_gone(p.near);
        seen.verb("recv", co_await p.near.try_recv(4));
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_as_kernel, nothing_can_be_sent_and_received) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        seen.verb("send nothing", co_await p.near.try_send(""));
        seen.verb("sendall nothing", co_await p.near.try_sendall(""));
        seen.call("recv into nothing, nothing there",
                  recv_now(*p.near.native_endpoint(), nullptr, 0, 0));
        co_await p.far.sendall("x");
        co_await p.near.wait_readable();
        char byte = 0;
        co_await p.near.recv_into({&byte, 1}, MSG_PEEK);
        seen.call("recv into nothing, a byte there",
                  recv_now(*p.near.native_endpoint(), nullptr, 0, 0));
        seen.verb("recv", co_await p.near.try_recv());
        p.far.reset();
        seen.verb("recv", co_await p.near.try_recv());
        seen.call("recv into nothing at the end",
                  recv_now(*p.near.native_endpoint(), nullptr, 0, 0));
    });
}

TEST(same_as_kernel, peeking_takes_nothing) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        co_await p.far.sendall("abcdef");
        char bytes[4] = {};
        seen.verb("peek", co_await p.near.try_recv_into(bytes, MSG_PEEK));
        seen.add("saw", {bytes, 4});
        seen.verb("peek", co_await p.near.try_recv_into(bytes, MSG_PEEK));
        seen.verb("recv", co_await p.near.try_recv(2));
        seen.verb("skip", co_await p.near.try_recv_into({bytes, 2}, MSG_TRUNC));
        seen.add("still", {bytes, 4});
        seen.verb("recv", co_await p.near.try_recv());
    });
}

TEST(same_as_kernel, names_are_those_of_both_ends) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("any:0");
        const auto port = static_cast<std::uint16_t>(all.getsockname().port());
        seen.add("listener", all.getsockname().host());
        io::stream near = co_await connect(address::ipv4("127.0.0.1", port));
        auto [far, from] = co_await all.accept();
        seen.add("near", near.getsockname().host() + " " + near.getpeername().host());
        seen.add("far", far.getsockname().host() + " " + far.getpeername().host());
        seen.add("told", from.host());
        seen.call("the same port", near.getsockname().port() == far.getpeername().port());
        io::stream six = co_await connect(address::ipv6("::1", port));
        seen.add("six", six.getsockname().host() + " " + six.getpeername().host());
        seen.verb("type", six.try_getsockopt(SOL_SOCKET, SO_TYPE));
        seen.verb("family", six.try_getsockopt(SOL_SOCKET, SO_DOMAIN));
        seen.verb("protocol", six.try_getsockopt(SOL_SOCKET, SO_PROTOCOL));
        seen.verb("listens", six.try_getsockopt(SOL_SOCKET, SO_ACCEPTCONN));
        seen.verb("no delay", six.try_getsockopt(IPPROTO_TCP, TCP_NODELAY));
        six.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
        seen.verb("no delay", six.try_getsockopt(IPPROTO_TCP, TCP_NODELAY));
        seen.verb("unknown", six.try_getsockopt(SOL_SOCKET, 9999));
        six.setsockopt(SOL_SOCKET, SO_RCVBUF, 10000);
        seen.verb("receive buffer", six.try_getsockopt(SOL_SOCKET, SO_RCVBUF));
        six.setsockopt(SOL_SOCKET, SO_RCVBUF, 1);
        seen.verb("least receive buffer", six.try_getsockopt(SOL_SOCKET, SO_RCVBUF));
        six.setsockopt(SOL_SOCKET, SO_SNDBUF, 1);
        seen.verb("least send buffer", six.try_getsockopt(SOL_SOCKET, SO_SNDBUF));
    });
}

TEST(same_as_kernel, the_timeouts_of_blocking_calls_are_remembered) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket s(AF_INET, SOCK_STREAM);
        for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
            for (const ::timeval wanted :
                 {::timeval{0, 0}, ::timeval{2, 500'000}, ::timeval{0, 1'000'000}, ::timeval{1, -1},
                  ::timeval{-1, 0}}) {
                seen.call("set", setsockopt_now(*s, SOL_SOCKET, option, &wanted, sizeof wanted));
                ::timeval kept{};
                ::socklen_t size = sizeof kept;
                seen.call("get", getsockopt_now(*s, SOL_SOCKET, option, &kept, size));
                seen.call("seconds", kept.tv_sec);
                seen.call("and microseconds", kept.tv_usec);
                seen.call("in bytes", size);
            }
            seen.call("a number", setsockopt_now(*s, SOL_SOCKET, option, "abcd", 4));
        }
        co_return;
    });
}

std::ptrdiff_t bind_and_listen(const raw_socket& s, const address& where) {
    const int error = bind_now(*s, where);
    return error != 0 ? error : listen_now(*s, 5);
}

TEST(same_as_kernel, a_port_has_one_listener_unless_they_share_it) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener first = io::listen("127.0.0.1:0");
        const address where = first.getsockname();
        const auto port = static_cast<std::uint16_t>(where.port());
        seen.call("again", io::try_listen(where) ? 1 : 0);
        {
            const raw_socket any(AF_INET6, SOCK_STREAM);
            seen.call("everywhere", bind_and_listen(any, address::ipv6("::", port)));
        }
        {
            const raw_socket six(AF_INET6, SOCK_STREAM);
            set(*six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
            seen.call("IPv6 everywhere", bind_and_listen(six, address::ipv6("::", port)));
        }
        {
            const raw_socket other(AF_INET, SOCK_STREAM);
            seen.call("127.0.0.2", bind_and_listen(other, address::ipv4("127.0.0.2", port)));
        }
        {
            const raw_socket late(AF_INET, SOCK_STREAM);
            set(*late, SOL_SOCKET, SO_REUSEPORT, 1);
            seen.call("sharing alone", bind_and_listen(late, where));
        }
        const raw_socket one(AF_INET, SOCK_STREAM);
        const raw_socket two(AF_INET, SOCK_STREAM);
        set(*one, SOL_SOCKET, SO_REUSEADDR, 1);
        set(*two, SOL_SOCKET, SO_REUSEADDR, 1);
        first.reset();
        seen.call("bind one", bind_now(*one, where));
        seen.call("bind two", bind_now(*two, where));
        seen.call("listen one", listen_now(*one, 5));
        seen.call("listen two", listen_now(*two, 5));
        co_return;
    });
}

TEST(same_as_kernel, sharing_listeners_bind_the_same_port) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket one(AF_INET, SOCK_STREAM);
        const raw_socket two(AF_INET, SOCK_STREAM);
        set(*one, SOL_SOCKET, SO_REUSEPORT, 1);
        set(*two, SOL_SOCKET, SO_REUSEPORT, 1);
        seen.call("one", bind_and_listen(one, address::ipv4("127.0.0.1", 0)));
        address where;
        getname_now(*one, false, where);
        seen.call("two", bind_and_listen(two, where));
        co_return;
    });
}

TEST(same_as_kernel, a_port_whose_connections_have_ended_is_free_for_a_listener_that_reuses) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        const address where = all.getsockname();
        io::stream near = co_await connect(where);
        io::stream far = (co_await all.accept()).connection;
        all.reset();
        far.reset();  // first: TIME_WAIT is on this side
        seen.verb("recv", co_await near.try_recv());
        near.reset();
        const raw_socket strict(AF_INET, SOCK_STREAM);
        seen.call("without reuse", bind_now(*strict, where));
        seen.call("with reuse", io::try_listen(where) ? 1 : 0);
    });
}

TEST(same_as_kernel, a_fresh_socket_refuses_what_needs_a_connection) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket s(AF_INET, SOCK_STREAM);
        char byte = 0;
        address name;
        seen.call("recv", recv_now(*s, &byte, 1, 0));
        seen.call("send", send_now(*s, &byte, 1, 0));
        seen.call("shutdown", shutdown_now(*s, SHUT_RDWR));
        seen.call("shutdown in no way", shutdown_now(*s, 7));
        seen.call("getpeername", getname_now(*s, true, name));
        seen.call("getsockname", getname_now(*s, false, name));
        seen.add("name", name.str());
        endpoint* made = nullptr;
        seen.call("accept", accept_now(*s, made));
        seen.call("not here", bind_now(*s, address::ipv4("203.0.113.77", 0)));
        seen.call("other family", bind_now(*s, address::ipv6("::1", 0)));
        seen.call("bind", bind_now(*s, address::ipv4("127.0.0.1", 0)));
        seen.call("bind again", bind_now(*s, address::ipv4("127.0.0.1", 0)));
        seen.call("listen", listen_now(*s, 1));
        seen.call("listen again", listen_now(*s, 2));
        seen.call("accept", accept_now(*s, made));
        seen.call("connect", connect_now(*s, address::ipv4("127.0.0.1", 1)));
        seen.call("recv", recv_now(*s, &byte, 1, 0));
        const raw_socket six(AF_INET6, SOCK_STREAM);
        seen.call("other family", bind_now(*six, address::ipv4("127.0.0.1", 0)));
        co_return;
    });
}

TEST(same_as_kernel, a_connected_socket_connects_no_further) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        const address there = p.near.getpeername();
        seen.call("near", connect_now(*p.near.native_endpoint(), there));
        seen.call("near", connect_now(*p.near.native_endpoint(), there));
        seen.call("far", connect_now(*p.far.native_endpoint(), there));
        seen.call("listen", listen_now(*p.near.native_endpoint(), 1));
        seen.call("bind", bind_now(*p.near.native_endpoint(), address::ipv4("127.0.0.1", 0)));
    });
}

TEST(same_as_kernel, the_backlog_lets_one_more_in_than_it_says) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket all(AF_INET, SOCK_STREAM);
        bind_now(*all, address::ipv4("127.0.0.1", 0));
        listen_now(*all, 1);
        address where;
        getname_now(*all, false, where);
        const io::stream one = co_await connect(where);
        const io::stream two = co_await connect(where);
        seen.call("a third", (co_await io::move_on_after(0.1, connect(where))).has_value());
        for (int i = 0; i < 2; ++i) {
            const auto made = co_await trying<accept_wait>(all.get());
            seen.verb("accept", made);
            const io::stream closed(*made);
        }
    });
}

TEST(same_as_kernel, a_listener_that_closes_resets_who_was_not_accepted) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        io::stream s = co_await connect(all.getsockname());
        all.reset();
        seen.verb("recv", co_await s.try_recv());
        seen.verb("recv", co_await s.try_recv());
    });
}

TEST(same_as_kernel, a_connection_that_was_reset_is_still_accepted) {
    expect_the_same([](notes& seen) -> io::task<> {
        io::listener all = io::listen("127.0.0.1:0");
        const io::stream sign = co_await connect(all.getsockname());
        io::stream s = co_await connect(all.getsockname());
        reset_on_close(s);
        s.reset();
        const io::stream first = (co_await all.accept()).connection;
        const io::stream later = co_await connect(all.getsockname());
        io::stream second = (co_await all.accept()).connection;
        seen.verb("recv", co_await second.try_recv());
    });
}

TEST(same_as_kernel, shutting_down_for_reading_ends_the_local_stream_only) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        seen.verb("shutdown", co_await p.near.try_shutdown(SHUT_RD));
        seen.verb("recv", co_await p.near.try_recv());
        seen.verb("far sends", co_await p.far.try_send("x"));
        seen.verb("near sends", co_await p.near.try_send("y"));
        seen.verb("far receives", co_await p.far.try_recv());
    });
}

TEST(same_as_kernel, messages_are_gathered_and_scattered) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        char hello[] = "hello ";
        char world[] = "world";
        ::iovec parts[] = {{hello, 6}, {world, 0}, {world, 5}};
        ::msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = 3;
        seen.call("sendmsg", sendmsg_now(*p.near.native_endpoint(), message, 0));
        char one[3] = {};
        char two[20] = {};
        ::iovec into[] = {{one, 3}, {two, 20}};
        ::msghdr got{};
        got.msg_iov = into;
        got.msg_iovlen = 2;
        seen.call("recvmsg", co_await when_readable(*p.far.native_endpoint(), [&] {
                      return recvmsg_now(*p.far.native_endpoint(), got, 0);
                  }));
        seen.add("one", {one, 3});
        seen.add("two", two);
        seen.call("flags", got.msg_flags & ~MSG_CMSG_CLOEXEC);
    });
}

TEST(same_as_kernel, a_full_peer_stops_the_sender_and_nothing_is_lost) {
    expect_the_same([](notes& seen) -> io::task<> {
        pair p = co_await connected();
        p.near.setsockopt(SOL_SOCKET, SO_SNDBUF, 20000);
        std::size_t sent = 0;
        const std::string some(5000, 'x');
        for (bool goes_on = true; goes_on;) {
            const auto outcome = send_now(*p.near.native_endpoint(), some.data(), some.size(), 0);
            if (outcome > 0) sent += static_cast<std::size_t>(outcome);
            goes_on = outcome > 0;
            if (!goes_on) seen.call("at last", outcome);
        }
        std::size_t received = 0;
        std::string bytes(3000, 0);
        while (received < sent) received += co_await p.far.recv_into(bytes);
        seen.call("all came", received == sent);
        seen.verb("and more can be sent", co_await p.near.try_sendall(some));
    });
}

TEST(same_as_kernel, datagrams_keep_their_edges_and_their_senders) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket a(AF_INET, SOCK_DGRAM);
        const raw_socket b(AF_INET, SOCK_DGRAM);
        seen.call("bind", bind_now(*a, address::ipv4("127.0.0.1", 0)));
        address where;
        getname_now(*a, false, where);
        char byte = 0;
        seen.call("to nowhere", send_now(*b, &byte, 1, 0));
        seen.call("nothing there", recv_now(*a, &byte, 1, 0));
        seen.call("connect", connect_now(*b, where));
        seen.call("send", send_now(*b, "hello", 5, 0));
        seen.call("send nothing", send_now(*b, "", 0, 0));
        seen.call("send", send_now(*b, "again", 5, 0));
        char bytes[3] = {};
        ::iovec part{bytes, 3};
        ::sockaddr_storage from{};
        ::msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_name = &from;
        message.msg_namelen = sizeof from;
        const auto receive = [&](int flags) { return recvmsg_now(*a, message, flags); };
        seen.call("peek",
                  co_await when_readable(*a, [&] { return receive(MSG_PEEK | MSG_TRUNC); }));
        seen.call("recv", receive(0));
        seen.call("cut", message.msg_flags & MSG_TRUNC);
        seen.call("name's size", message.msg_namelen);
        address mine;
        getname_now(*b, false, mine);
        const auto* const raw = reinterpret_cast<const ::sockaddr*>(&from);
        seen.call("from b", address::from_sockaddr(raw, message.msg_namelen) == mine);
        seen.call("nothing", co_await when_readable(*a, [&] { return receive(0); }));
        seen.call("the last", co_await when_readable(*a, [&] { return receive(MSG_TRUNC); }));
        const std::string long_one(65508, 'x');
        seen.call("too long", send_now(*b, long_one.data(), long_one.size(), 0));
        seen.call("the longest", send_now(*b, long_one.data(), long_one.size() - 1, 0));
        std::string whole(70000, 0);
        seen.call("arrives", co_await when_readable(
                                 *a, [&] { return recv_now(*a, whole.data(), whole.size(), 0); }));
    });
}

TEST(same_as_kernel, a_datagram_to_a_closed_port_is_told_to_who_is_connected) {
    expect_the_same([](notes& seen) -> io::task<> {
        address where;
        {
            const raw_socket gone(AF_INET, SOCK_DGRAM);
            bind_now(*gone, address::ipv4("127.0.0.1", 0));
            getname_now(*gone, false, where);
        }
        const raw_socket s(AF_INET, SOCK_DGRAM);
        connect_now(*s, where);
        char byte = 0;
        seen.call("send", send_now(*s, &byte, 1, 0));
        seen.call("recv", co_await when_readable(*s, [&] { return recv_now(*s, &byte, 1, 0); }));
        seen.call("nothing more", recv_now(*s, &byte, 1, 0));
        seen.call("shutdown", shutdown_now(*s, SHUT_RD));
        seen.call("recv", recv_now(*s, &byte, 1, 0));
        seen.call("shutdown", shutdown_now(*s, SHUT_WR));
        seen.call("send", send_now(*s, &byte, 1, 0));
    });
}

TEST(same_as_kernel, datagram_sockets_neither_listen_nor_accept) {
    expect_the_same([](notes& seen) -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        endpoint* made = nullptr;
        seen.call("listen", listen_now(*s, 1));
        seen.call("accept", accept_now(*s, made));
        seen.call("shutdown", shutdown_now(*s, SHUT_RDWR));
        address name;
        seen.call("peer", getname_now(*s, true, name));
        seen.call("bind", bind_now(*s, address::ipv4("127.0.0.1", 0)));
        address where;
        getname_now(*s, false, where);
        const raw_socket other(AF_INET, SOCK_DGRAM);
        seen.call("the same port", bind_now(*other, where));
        co_return;
    });
}

}  // namespace
}  // namespace priz::sim
