// Unix sockets between priz and CPython: every type, by path and in the abstract namespace.
#include <unistd.h>

#include "python_peer.hpp"

namespace interop {
namespace {

struct kind {
    int type;
    const char* name;
    bool is_abstract;
};

class unix_socket : public testing::TestWithParam<kind> {
protected:
    bool is_stream() const { return GetParam().type == SOCK_STREAM; }

    priz::address place(const std::string& name) const {
        return GetParam().is_abstract ? priz::address::unix_abstract(folder_.path(name))
                                      : priz::address::unix_path(folder_.path(name));
    }

    void python_has(const std::string& name) {
        python.run(name + " = socket.socket(socket.AF_UNIX, socket." + GetParam().name + ")");
    }

    // Python's end is s, ours is ours.
    void python_connects() {
        priz::socket server(AF_UNIX, GetParam().type);
        server.bind(place("server"));
        server.listen();
        python_has("s");
        python.run("s.bind(" + as_python(place("client")) + ")");
        python.run("s.connect(" + as_python(place("server")) + ")");
        auto [accepted, remote] = server.accept();
        EXPECT_EQ(remote, place("client"));
        ours = std::move(accepted);
    }

    void we_connect() {
        python_has("server");
        python.run("server.bind(" + as_python(place("server")) + "); server.listen()");
        ours.bind(place("client"));
        ours.connect(place("server"));
        python.run("s, told = server.accept()");
        EXPECT_EQ(python("told"), as_python(place("client")));
    }

    void expect_that_names_and_messages_agree() {
        EXPECT_EQ(python("s.getsockname()"), as_python(ours.getpeername()));
        EXPECT_EQ(python("s.getpeername()"), as_python(ours.getsockname()));
        ours.sendall("one");
        ours.sendall("two!");
        python.run("s.sendall(b'three'); s.sendall(b'four!')");
        if (is_stream()) {
            EXPECT_EQ(python("s.recv(7, socket.MSG_WAITALL)"), "b'onetwo!'");
            EXPECT_EQ(ours.recv_exactly(10), "threefour!");
        } else {
            EXPECT_EQ(python("s.recv(100), s.recv(100)"), "(b'one', b'two!')");
            EXPECT_EQ(ours.recv(100), "three");
            EXPECT_EQ(ours.recv(100), "four!");
        }
        ours.shutdown(SHUT_WR);
        EXPECT_EQ(python("s.recv(100)"), "b''");
        python.run("s.close()");
        EXPECT_EQ(ours.recv(100), "");
    }

    folder folder_;
    python_peer python;
    priz::socket ours{AF_UNIX, GetParam().type};
};

class unix_connection : public unix_socket {};

TEST_P(unix_connection, from_python_keeps_names_and_messages) {
    python_connects();
    expect_that_names_and_messages_agree();
}

TEST_P(unix_connection, to_python_keeps_names_and_messages) {
    we_connect();
    expect_that_names_and_messages_agree();
}

class unix_datagram : public unix_socket {};

TEST_P(unix_datagram, goes_there_and_back_whole_with_the_senders_names) {
    python_has("s");
    python.run("s.bind(" + as_python(place("python")) + ")");
    ours.bind(place("priz"));
    ours.sendto("one", place("python"));
    ours.sendto("", place("python"));
    EXPECT_EQ(python("s.recvfrom(100)"), "(b'one', " + as_python(place("priz")) + ")");
    EXPECT_EQ(python("s.recvfrom(100)[0]"), "b''");
    python.run("s.sendto(pattern(100), " + as_python(place("priz")) + ")");
    python.run("s.sendto(b'next', " + as_python(place("priz")) + ")");
    const auto [cut, from] = ours.recvfrom(10);
    EXPECT_EQ(cut, pattern(10));
    EXPECT_EQ(from, place("python"));
    EXPECT_EQ(ours.recv(100), "next");
}

TEST_P(unix_datagram, without_a_name_comes_from_nowhere_for_both) {
    python_has("s");
    ours.bind(place("priz"));
    python.run("s.sendto(b'x', " + as_python(place("priz")) + ")");
    EXPECT_TRUE(ours.recvfrom(1).from.empty());
    python.run("s.bind(" + as_python(place("python")) + ")");
    priz::socket nameless(AF_UNIX, SOCK_DGRAM);
    nameless.sendto("x", place("python"));
    EXPECT_EQ(python("s.recvfrom(1)[1]"), "None");
}

TEST(unix_name, of_any_bytes_is_the_same_to_both) {
    python_peer python;
    const priz::address name = priz::address::unix_abstract("priz " + std::to_string(::getpid()) +
                                                            std::string("\0\xff'\\ \xc3\xbc\0", 8));
    python.run("s = socket.socket(socket.AF_UNIX); s.bind(" + as_python(name) + "); s.listen()");
    priz::socket ours(AF_UNIX);
    ours.connect(name);
    EXPECT_EQ(ours.getpeername(), name);
    EXPECT_EQ(python("s.getsockname() == " + as_python(name)), "True");
}

std::string title(const testing::TestParamInfo<kind>& one) {
    return std::string(one.param.name) + (one.param.is_abstract ? "_abstract" : "_path");
}

INSTANTIATE_TEST_SUITE_P(kinds, unix_connection,
                         testing::Values(kind{SOCK_STREAM, "SOCK_STREAM", false},
                                         kind{SOCK_STREAM, "SOCK_STREAM", true},
                                         kind{SOCK_SEQPACKET, "SOCK_SEQPACKET", false},
                                         kind{SOCK_SEQPACKET, "SOCK_SEQPACKET", true}),
                         title);
INSTANTIATE_TEST_SUITE_P(kinds, unix_datagram,
                         testing::Values(kind{SOCK_DGRAM, "SOCK_DGRAM", false},
                                         kind{SOCK_DGRAM, "SOCK_DGRAM", true}),
                         title);

}  // namespace
}  // namespace interop
