#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "core/socket_fixture.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

// A loopback port on which nothing listens, kept from others by a bound socket.
class closed_port {
public:
    closed_port() { holder_.bind("127.0.0.1", 0); }
    address where() const { return holder_.getsockname(); }

private:
    socket holder_;
};

TEST(socket_connect, takes_two_arguments_a_pair_a_text_or_an_address) {
    socket listener = test::loopback_listener();
    const address where = listener.getsockname();
    const int port = static_cast<int>(where.port());
    socket().connect("127.0.0.1", port);
    socket().connect({"127.0.0.1", std::to_string(port)});
    socket().connect(where.str());
    socket().connect(where);
    socket().connect(0x7f000001, port);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(listener.accept().remote.host(), "127.0.0.1");
}

TEST(socket_connect, bind_takes_every_form_of_any_address) {
    for (const host& any : {host(""), host(nullptr), host(0)}) {
        socket s;
        s.bind(any, 0);
        EXPECT_TRUE(s.getsockname().is_unspecified());
        EXPECT_NE(s.getsockname().port(), 0U);
    }
}

TEST(socket_connect, a_refusal_names_the_address_and_the_cause) {
    const closed_port port;
    socket s;
    try {
        s.connect(port.where());
        FAIL() << "somebody listens";
    } catch (const connection_refused& caught) {
        EXPECT_NE(
            std::string(caught.what()).find("-> " + port.where().str() + ": connection refused"),
            std::string::npos)
            << caught.what();
        EXPECT_EQ(*caught.remote(), port.where());
    }
}

TEST(socket_connect, a_refusal_is_a_refusal_also_with_a_timeout) {
    const closed_port port;
    socket s;
    s.settimeout(30);
    EXPECT_THROW(s.connect(port.where()), connection_refused);
}

TEST(socket_connect, a_nonblocking_connect_is_under_way) {
    socket listener = test::loopback_listener();
    socket s;
    s.setblocking(false);
    EXPECT_THROW(s.connect(listener.getsockname()), blocking_io_error);
    const auto connection = listener.accept().connection;
    EXPECT_EQ(connection.getpeername(), s.getsockname());
}

TEST(socket_connect, connect_ex_gives_the_number) {
    socket listener = test::loopback_listener();
    EXPECT_EQ(socket().connect_ex(listener.getsockname()), 0);
    const closed_port port;
    EXPECT_EQ(socket().connect_ex(port.where()), ECONNREFUSED);
    socket nonblocking;
    nonblocking.setblocking(false);
    EXPECT_EQ(nonblocking.connect_ex(listener.getsockname()), EINPROGRESS);
    EXPECT_THROW(socket().connect_ex("127.0.0.1", 65536), overflow_error);
}

// A listener whose backlog is full leaves further connections without an answer.
class deaf_listener {
public:
    deaf_listener() {
        listener_.bind("127.0.0.1", 0);
        listener_.listen(0);
        first_.connect(listener_.getsockname());
    }
    address where() const { return listener_.getsockname(); }

private:
    socket listener_;
    socket first_;
};

TEST(socket_connect, a_peer_that_does_not_answer_is_a_timeout) {
    const deaf_listener deaf;
    // The kernel may let a few more in than the backlog says.
    std::vector<socket> kept;
    for (int i = 0; i < 16; ++i) {
        socket s;
        s.settimeout(5ms);
        const auto connected = s.try_connect(deaf.where());
        if (!connected) {
            EXPECT_EQ(connected.error().code(), make_error_code(errc::timed_out));
            socket again;
            again.settimeout(5ms);
            EXPECT_EQ(again.connect_ex(deaf.where()), EAGAIN);
            return;
        }
        kept.push_back(std::move(s));
    }
    FAIL() << "16 connections on a backlog of 0";
}

TEST(socket_connect, a_signal_does_not_restart_a_connection) {
    const deaf_listener deaf;
    std::vector<socket> kept;
    for (int i = 0; i < 16; ++i) {
        socket s;
        s.settimeout(20ms);
        if (s.try_connect(deaf.where())) {
            kept.push_back(std::move(s));
            continue;
        }
        // Now nobody answers: without a timeout only the hook can end the wait, and what it ends is
        // the wait for the connection that was begun (a second connect() would say EALREADY).
        test::counting_hook hook(3);
        socket interrupted_one;
        interrupted_one.set_blocking_hook(&hook);
        const test::signal_storm storm;
        EXPECT_THROW(interrupted_one.connect(deaf.where()), interrupted);
        EXPECT_EQ(hook.interruptions, 3);
        return;
    }
    FAIL() << "16 connections on a backlog of 0";
}

