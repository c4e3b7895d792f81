// Descriptors, credentials and inheritance between priz and CPython; and what both say of one
// socket.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include <priz/message.hpp>
#include <priz/options.hpp>

#include <memory>

#include "python_peer.hpp"

namespace interop {
namespace {

std::string content_of(const priz::unique_fd& file) {
    std::string text(100, '\0');
    const ::ssize_t count = ::pread(file.get(), text.data(), text.size(), 0);
    return text.substr(0, count < 0 ? 0 : static_cast<std::size_t>(count));
}

// A Unix connection: ours, and Python's, which is s and was inherited.
class descriptors : public testing::Test {
protected:
    descriptors() : descriptors(priz::socketpair()) {}

    priz::socket ours{priz::closed};
    std::unique_ptr<python_peer> python;

private:
    explicit descriptors(std::pair<priz::socket, priz::socket> pair) : ours(std::move(pair.first)) {
        pair.second.set_inheritable(true);
        python = std::make_unique<python_peer>();
        python->run("s = socket.socket(fileno=" + std::to_string(pair.second.fileno()) + ")");
    }
};

TEST_F(descriptors, an_inherited_pair_is_a_unix_stream_to_python) {
    EXPECT_EQ((*python)("s.family, s.type, s.proto"),
              "(<AddressFamily.AF_UNIX: 1>, <SocketKind.SOCK_STREAM: 1>, 0)");
    ours.sendall("hello");
    EXPECT_EQ((*python)("s.recv(5, socket.MSG_WAITALL)"), "b'hello'");
    (*python)("s.sendall(b'hello to you')");
    EXPECT_EQ(ours.recv_exactly(12), "hello to you");
    python.reset();
    EXPECT_EQ(ours.recv(1), "");
}

TEST_F(descriptors, what_is_not_inheritable_is_not_there_in_a_child) {
    EXPECT_EQ((*python)("os.fstat(" + std::to_string(ours.fileno()) + ")"), "raises OSError");
}

TEST_F(descriptors, sent_by_python_are_open_and_close_on_exec) {
    python->run("import tempfile; f = tempfile.TemporaryFile(); f.write(b'written by python')");
    python->run("f.flush(); r, w = os.pipe(); os.write(w, b'in the pipe')");
    EXPECT_EQ((*python)("socket.send_fds(s, [b'two ', b'of them'], [f.fileno(), r])"), "11");
    auto [data, fds, flags, from] = priz::recv_fds(ours, 100, 2);
    EXPECT_EQ(data, "two of them");
    ASSERT_EQ(fds.size(), 2U);
    EXPECT_EQ(flags & MSG_CTRUNC, 0);
    EXPECT_EQ(content_of(fds[0]), "written by python");
    char text[20];
    EXPECT_EQ(::read(fds[1].get(), text, sizeof text), 11);
    for (const auto& fd : fds) EXPECT_EQ(::fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(descriptors, sent_by_us_are_open_in_python) {
    const priz::unique_fd one = file_with("written by priz");
    const priz::unique_fd two = file_with("and so is this");
    EXPECT_EQ(priz::send_fds(ours, "two of them", {one.get(), two.get()}), 11U);
    python->run("data, fds, flags, sender = socket.recv_fds(s, 100, 2)");
    EXPECT_EQ((*python)("data, len(fds), flags"), "(b'two of them', 2, 0)");
    EXPECT_EQ((*python)("[os.pread(fd, 100, 0) for fd in fds]"),
              "[b'written by priz', b'and so is this']");
}

TEST_F(descriptors, a_connection_handed_to_python_goes_on_there) {
    auto server = priz::create_server({"127.0.0.1", 0});
    auto client = priz::create_connection(server.getsockname());
    auto [connection, remote] = server.accept();
    priz::send_fds(ours, "x", {connection.fileno()});
    connection.close();
    python->run("c = socket.socket(fileno=socket.recv_fds(s, 1, 1)[1][0])");
    EXPECT_EQ((*python)("c.getpeername()"), as_python(client.getsockname()));
    client.sendall("are you python?");
    EXPECT_EQ((*python)("c.recv(15, socket.MSG_WAITALL)"), "b'are you python?'");
    python->run("c.sendall(b'yes'); c.close()");
    EXPECT_EQ(receive_all(client), "yes");
}

TEST_F(descriptors, a_listener_handed_over_by_python_accepts_here) {
    python->run("server = socket.create_server(('127.0.0.1', 0))");
    python->run("socket.send_fds(s, [b'x'], [server.fileno()])");
    auto [data, fds, flags, from] = priz::recv_fds(ours, 1, 1);
    ASSERT_EQ(fds.size(), 1U);
    priz::socket server = priz::socket::adopt(fds[0].release());
    python->run("c = socket.create_connection(server.getsockname()); server.close()");
    auto [connection, remote] = server.accept();
    EXPECT_EQ((*python)("c.getsockname()"), as_python(remote));
}

TEST_F(descriptors, credentials_of_both_are_who_they_are) {
    const priz::credentials theirs{std::stoi((*python)("os.getpid()")), ::getuid(), ::getgid()};
    set_option(ours, priz::options::pass_credentials, true);
    python->run("s.send(b'x')");
    EXPECT_EQ(ours.recvmsg(1, 100).control.credentials(), theirs);

    python->run("s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)");
    ours.sendall("x");
    python->run("who = s.recvmsg(1, 100)[1]");
    EXPECT_EQ((*python)("[struct.unpack('iII', data) for level, type, data in who "
                        "if type == socket.SCM_CREDENTIALS]"),
              "[(" + std::to_string(::getpid()) + ", " + std::to_string(::getuid()) + ", " +
                  std::to_string(::getgid()) + ")]");
}

TEST_F(descriptors, the_peer_that_connected_is_known_to_both) {
    const folder here;
    priz::socket server(AF_UNIX);
    server.bind(here.path("s"));
    server.listen();
    python->run("c = socket.socket(socket.AF_UNIX); c.connect('" + here.path("s") + "')");
    auto [connection, remote] = server.accept();
    EXPECT_EQ(std::to_string(get_option(connection, priz::options::peer_credentials).pid),
              (*python)("os.getpid()"));
    EXPECT_EQ((*python)("struct.unpack('iII', c.getsockopt(socket.SOL_SOCKET, "
                        "socket.SO_PEERCRED, 12))[0]"),
              std::to_string(::getpid()));
}

// One TCP socket, in both processes.
class shared_socket : public testing::Test {
protected:
    shared_socket() {
        ours.set_inheritable(true);
        python = std::make_unique<python_peer>();
        python->run("s = socket.socket(fileno=" + std::to_string(ours.fileno()) + ")");
    }

    std::string in_python(const std::string& level, const std::string& option) {
        return (*python)("s.getsockopt(socket." + level + ", socket." + option + ")");
    }

    priz::socket ours;
    std::unique_ptr<python_peer> python;
};

TEST_F(shared_socket, options_that_we_set_python_gets) {
    set_option(ours, priz::options::keep_alive, true);
    set_option(ours, priz::options::keep_alive_idle, 77);
    set_option(ours, priz::options::no_delay, true);
    set_option(ours, priz::options::receive_buffer, 50'000);
    set_option(ours, priz::options::reuse_address, true);
    ours.setsockopt(IPPROTO_IP, IP_TTL, 33);
    EXPECT_EQ(in_python("SOL_SOCKET", "SO_KEEPALIVE"), "1");
    EXPECT_EQ(in_python("IPPROTO_TCP", "TCP_KEEPIDLE"), "77");
    EXPECT_EQ(in_python("IPPROTO_TCP", "TCP_NODELAY"), "1");
    EXPECT_EQ(in_python("SOL_SOCKET", "SO_RCVBUF"),
              std::to_string(ours.getsockopt(SOL_SOCKET, SO_RCVBUF)));
    EXPECT_EQ(in_python("SOL_SOCKET", "SO_REUSEADDR"), "1");
    EXPECT_EQ(in_python("IPPROTO_IP", "IP_TTL"), "33");
}

TEST_F(shared_socket, options_that_python_sets_we_get) {
    python->run("s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 7))");
    python->run("s.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)");
    python->run("s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)");
    EXPECT_EQ(get_option(ours, priz::options::linger), priz::duration(7));
    EXPECT_EQ(get_option(ours, priz::options::user_timeout), priz::duration(1.5));
    EXPECT_EQ(get_option(ours, priz::options::tos), 0x10);
}

TEST_F(shared_socket, an_option_as_bytes_is_the_same_bytes) {
    set_option(ours, priz::options::linger, priz::duration(9));
    const std::string value = ours.getsockopt(SOL_SOCKET, SO_LINGER, 8);
    EXPECT_EQ((*python)("s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)"),
              "b'\\x01\\x00\\x00\\x00\\t\\x00\\x00\\x00'");
    EXPECT_EQ(value, std::string("\1\0\0\0\t\0\0\0", 8));
}

}  // namespace
}  // namespace interop
