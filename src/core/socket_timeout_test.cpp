#include <gtest/gtest.h>
#include <sys/mman.h>

#include <chrono>
#include <cmath>

#include "core/socket_fixture.hpp"
#include "core/sys.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

bool is_nonblocking(const socket& s) {
    return (sys::fcntl(s.fileno(), F_GETFL, 0) & O_NONBLOCK) != 0;
}

class default_timeout_restored {
public:
    ~default_timeout_restored() { setdefaulttimeout(std::nullopt); }
};

TEST(socket_timeout, the_three_modes_are_python_s) {
    socket s;
    EXPECT_EQ(s.gettimeout(), std::nullopt);
    EXPECT_TRUE(s.getblocking());
    EXPECT_FALSE(is_nonblocking(s));
    s.settimeout(1.5);
    EXPECT_EQ(s.gettimeout(), duration(1.5));
    EXPECT_TRUE(s.getblocking());
    EXPECT_TRUE(is_nonblocking(s));
    s.setblocking(false);
    EXPECT_EQ(s.gettimeout(), duration());
    EXPECT_FALSE(s.getblocking());
    EXPECT_TRUE(is_nonblocking(s));
    s.settimeout(std::nullopt);
    EXPECT_FALSE(is_nonblocking(s));
}

TEST(socket_timeout, a_timeout_that_makes_no_sense_changes_nothing) {
    socket s;
    s.settimeout(3);
    EXPECT_THROW(s.settimeout(-1), value_error);
    EXPECT_THROW(s.settimeout(std::nan("")), value_error);
    EXPECT_EQ(s.gettimeout(), duration(3));
    EXPECT_THROW(setdefaulttimeout(-1), value_error);
    EXPECT_EQ(getdefaulttimeout(), std::nullopt);
}

TEST(socket_timeout, a_nonblocking_receive_of_nothing_would_block) {
    auto [left, right] = socketpair();
    left.setblocking(false);
    char buffer[8];
    EXPECT_THROW(left.recv(8), blocking_io_error);
    EXPECT_THROW(left.recv_into(buffer), blocking_io_error);
    EXPECT_TRUE(left.try_recv_into(buffer).error().would_block());
}

TEST(socket_timeout, each_waiting_verb_ends_with_the_timeout) {
    auto [left, right] = test::tcp_pair();
    socket listener = test::loopback_listener();
    test::fill(left);
    for (socket* s : {&left, &listener, &right}) s->settimeout(2ms);
    char buffer[8];
    EXPECT_THROW(left.recv(8), timeout);
    EXPECT_THROW(left.recv_into(buffer), timeout);
    EXPECT_THROW(left.recvfrom(8), timeout);
    EXPECT_THROW(left.recv_exactly(8), timeout);
    EXPECT_THROW(left.send("x"), timeout);
    EXPECT_THROW(left.sendall("x"), timeout);
    EXPECT_THROW(listener.accept(), timeout);
}

TEST(socket_timeout, the_error_is_ours_and_says_timed_out) {
    auto [left, right] = test::tcp_pair();
    left.settimeout(1ms);
    const auto got = left.try_recv(1);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), make_error_code(errc::timed_out));
    EXPECT_EQ(got.error().message(), "recv tcp " + left.getsockname().str() + " -> " +
                                         left.getpeername().str() + ": timed out");
}

TEST(socket_timeout, a_timeout_is_not_cut_short) {
    auto [left, right] = socketpair();
    left.settimeout(20ms);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(left.recv(1), timeout);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
}

TEST(socket_timeout, signals_do_not_make_it_start_again) {
    auto [left, right] = socketpair();
    left.settimeout(50ms);
    const test::signal_storm storm;
    // Started again at each signal, a timeout of 50 ms would never end in a storm of one signal a
    // millisecond.
    EXPECT_THROW(left.recv(1), timeout);
}

// Empties the other end before each system call, so that no single part has to wait.
class emptying_hook : public blocking_hook {
public:
    explicit emptying_hook(socket& from) : from_(from) { from_.setblocking(false); }
    void before_call() noexcept override {
        while (from_.try_recv_into(some_)) {
        }
    }
    std::error_code interrupted() noexcept override { return {}; }

private:
    socket& from_;
    char some_[65536];
};

TEST(socket_timeout, one_deadline_covers_all_parts_of_a_sendall) {
    auto [left, right] = socketpair();
    emptying_hook reader(right);
    left.settimeout(2ms);
    // No part of it takes 2 ms, and no machine copies the whole in that time.
    const std::string much(128 << 20, 'x');
    left.set_blocking_hook(&reader);
    EXPECT_THROW(left.sendall(much), timeout);
    left.set_blocking_hook(nullptr);
}