TEST(socket_connect, an_address_of_another_family_is_a_type_error) {
    socket s;
    EXPECT_THROW(s.connect(address::ipv6("::1", 80)), type_error);
    EXPECT_THROW(s.bind(address::unix_path("/x")), type_error);
}

TEST(socket_connect, a_port_outside_its_range_is_an_overflow) {
    socket s;
    for (const long long port : {65536LL, -1LL, 1LL << 40})
        EXPECT_THROW(s.bind("127.0.0.1", port), overflow_error) << port;
    try {
        s.bind("127.0.0.1", 65536);
    } catch (const error& caught) {
        EXPECT_NE(std::string(caught.what()).find("port must be 0-65535"), std::string::npos)
            << caught.what();
    }
}

TEST(socket_connect, a_port_in_use_says_how_to_see_by_whom) {
    socket first;
    first.bind("127.0.0.1", 0);
    socket second;
    try {
        second.bind(first.getsockname());
        FAIL() << "two sockets have one port";
    } catch (const address_in_use& caught) {
        const std::string port = std::to_string(first.getsockname().port());
        EXPECT_EQ(std::string(caught.what())
                      .find("bind tcp 127.0.0.1:" + port + ": address already in use"),
                  0U)
            << caught.what();
        EXPECT_NE(caught.hint().find("ss -tlnp 'sport = :" + port + "'"), std::string::npos);
    }
}

TEST(socket_connect, a_socket_bound_twice_is_told_where_it_is_bound) {
    socket s;
    s.bind("127.0.0.1", 0);
    const auto again = s.try_bind("127.0.0.1", 0);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().hint(), "the socket is bound already, to " + s.getsockname().str() +
                                        "; a socket is bound once");
}

TEST(socket_connect, an_address_that_is_not_this_machine_s_says_so) {
    socket s;
    const auto bound = s.try_bind("192.0.2.77", 0);
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().code(), std::errc::address_not_available);
    EXPECT_NE(bound.error().hint(), "");
}

TEST(socket_connect, a_unix_path_that_exists_or_is_nobody_s_says_what_to_do) {
    char folder[] = "/tmp/priz-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    const std::string path = std::string(folder) + "/s";
    {
        socket server(AF_UNIX);
        server.bind(path);
        const auto again = socket(AF_UNIX).try_bind(path);
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code(), std::errc::address_in_use);
        EXPECT_NE(again.error().hint().find("remove it"), std::string::npos);
    }
    EXPECT_THROW(socket(AF_UNIX).connect(path), connection_refused);
    EXPECT_EQ(::unlink(path.c_str()), 0);
    EXPECT_THROW(socket(AF_UNIX).connect(path), file_not_found);
    EXPECT_EQ(::rmdir(folder), 0);
}

TEST(socket_connect, accept_without_listen_is_an_error) {
    socket s;
    s.bind("127.0.0.1", 0);
    EXPECT_THROW(s.accept(), error);
}

TEST(socket_connect, a_negative_backlog_means_zero) {
    socket s;
    s.bind("127.0.0.1", 0);
    EXPECT_NO_THROW(s.listen(-1));
}

TEST(socket_connect, a_datagram_socket_can_be_disconnected) {
    socket receiver(AF_INET, SOCK_DGRAM);
    receiver.bind("127.0.0.1", 0);
    socket sender(AF_INET, SOCK_DGRAM);
    sender.connect(receiver.getsockname());
    sender.send("x");
    const char unspecified[14] = {};
    sender.connect(address::raw(AF_UNSPEC, bytes_view(unspecified, sizeof unspecified)));
    EXPECT_THROW(sender.send("x"), error);
}

TEST(socket_connect, try_connect_ex_tells_an_errno_and_refuses_a_wrong_address) {
    socket s;
    EXPECT_EQ(s.try_connect_ex(address::ipv4("127.0.0.1", 1)), ECONNREFUSED);
    const auto refused = s.try_connect_ex(address::ipv6("::1", 1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::type_error);
}

}  // namespace
}  // namespace priz
