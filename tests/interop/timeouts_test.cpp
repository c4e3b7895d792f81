// A CPython that does nothing, and ours that does nothing to it.
#include "python_peer.hpp"

namespace interop {
namespace {

class silence : public testing::Test {
protected:
    silence() {
        auto server = priz::create_server({"127.0.0.1", 0});
        python.run("s = socket.create_connection(" + as_python(server.getsockname()) + ")");
        ours = server.accept().connection;
    }

    python_peer python;
    priz::socket ours{priz::closed};
};

TEST_F(silence, ends_a_receive_with_a_timeout_and_the_connection_is_as_good_as_before) {
    ours.settimeout(0.02);
    EXPECT_THROW(ours.recv(1), priz::timeout);
    ours.settimeout(std::nullopt);
    python.run("s.sendall(b'late')");
    EXPECT_EQ(ours.recv_exactly(4), "late");
}

TEST_F(silence, ends_a_sendall_with_a_timeout_that_tells_how_much_went) {
    ours.settimeout(0.05);
    const std::string text = pattern(50'000'000);
    const auto sent = ours.try_sendall(text);
    ASSERT_FALSE(sent.has_value());
    EXPECT_EQ(sent.error().code(), priz::errc::timed_out);
    const std::size_t count = sent.error().transferred();
    EXPECT_LT(count, text.size());
    ours.close();
    EXPECT_EQ(python("receive_all(s) == pattern(" + std::to_string(count) + ")"), "True");
}

TEST_F(silence, is_half_a_message_after_which_the_rest_can_still_be_had) {
    python.run("s.sendall(b'half')");
    ours.settimeout(0.05);
    const auto got = ours.try_recv_exactly(8);
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().code(), priz::errc::timed_out);
    EXPECT_EQ(got.error().transferred(), 4U);
}

TEST_F(silence, of_ours_is_a_timeout_to_python) {
    EXPECT_EQ(python("s.settimeout(0.02)"), "None");
    EXPECT_EQ(python("s.recv(1)"), "raises TimeoutError");
    ours.sendall("late");
    EXPECT_EQ(python("s.recv(4, socket.MSG_WAITALL)"), "b'late'");
}

TEST_F(silence, of_a_non_blocking_socket_is_an_error_at_once_to_both) {
    ours.setblocking(false);
    EXPECT_THROW(ours.recv(1), priz::blocking_io_error);
    python.run("s.setblocking(False)");
    EXPECT_EQ(python("s.recv(1)"), "raises BlockingIOError");
}

TEST(silent_server, that_does_not_accept_is_still_connected_to) {
    python_peer python;
    python.run("server = socket.create_server(('127.0.0.1', 0))");
    const int port = std::stoi(python("server.getsockname()[1]"));
    auto ours = priz::create_connection("127.0.0.1", port, {.timeout = 30});
    ours.settimeout(0.02);
    EXPECT_THROW(ours.recv(1), priz::timeout);
}

TEST(silent_server, nobody_comes_and_accept_ends_in_time) {
    auto server = priz::create_server({"127.0.0.1", 0});
    server.settimeout(0.02);
    EXPECT_THROW(server.accept(), priz::timeout);
}

}  // namespace
}  // namespace interop
