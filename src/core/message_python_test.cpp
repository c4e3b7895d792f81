// Messages held against CPython's socket module: as the other process, and as the judge of what
// each size of the control buffer gives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "priz/message.hpp"
#include "priz/options.hpp"

namespace priz {
namespace {

using test::python;

// A line for what a control buffer of `room` bytes gave: flags, and each item's length.
std::string line_of(std::size_t room, const message& got) {
    std::string line = std::to_string(room) + " " + std::to_string(got.flags);
    for (const auto& item : got.control)
        line += " " + std::to_string(item.level()) + "," + std::to_string(item.type()) + "," +
                std::to_string(item.data().size());
    return line + (got.control.malformed() ? " malformed\n" : "\n");
}

const std::string python_line = R"(
import array, os, socket, sys, warnings
warnings.simplefilter("error", RuntimeWarning)
def line(room, got):
    data, items, flags, address = got
    text = "".join(" %d,%d,%d" % (level, kind, len(value)) for level, kind, value in items)
    print("%d %d%s" % (room, flags, text))
    for level, kind, value in items:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds = array.array("i")
            fds.frombytes(value[:len(value) - len(value) % 4])
            for fd in fds: os.close(fd)
)";

// What Python's recvmsg() gives for every room from 0 to `most`, and what ours does.
void expect_pythons_table(const std::string& setup, std::size_t most, socket& to,
                          const auto& send_one) {
    const std::string expected = python(python_line + setup + R"(
for room in range(int(sys.argv[1]) + 1):
    send_one()
    line(room, to.recvmsg(1, room))
)",
                                        std::to_string(most));
    std::string ours;
    for (std::size_t room = 0; room <= most; ++room) {
        send_one();
        ours += line_of(room, to.recvmsg(1, room));
    }
    EXPECT_EQ(ours, expected);
    EXPECT_NE(expected, "");
}

TEST(message_python, two_descriptors_are_truncated_as_python_shows_it) {
    auto [a, b] = socketpair();
    expect_pythons_table(R"(
a, to = socket.socketpair()
fds = array.array("i", [a.fileno(), to.fileno()])
def send_one(): a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
)",
                         cmsg_space(2 * sizeof(int)), b, [&from = a] {
                             send_fds(from, "x", {from.fileno(), from.fileno()});
                         });
}

TEST(message_python, descriptors_after_credentials_are_truncated_as_python_shows_it) {
    auto [a, b] = socketpair();
    set_option(b, options::pass_credentials, true);
    expect_pythons_table(R"(
a, to = socket.socketpair()
to.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
fds = array.array("i", [a.fileno(), to.fileno()])
def send_one(): a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
)",
                         cmsg_space(sizeof(credentials)) + cmsg_space(2 * sizeof(int)), b,
                         [&from = a] {
                             send_fds(from, "x", {from.fileno(), from.fileno()});
                         });
}

TEST(message_python, hop_limit_and_traffic_class_are_truncated_as_python_shows_it) {
    priz::socket to(AF_INET6, SOCK_DGRAM);
    to.bind(address::ipv6("::1", 0));
    to.settimeout(10);
    set_option(to, options::receive_hop_limit, true);
    set_option(to, options::receive_traffic_class, true);
    priz::socket from(AF_INET6, SOCK_DGRAM);
    expect_pythons_table(R"(
to = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
to.bind(("::1", 0))
to.settimeout(10)
to.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
to.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
a = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
def send_one(): a.sendto(b"x", to.getsockname())
)",
                         2 * cmsg_space(sizeof(int)), to,
                         [&] { from.sendto("x", to.getsockname()); });
}

TEST(message_python, python_receives_the_descriptors_that_priz_sends) {
    auto [a, b] = socketpair();
    b.set_inheritable(true);
    int fds[2];
    ASSERT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    const unique_fd read(fds[0]);
    const unique_fd write(fds[1]);
    send_fds(a, "take these", {read.get(), write.get()});
    const std::string said = python(R"(
import os, socket, sys
s = socket.socket(fileno=int(sys.argv[1]))
data, fds, flags, address = socket.recv_fds(s, 100, 2)
os.write(fds[1], b"through the pipe")
print(data.decode(), len(fds), flags, os.read(fds[0], 7).decode())
)",
                                    std::to_string(b.fileno()));
    EXPECT_EQ(said, "take these 2 0 through\n");
    char rest[10] = {};
    EXPECT_EQ(::read(read.get(), rest, sizeof rest - 1), 9);
    EXPECT_STREQ(rest, " the pipe");
}

TEST(message_python, priz_receives_the_descriptors_that_python_sends) {
    auto [a, b] = socketpair();
    b.set_inheritable(true);
    python(R"(
import os, socket, sys
s = socket.socket(fileno=int(sys.argv[1]))
r, w = os.pipe()
os.write(w, b"left in the pipe")
socket.send_fds(s, [b"take ", b"this"], [r])
)",
           std::to_string(b.fileno()));
    const auto [data, fds, flags, from] = recv_fds(a, 100, 1);
    EXPECT_EQ(data, "take this");
    ASSERT_EQ(fds.size(), 1U);
    char text[100] = {};
    EXPECT_EQ(::read(fds[0].get(), text, sizeof text), 16);
    EXPECT_STREQ(text, "left in the pipe");
}

TEST(message_python, credentials_that_python_sends_are_its_own) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
    b.set_inheritable(true);
    set_option(a, options::pass_credentials, true);
    const std::string said = python(R"(
import os, socket, struct, sys
s = socket.socket(fileno=int(sys.argv[1]))
own = struct.pack("3i", os.getpid(), os.getuid(), os.getgid())
s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, own)])
print(os.getpid(), os.getuid(), os.getgid())
)",
                                    std::to_string(b.fileno()));
    const auto who = a.recvmsg(1, cmsg_space(sizeof(credentials))).control.credentials();
    ASSERT_TRUE(who);
    EXPECT_EQ(std::to_string(who->pid) + " " + std::to_string(who->uid) + " " +
                  std::to_string(who->gid) + "\n",
              said);
}

TEST(message_python, python_reads_the_credentials_that_priz_sends) {
    auto [a, b] = socketpair(AF_UNIX, SOCK_DGRAM);
    b.set_inheritable(true);
    set_option(b, options::pass_credentials, true);
    const bytes_view data[] = {"x"};
    a.sendmsg(data, outgoing_control().credentials({::getpid(), ::getuid(), ::getgid()}));
    const std::string said = python(R"(
import socket, struct, sys
s = socket.socket(fileno=int(sys.argv[1]))
data, [(level, kind, value)], flags, address = s.recvmsg(1, 100)
print(level, kind, *struct.unpack("3i", value))
)",
                                    std::to_string(b.fileno()));
    EXPECT_EQ(said, "1 2 " + std::to_string(::getpid()) + " " + std::to_string(::getuid()) + " " +
                        std::to_string(::getgid()) + "\n");
}

}  // namespace
}  // namespace priz
