#include "priz/socket_object.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/socket_fixture.hpp"
#include "core/sys.hpp"

namespace priz {
namespace {

bool is_inheritable(int fd) { return (sys::fcntl(fd, F_GETFD, 0) & FD_CLOEXEC) == 0; }

TEST(socket_object, without_arguments_is_a_tcp_socket) {
    const socket s;
    EXPECT_EQ(s.family(), AF_INET);
    EXPECT_EQ(s.type(), SOCK_STREAM);
    EXPECT_EQ(s.proto(), 0);
    EXPECT_GE(s.fileno(), 0);
}

TEST(socket_object, every_new_descriptor_is_close_on_exec) {
    socket listener = test::loopback_listener();
    socket client;
    client.connect(listener.getsockname());
    const auto [connection, remote] = listener.accept();
    const auto [left, right] = socketpair();
    const socket copy = client.dup();
    for (const socket* s : std::initializer_list<const socket*>{&listener, &client, &connection,
                                                                &left, &right, &copy})
        EXPECT_FALSE(is_inheritable(s->fileno()));
    const int bare = dup(client.fileno());
    EXPECT_FALSE(is_inheritable(bare));
    close(bare);
}

TEST(socket_object, inheritance_is_as_set) {
    socket s;
    s.set_inheritable(true);
    EXPECT_TRUE(s.get_inheritable());
    EXPECT_TRUE(is_inheritable(s.fileno()));
    s.set_inheritable(false);
    EXPECT_FALSE(s.get_inheritable());
}

TEST(socket_object, closes_itself_at_its_end) {
    const std::size_t before = test::open_descriptors();
    {
        const socket first;
        socket second;
        second = socket(AF_UNIX);
        const socket third = std::move(second);
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(socket_object, a_second_close_does_nothing) {
    socket s;
    s.close();
    EXPECT_EQ(s.fileno(), -1);
    EXPECT_NO_THROW(s.close());
}

TEST(socket_object, close_of_a_descriptor_closed_behind_its_back_says_so_once) {
    socket s;
    close(s.fileno());
    const auto closed_again = s.try_close();
    ASSERT_FALSE(closed_again);
    EXPECT_EQ(closed_again.error().code(), std::errc::bad_file_descriptor);
    EXPECT_EQ(s.fileno(), -1);
}

TEST(socket_object, verbs_on_a_closed_socket_say_that_it_is_closed) {
    socket s;
    s.close();
    const auto sent = s.try_send("x");
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().message(), "send tcp: bad file descriptor: the socket is closed");
}

TEST(socket_object, detach_gives_the_descriptor_away_once) {
    socket s;
    const int fd = s.fileno();
    EXPECT_EQ(s.detach(), fd);
    EXPECT_EQ(s.detach(), -1);
    EXPECT_NO_THROW(close(fd));
}

TEST(socket_object, an_adopted_descriptor_is_recognised) {
    for (const auto& [family, type, proto] : {std::array<int, 3>{AF_INET, SOCK_STREAM, IPPROTO_TCP},
                                              {AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
                                              {AF_UNIX, SOCK_SEQPACKET, 0}}) {
        const socket s = socket::adopt(socket(family, type).detach());
        EXPECT_EQ(s.family(), family);
        EXPECT_EQ(s.type(), type);
        EXPECT_EQ(s.proto(), proto);
    }
}

TEST(socket_object, what_cannot_be_adopted_stays_the_callers) {
    EXPECT_THROW(socket::adopt(-1), value_error);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const auto adopted = socket::try_adopt(pipe_ends[0]);
    ASSERT_FALSE(adopted);
    EXPECT_EQ(adopted.error().code(), std::errc::not_a_socket);
    EXPECT_NO_THROW(close(pipe_ends[0]));
    EXPECT_NO_THROW(close(pipe_ends[1]));
    const auto gone = socket::try_adopt(pipe_ends[0], AF_INET, SOCK_STREAM);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code(), std::errc::bad_file_descriptor);
}

TEST(socket_object, a_family_that_the_kernel_lacks_is_unsupported_and_named) {
    try {
        const socket s(AF_X25, SOCK_SEQPACKET);
        FAIL() << "this kernel has AF_X25";
    } catch (const unsupported& caught) {
        EXPECT_NE(std::string(caught.what()).find("AF_X25 SOCK_SEQPACKET"), std::string::npos);
    }
    EXPECT_THROW(socket(AF_INET, SOCK_RDM), unsupported);
}

TEST(socket_object, type_never_shows_the_creation_flags) {
    const socket s(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC);
    EXPECT_EQ(s.type(), SOCK_DGRAM);
    EXPECT_EQ(s.gettimeout(), duration());
}

TEST(socket_object, a_duplicate_is_the_same_connection) {
    auto [left, right] = socketpair();
    left.settimeout(7);
    socket copy = left.dup();
    EXPECT_NE(copy.fileno(), left.fileno());
    EXPECT_EQ(copy.gettimeout(), duration(7));
    left.close();
    copy.sendall("still here");
    EXPECT_EQ(right.recv(64), "still here");
}

TEST(socket_object, fromfd_leaves_the_original_alone) {
    auto [left, right] = socketpair();
    {
        const socket copy = fromfd(left.fileno(), AF_UNIX, SOCK_STREAM);
        EXPECT_NE(copy.fileno(), left.fileno());
    }
    left.sendall("x");
    EXPECT_EQ(right.recv(1), "x");
}

TEST(socket_object, names_are_those_that_were_bound_and_connected) {
    socket listener = test::loopback_listener(AF_INET6);
    EXPECT_EQ(listener.getsockname().host(), "::1");
    EXPECT_NE(listener.getsockname().port(), 0U);
    socket client(AF_INET6);
    client.connect(listener.getsockname());
    const auto [connection, remote] = listener.accept();
    EXPECT_EQ(remote, client.getsockname());
    EXPECT_EQ(connection.getpeername(), client.getsockname());
    EXPECT_EQ(client.getpeername(), listener.getsockname());
}

TEST(socket_object, the_peer_of_an_unconnected_socket_is_an_error_that_says_so) {
    const socket s;
    const auto peer = s.try_getpeername();
    ASSERT_FALSE(peer);
    EXPECT_EQ(peer.error().code(), std::errc::not_connected);
    EXPECT_EQ(peer.error().hint(), "the socket is not connected");
}

TEST(socket_object, repr_shows_both_names_and_whether_it_is_closed) {
    auto [client, server] = test::tcp_pair();
    EXPECT_EQ(client.repr(), "<priz.socket fd=" + std::to_string(client.fileno()) +
                                 ", family=AF_INET, type=SOCK_STREAM, proto=0, laddr=" +
                                 client.getsockname().str() +
                                 ", raddr=" + client.getpeername().str() + ">");
    client.close();
    EXPECT_EQ(client.repr(),
              "<priz.socket [closed] fd=-1, family=AF_INET, type=SOCK_STREAM, proto=0>");
}

TEST(socket_object, options_are_read_back) {
    socket s;
    s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    EXPECT_NE(s.getsockopt(SOL_SOCKET, SO_REUSEADDR), 0);
    const ::linger wanted{1, 3};
    s.setsockopt(SOL_SOCKET, SO_LINGER, bytes_view(&wanted, sizeof wanted));
    const bytes got = s.getsockopt(SOL_SOCKET, SO_LINGER, sizeof wanted);
    EXPECT_EQ(got, bytes(reinterpret_cast<const char*>(&wanted), sizeof wanted));
    EXPECT_THROW(s.getsockopt(SOL_SOCKET, SO_LINGER, 0), error);
    EXPECT_THROW(s.getsockopt(SOL_SOCKET, SO_LINGER, 1025), error);
    EXPECT_THROW(s.setsockopt(SOL_SOCKET, 0x7fff, 1), error);
}

}  // namespace
}  // namespace priz
