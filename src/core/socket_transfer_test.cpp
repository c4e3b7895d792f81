#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "core/sys.hpp"
#include "priz/message.hpp"
#include "priz/unique_fd.hpp"

namespace priz {
namespace {

// Bytes that repeat with a period no buffer size shares, so that a lost or doubled piece shows.
std::string pattern(std::size_t size) {
    std::string data(size, '\0');
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(i % 251);
    return data;
}

// An unnamed file with that content.
unique_fd file_with(std::string_view content) {
    char path[] = "/tmp/priz-test-XXXXXX";
    unique_fd file(::mkstemp(path));
    EXPECT_EQ(::unlink(path), 0);
    EXPECT_EQ(::write(file.get(), content.data(), content.size()),
              static_cast<::ssize_t>(content.size()));
    return file;
}

std::string read_to_end(socket& s) {
    std::string all;
    for (bytes part = s.recv(65536); !part.empty(); part = s.recv(65536)) all += part;
    return all;
}

TEST(socket_transfer, an_empty_result_is_the_end_of_the_stream) {
    auto [left, right] = test::tcp_pair();
    left.sendall("last words");
    left.shutdown(SHUT_WR);
    EXPECT_EQ(right.recv(4), "last");
    EXPECT_EQ(right.recv(64), " words");
    EXPECT_EQ(right.recv(64), "");
    char buffer[8];
    EXPECT_EQ(right.recv_into(buffer), 0U);
    right.sendall("an answer");
    EXPECT_EQ(left.recv(64), "an answer");
}

TEST(socket_transfer, a_receive_of_nothing_is_legal) {
    auto [left, right] = socketpair();
    left.sendall("x");
    EXPECT_EQ(right.recv(0), "");
    EXPECT_EQ(right.recv(1), "x");
}

TEST(socket_transfer, recv_into_fills_no_more_than_it_was_given) {
    auto [left, right] = socketpair();
    left.sendall("abcdef");
    char buffer[6] = {'-', '-', '-', '-', '-', '-'};
    EXPECT_EQ(right.recv_into(bytes_span(buffer, 3)), 3U);
    EXPECT_EQ(std::string(buffer, 6), "abc---");
}

TEST(socket_transfer, large_receives_arrive_whole) {
    for (const std::size_t size : {4096U, 4097U, 100'000U}) {
        auto [left, right] = socketpair();
        const std::string data = pattern(size);
        std::thread sender([&left, &data] { left.sendall(data); });
        EXPECT_EQ(right.recv(size, MSG_WAITALL), data);
        sender.join();
    }
}

TEST(socket_transfer, a_peek_leaves_the_bytes) {
    auto [left, right] = socketpair();
    left.sendall("look");
    EXPECT_EQ(right.recv(4, MSG_PEEK), "look");
    EXPECT_EQ(right.recv(4), "look");
}

TEST(socket_transfer, sendall_sends_all_of_what_does_not_fit) {
    for (const auto timeout : {std::optional<duration>(), std::optional<duration>(60)}) {
        auto [left, right] = test::tcp_pair();
        left.settimeout(timeout);
        const std::string data = pattern(8 << 20);
        std::thread sender([&left, &data] {
            left.sendall(data);
            left.close();
        });
        EXPECT_EQ(read_to_end(right), data);
        sender.join();
    }
}

TEST(socket_transfer, a_sendall_that_failed_says_how_much_was_sent) {
    auto [left, right] = socketpair();
    left.setblocking(false);
    const auto sent = left.try_sendall(pattern(8 << 20));
    ASSERT_FALSE(sent);
    EXPECT_TRUE(sent.error().would_block());
    const std::size_t reported = sent.error().transferred();
    left.close();
    EXPECT_EQ(read_to_end(right), pattern(reported));
}

TEST(socket_transfer, a_peer_that_is_gone_is_a_broken_pipe_and_no_signal) {
    auto [left, right] = socketpair();
    right.close();
    EXPECT_THROW(left.send("x"), broken_pipe);
    EXPECT_THROW(left.sendall("x"), broken_pipe);
}

TEST(socket_transfer, a_reset_names_the_peer_that_the_kernel_has_forgotten) {
    auto [left, right] = test::tcp_pair();
    const std::string peer = left.getpeername().str();
    const ::linger at_once{1, 0};
    right.setsockopt(SOL_SOCKET, SO_LINGER, bytes_view(&at_once, sizeof at_once));
    right.close();
    char buffer[8];
    try {
        left.recv_into(buffer);
        FAIL() << "no reset";
    } catch (const connection_reset& caught) {
        EXPECT_NE(std::string(caught.what()).find("-> " + peer), std::string::npos)
            << caught.what();
    }
}

TEST(socket_transfer, a_fixed_size_is_received_across_pieces) {
    auto [left, right] = socketpair();
    right.settimeout(60);
    std::thread sender([&left] {
        for (const char* part : {"ab", "cd", "ef"}) left.sendall(part);
    });
    EXPECT_EQ(right.recv_exactly(6), "abcdef");
    EXPECT_EQ(right.recv_exactly(0), "");
    sender.join();
}

TEST(socket_transfer, a_fixed_size_is_never_exceeded) {
    auto [left, right] = socketpair();
    for (std::size_t size = 1; size <= 64; ++size) {
        const std::string wanted(size, 'x');
        left.sendall(wanted + "rest");
        EXPECT_EQ(right.recv_exactly(size), wanted);
        EXPECT_EQ(right.recv(100), "rest");
    }
}

TEST(socket_transfer, a_stream_that_ends_within_a_fixed_size_says_how_far_it_came) {
    auto [left, right] = socketpair();
    left.sendall("abc");
    left.close();
    const auto got = right.try_recv_exactly(10);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), make_error_code(errc::end_of_stream));
    EXPECT_EQ(got.error().transferred(), 3U);
    EXPECT_EQ(got.error().hint(), "3 of 10 bytes had come when the peer ended the stream");
}

TEST(socket_transfer, datagrams_come_whole_with_their_sender) {
    socket receiver(AF_INET, SOCK_DGRAM);
    receiver.bind("127.0.0.1", 0);
    socket sender(AF_INET, SOCK_DGRAM);
    sender.bind("127.0.0.1", 0);
    EXPECT_EQ(sender.sendto("first", receiver.getsockname()), 5U);
    EXPECT_EQ(sender.sendto("", receiver.getsockname()), 0U);
    sender.sendto("third", {"127.0.0.1", receiver.getsockname().port()});
    const auto [data, from] = receiver.recvfrom(64);
    EXPECT_EQ(data, "first");
    EXPECT_EQ(from, sender.getsockname());
    EXPECT_EQ(receiver.recvfrom(64).data, "");
    char small[2];
    const auto cut = receiver.recvfrom_into(small);
    EXPECT_EQ(cut.size, 2U);
    EXPECT_EQ(cut.from, sender.getsockname());
}

TEST(socket_transfer, truncation_asked_about_is_the_whole_length_but_never_more_data) {
    auto [left, right] = socketpair(AF_UNIX, SOCK_DGRAM);
    left.send("0123456789");
    EXPECT_EQ(right.recv(4, MSG_TRUNC), "0123");
}

TEST(socket_transfer, a_connected_stream_has_no_sender_to_tell) {
    auto [left, right] = test::tcp_pair();
    left.sendall("x");
    const auto [data, from] = right.recvfrom(8);
    EXPECT_EQ(data, "x");
    EXPECT_TRUE(from.empty());
}

TEST(socket_transfer, a_shut_down_side_cannot_send) {
    auto [left, right] = test::tcp_pair();
    left.shutdown(SHUT_WR);
    EXPECT_THROW(left.sendall("x"), broken_pipe);
    EXPECT_THROW(left.shutdown(77), error);
}

TEST(socket_transfer, a_file_is_sent_whole_and_left_positioned_behind_it) {
    const std::string data = pattern(3 << 20);
    const unique_fd file = file_with(data);
    auto [left, right] = test::tcp_pair();
    left.settimeout(60);
    std::thread sender([&left, &file] {
        EXPECT_EQ(left.sendfile(file.get()), std::size_t{3 << 20});
        left.close();
    });
    EXPECT_EQ(read_to_end(right), data);
    sender.join();
    EXPECT_EQ(sys::lseek(file.get(), 0, SEEK_CUR), 3 << 20);
}

TEST(socket_transfer, a_part_of_a_file_is_that_part) {
    const unique_fd file = file_with("0123456789");
    auto [left, right] = socketpair();
    EXPECT_EQ(left.sendfile(file.get(), 2, 5), 5U);
    EXPECT_EQ(right.recv(64), "23456");
    EXPECT_EQ(sys::lseek(file.get(), 0, SEEK_CUR), 7);
    EXPECT_EQ(left.sendfile(file.get(), 8, 100), 2U);
    EXPECT_EQ(left.sendfile(file.get(), 50), 0U);
}

TEST(socket_transfer, sendfile_that_sends_nothing_leaves_the_file_where_it_was) {
    const unique_fd file = file_with("0123456789");
    ASSERT_EQ(sys::lseek(file.get(), 4, SEEK_SET), 4);
    auto [left, right] = socketpair();
    EXPECT_EQ(left.sendfile(file.get(), 50), 0U);
    EXPECT_EQ(sys::lseek(file.get(), 0, SEEK_CUR), 4);
    right.close();
    EXPECT_THROW(left.sendfile(file.get()), broken_pipe);
    EXPECT_EQ(sys::lseek(file.get(), 0, SEEK_CUR), 4);
}

::sigset_t only_sigpipe() {
    ::sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGPIPE);
    return set;
}

