// TCP between priz and CPython, each as the client and as the server, over IPv4 and IPv6.
#include <priz/options.hpp>
#include <priz/select.hpp>

#include "python_peer.hpp"

namespace interop {
namespace {

struct host {
    int family;
    const char* name;
};

class tcp : public testing::TestWithParam<host> {
protected:
    // What priz and Python hold of one connection.
    struct connection {
        python_peer python;  // its end is called s
        priz::socket ours{priz::closed};
        priz::address told;  // the peer's address as the accepting side was told it

        void python_sends_and_we_return();
        void we_send_and_python_returns();
    };

    static void serve(connection& c) {
        auto server = priz::create_server({GetParam().name, 0}, {.family = GetParam().family});
        c.python.begin("s = socket.create_connection(" + as_python(server.getsockname()) + "[:2])");
        auto [accepted, remote] = server.accept();
        c.ours = std::move(accepted);
        c.told = remote;
        EXPECT_EQ(c.python.answer(), "None");
        EXPECT_EQ(c.python("s.getsockname()"), as_python(c.told));
    }

    static void connect(connection& c) {
        c.python.run("server = socket.create_server(('" + std::string(GetParam().name) +
                     "', 0), family=socket." +
                     (GetParam().family == AF_INET ? "AF_INET" : "AF_INET6") + ")");
        const std::string port = c.python("server.getsockname()[1]");
        c.ours = priz::create_connection(GetParam().name, port);
        c.python.run("s, told = server.accept()");
        EXPECT_EQ(c.python("told"), as_python(c.ours.getsockname()));
    }

    static void expect_that_the_addresses_agree(connection& c) {
        EXPECT_EQ(c.python("s.getsockname()"), as_python(c.ours.getpeername()));
        EXPECT_EQ(c.python("s.getpeername()"), as_python(c.ours.getsockname()));
        EXPECT_EQ(c.ours.getpeername().family(), GetParam().family);
    }
};

void tcp::connection::python_sends_and_we_return() {
    python.begin(
        "s.sendall(pattern(5_000_000)); s.shutdown(socket.SHUT_WR); back = receive_all(s)");
    const std::string all = receive_all(ours);
    EXPECT_TRUE(all == pattern(five_megabytes)) << all.size();
    ours.sendall(all);
    ours.shutdown(SHUT_WR);
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(python("back == pattern(5_000_000)"), "True");
}

void tcp::connection::we_send_and_python_returns() {
    python.begin("there = receive_all(s); s.sendall(there); s.close()");
    ours.sendall(pattern(five_megabytes));
    ours.shutdown(SHUT_WR);
    const std::string back = receive_all(ours);
    EXPECT_TRUE(back == pattern(five_megabytes)) << back.size();
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(python("there == pattern(5_000_000)"), "True");
}

TEST_P(tcp, five_megabytes_there_and_back_from_a_python_client) {
    connection c;
    serve(c);
    expect_that_the_addresses_agree(c);
    c.python_sends_and_we_return();
}

TEST_P(tcp, five_megabytes_there_and_back_to_a_python_server) {
    connection c;
    connect(c);
    expect_that_the_addresses_agree(c);
    c.we_send_and_python_returns();
}

TEST_P(tcp, the_server_may_speak_first_and_the_client_end_last) {
    connection c;
    serve(c);
    c.we_send_and_python_returns();
}

TEST_P(tcp, an_urgent_byte_of_python_is_exceptional_and_out_of_band) {
    connection c;
    serve(c);
    c.python.run("s.send(b'before'); s.send(b'!', socket.MSG_OOB); s.send(b'after')");
    const auto ready = priz::select({}, {}, {c.ours}, 30);
    EXPECT_TRUE(ready.exceptional.contains(c.ours));
    EXPECT_EQ(c.ours.recv(10, MSG_OOB), "!");
    EXPECT_EQ(c.ours.recv_exactly(11), "beforeafter");
}

TEST_P(tcp, an_urgent_byte_of_ours_is_exceptional_and_out_of_band_for_python) {
    connection c;
    connect(c);
    c.ours.sendall("before");
    EXPECT_EQ(c.ours.send("!", MSG_OOB), 1U);
    EXPECT_EQ(c.python("select.select([], [], [s], 30)[2] == [s]"), "True");
    EXPECT_EQ(c.python("s.recv(10, socket.MSG_OOB)"), "b'!'");
    EXPECT_EQ(c.python("s.recv(10)"), "b'before'");
}

TEST_P(tcp, an_urgent_byte_taken_inline_stands_in_its_place) {
    connection c;
    serve(c);
    set_option(c.ours, priz::options::oob_inline, true);
    c.python.run("s.send(b'ab'); s.send(b'!', socket.MSG_OOB); s.send(b'cd')");
    EXPECT_EQ(c.ours.recv_exactly(5), "ab!cd");
}

TEST_P(tcp, a_reset_by_python_is_a_connection_reset) {
    connection c;
    serve(c);
    c.python.run(
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()");
    EXPECT_THROW(c.ours.recv(1), priz::connection_reset);
    EXPECT_THROW(c.ours.sendall("x"), priz::broken_pipe);
}

TEST_P(tcp, a_reset_of_ours_is_pythons_connection_reset) {
    connection c;
    connect(c);
    set_option(c.ours, priz::options::linger, priz::duration(0));
    c.ours.close();
    EXPECT_EQ(c.python("s.recv(1)"), "raises ConnectionResetError");
    EXPECT_EQ(c.python("s.sendall(b'x')"), "raises BrokenPipeError");
}

TEST_P(tcp, a_port_where_nobody_listens_refuses_both_alike) {
    python_peer python;
    priz::socket nobody(GetParam().family);
    nobody.bind(GetParam().name, 0);
    const priz::address where = nobody.getsockname();
    EXPECT_EQ(python("socket.create_connection(" + as_python(where) + "[:2])"),
              "raises ConnectionRefusedError");
    EXPECT_THROW(priz::create_connection(where), priz::connection_refused);
}

INSTANTIATE_TEST_SUITE_P(hosts, tcp,
                         testing::Values(host{AF_INET, "127.0.0.1"}, host{AF_INET6, "::1"}),
                         [](const auto& one) {
                             return one.param.family == AF_INET ? std::string("ipv4")
                                                                : std::string("ipv6");
                         });

}  // namespace
}  // namespace interop