TEST(socket_timeout, a_hook_may_end_a_wait) {
    test::counting_hook hook(1);
    auto [left, right] = socketpair();
    left.set_blocking_hook(&hook);
    const test::signal_storm storm;
    EXPECT_THROW(left.recv(1), interrupted);
    EXPECT_EQ(hook.interruptions, 1);
    EXPECT_EQ(hook.before, hook.after);
}

TEST(socket_timeout, a_hook_that_says_go_on_is_asked_at_each_signal) {
    test::counting_hook hook(5);
    auto [left, right] = socketpair();
    left.set_blocking_hook(&hook);
    left.settimeout(3600);
    const test::signal_storm storm;
    EXPECT_THROW(left.recv(1), interrupted);
    EXPECT_EQ(hook.interruptions, 5);
}

TEST(socket_timeout, sendall_lets_signal_handlers_run_between_its_parts) {
    test::counting_hook hook(1);
    auto [left, right] = socketpair();
    left.settimeout(3600);
    test::fill(left);
    right.recv(100000);
    left.set_blocking_hook(&hook);
    const auto sent = left.try_sendall(std::string(1 << 22, 'x'));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), make_error_code(errc::stopped));
    EXPECT_GT(sent.error().transferred(), 0U);
}

TEST(socket_timeout, sendfile_lets_signal_handlers_run_between_its_parts) {
    test::counting_hook hook(1);
    auto [left, right] = socketpair();
    left.settimeout(3600);
    left.set_blocking_hook(&hook);
    const unique_fd file(::memfd_create("parts", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(file.get(), 1 << 24), 0);
    const auto sent = left.try_sendfile(file.get());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), make_error_code(errc::stopped));
    EXPECT_GT(sent.error().transferred(), 0U);
}

TEST(socket_timeout, recv_exactly_lets_signal_handlers_run_between_its_parts) {
    test::counting_hook hook(1);
    auto [left, right] = socketpair();
    right.send("half");
    left.set_blocking_hook(&hook);
    const auto got = left.try_recv_exactly(8);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), make_error_code(errc::stopped));
    EXPECT_EQ(got.error().transferred(), 4U);
}

TEST(socket_timeout, the_hook_is_around_every_call_that_may_block) {
    test::counting_hook hook;
    socket listener;
    listener.set_blocking_hook(&hook);
    listener.bind(address::ipv4("127.0.0.1", 0));
    EXPECT_EQ(hook.before, 1);
    listener.listen();
    EXPECT_EQ(hook.before, 2);
    EXPECT_FALSE(listener.try_shutdown(77));
    EXPECT_EQ(hook.before, 3);
    listener.close();
    EXPECT_EQ(hook.before, 4);
    EXPECT_EQ(hook.after, 4);
}

TEST(socket_timeout, a_receive_of_nothing_waits_for_nothing) {
    auto [left, right] = socketpair();
    char none[1];
    EXPECT_EQ(left.recv(0), "");
    EXPECT_EQ(left.recv_into(bytes_span(none, 0)), 0U);
    left.setblocking(false);
    EXPECT_EQ(left.recv(0), "");
    right.send("x");
    EXPECT_EQ(left.recv(0), "");
    EXPECT_EQ(left.recv(1), "x");
}

TEST(socket_timeout, very_long_timeouts_wait) {
    test::counting_hook hook(1);
    auto [left, right] = socketpair();
    left.settimeout(1e10);
    left.set_blocking_hook(&hook);
    const test::signal_storm storm;
    EXPECT_THROW(left.recv(1), interrupted);
}

TEST(socket_timeout, the_default_is_given_to_every_new_socket) {
    const default_timeout_restored restore;
    const int adopted_fd = socket().detach();
    setdefaulttimeout(2);
    EXPECT_EQ(getdefaulttimeout(), duration(2));
    socket listener = test::loopback_listener();
    socket client;
    client.connect(listener.getsockname());
    const auto [connection, remote] = listener.accept();
    const auto [left, right] = socketpair();
    const socket adopted = socket::adopt(adopted_fd);
    for (const socket* s : std::initializer_list<const socket*>{&listener, &client, &connection,
                                                                &left, &right, &adopted}) {
        EXPECT_EQ(s->gettimeout(), duration(2));
        EXPECT_TRUE(is_nonblocking(*s));
    }
}

TEST(socket_timeout, an_accepted_socket_inherits_nothing_from_the_listener) {
    socket listener = test::loopback_listener();
    listener.settimeout(5);
    socket client;
    client.connect(listener.getsockname());
    const auto [connection, remote] = listener.accept();
    EXPECT_EQ(connection.gettimeout(), std::nullopt);
    EXPECT_FALSE(is_nonblocking(connection));
}

}  // namespace
}  // namespace priz