bool is_sigpipe_pending() {
    ::sigset_t pending;
    return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
}

TEST(socket_transfer, sendfile_to_a_peer_that_is_gone_raises_no_signal) {
    static volatile std::sig_atomic_t raised = 0;
    struct ::sigaction counting {};
    struct ::sigaction before {};
    counting.sa_handler = [](int) { raised = raised + 1; };
    ::sigaction(SIGPIPE, &counting, &before);
    const unique_fd file = file_with("0123456789");
    auto [left, right] = socketpair();
    right.close();
    EXPECT_THROW(left.sendfile(file.get()), broken_pipe);
    EXPECT_EQ(raised, 0);
    ::sigaction(SIGPIPE, &before, nullptr);
}

TEST(socket_transfer, a_signal_of_the_program_s_own_outlasts_sendfile) {
    const ::sigset_t pipe = only_sigpipe();
    ::sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
    const unique_fd file = file_with("0123456789");
    auto [left, right] = socketpair();
    right.close();
    EXPECT_THROW(left.sendfile(file.get()), broken_pipe);
    EXPECT_FALSE(is_sigpipe_pending());
    ::pthread_kill(::pthread_self(), SIGPIPE);
    EXPECT_THROW(left.sendfile(file.get()), broken_pipe);
    EXPECT_TRUE(is_sigpipe_pending());
    const ::timespec at_once{};
    ::sigtimedwait(&pipe, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(socket_transfer, a_pipe_is_sent_by_reading_it) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const unique_fd reader(ends[0]);
    unique_fd writer(ends[1]);
    ASSERT_EQ(::write(writer.get(), "through a pipe", 14), 14);
    writer.reset();
    auto [left, right] = socketpair();
    EXPECT_EQ(left.sendfile(reader.get()), 14U);
    EXPECT_EQ(right.recv(64), "through a pipe");
    EXPECT_THROW(left.sendfile(reader.get(), 3), error);
}

TEST(socket_transfer, sendfile_refuses_what_python_s_does) {
    const unique_fd file = file_with("x");
    auto [left, right] = socketpair();
    EXPECT_THROW(left.sendfile(file.get(), 0, 0), value_error);
    left.setblocking(false);
    EXPECT_THROW(left.sendfile(file.get()), value_error);
    EXPECT_THROW(socket(AF_INET, SOCK_DGRAM).sendfile(file.get()), value_error);
}

TEST(socket_transfer, a_negative_size_is_refused_as_in_python) {
    socket s(AF_INET, SOCK_DGRAM);
    const auto negative = static_cast<std::size_t>(-1);
    EXPECT_THROW(s.recv(negative), value_error);
    EXPECT_THROW(s.recvfrom(negative), value_error);
    EXPECT_THROW(s.recvmsg(negative), value_error);
    EXPECT_THROW(s.recv_exactly(negative), value_error);
    EXPECT_EQ(test::python("import socket\n"
                           "s = socket.socket(type=socket.SOCK_DGRAM)\n"
                           "for verb in s.recv, s.recvfrom, s.recvmsg:\n"
                           "    try: verb(-1)\n"
                           "    except ValueError: print('ValueError')\n"),
              "ValueError\nValueError\nValueError\n");
}

TEST(socket_transfer, a_socket_that_was_never_connected_is_not_said_to_have_lost_its_peer) {
    socket s;
    const auto sent = s.try_send("x");
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), std::errc::broken_pipe);
    EXPECT_NE(sent.error().hint().find("never made"), std::string::npos);
}

}  // namespace
}  // namespace priz
