#include "priz/io/detail/sendfile_wait.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <string>
#include <thread>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "io/verb_fixture.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {
namespace {

using test::cancelled_before;
using test::in_loop;
using test::settle;

constexpr std::size_t eight_mib = 8U << 20;

// Bytes of which no two places look alike.
std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i + sizeof i <= size; i += sizeof i)
        std::memcpy(text.data() + i, &i, sizeof i);
    return text;
}

// A file with that text, without a name.
unique_fd file_with(const std::string& text) {
    char name[] = "/tmp/priz-XXXXXX";
    unique_fd file(::mkstemp(name));
    ::unlink(name);
    std::size_t written = 0;
    while (written < text.size()) {
        const auto count = ::write(file.get(), text.data() + written, text.size() - written);
        if (count <= 0) break;
        written += static_cast<std::size_t>(count);
    }
    EXPECT_EQ(written, text.size());
    ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

std::size_t position_of(const unique_fd& file) {
    return static_cast<std::size_t>(::lseek(file.get(), 0, SEEK_CUR));
}

// A TCP connection over loopback; `server` is the accepted side.
struct connection {
    stream server;
    stream client;
};

task<connection> connected() {
    listener all = listen("127.0.0.1:0");
    priz::socket client;
    client.connect(all.getsockname());
    auto accepted = co_await all.accept();
    co_return connection{std::move(accepted.connection), stream(std::move(client))};
}

task<> receive_all(stream& s, std::string& text) {
    while (auto data = co_await s.recv()) text += data.text();
}

TEST(io_sendfile, an_accepted_blocking_socket_sends_a_file_without_holding_the_loop_up) {
    const std::string text = pattern(eight_mib);
    const unique_fd file = file_with(text);
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        EXPECT_EQ(::fcntl(c.server.fileno(), F_GETFL) & O_NONBLOCK, 0);
        std::string got;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ(co_await c.server.sendfile(file.get()), text.size());
                EXPECT_EQ(position_of(file), text.size());
                c.server.reset();
            });
            co_await receive_all(c.client, got);
        });
        EXPECT_EQ(got, text);
    });
}

TEST(io_sendfile, a_part_of_a_file_is_sent_and_the_file_stands_behind_it) {
    const unique_fd file = file_with("0123456789");
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        EXPECT_EQ(co_await c.server.sendfile(file.get(), 2, 5), 5U);
        EXPECT_EQ(position_of(file), 7U);
        EXPECT_EQ(co_await c.server.sendfile(file.get(), 7, 100), 3U);
        EXPECT_EQ(co_await c.server.sendfile(file.get(), 10), 0U);
        EXPECT_EQ((co_await c.client.recv()).text(), "23456789");
    });
}

TEST(io_sendfile, a_cancellation_midway_says_how_much_the_peer_gets) {
    const std::string text = pattern(eight_mib);
    const unique_fd file = file_with(text);
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        std::string got;
        std::size_t transferred = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto outcome = co_await c.server.try_sendfile(file.get());
                EXPECT_EQ(outcome.error().code(), errc::cancelled);
                transferred = outcome.error().transferred();
            });
            for (int i = 0; i < 4; ++i) got += (co_await c.client.recv(10'000)).text();
            group.cancel();
        });
        EXPECT_EQ(position_of(file), transferred);
        c.server.reset();
        co_await receive_all(c.client, got);
        EXPECT_EQ(got.size(), transferred);
        EXPECT_LT(got.size(), text.size());
        EXPECT_TRUE(text.starts_with(got));
    });
}

TEST(io_sendfile, a_cancellation_before_it_begins_sends_nothing) {
    const unique_fd file = file_with("text");
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        const auto make = [&] { return c.server.try_sendfile(file.get()); };
        EXPECT_EQ(co_await cancelled_before(make), errc::cancelled);
        EXPECT_EQ(position_of(file), 0U);
        c.server.reset();
        EXPECT_TRUE((co_await c.client.recv()).empty());
    });
}

TEST(io_sendfile, a_peer_that_is_gone_is_an_error_and_no_signal) {
    const unique_fd file = file_with(pattern(eight_mib));
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto outcome = co_await c.server.try_sendfile(file.get());
                EXPECT_TRUE(outcome.error().code() == std::errc::broken_pipe ||
                            outcome.error().code() == std::errc::connection_reset)
                    << outcome.error().message();
                EXPECT_GT(outcome.error().transferred(), 0U);
            });
            co_await settle();
            c.client.reset();
        });
        EXPECT_EQ((co_await c.server.try_sendfile(file.get())).error().code(),
                  std::errc::broken_pipe);
    });
}

TEST(io_sendfile, others_have_their_turn_while_a_fast_peer_takes_a_file) {
    const unique_fd file = file_with(pattern(eight_mib));
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        auto peer = priz::socket::adopt(::dup(c.client.fileno()));
        std::jthread reader([&] {
            std::string room(1 << 20, '\0');
            peer.setblocking(true);
            while (peer.recv_into(room) > 0) continue;
        });
        int turns = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                while (!group.is_cancelled()) {
                    ++turns;
                    co_await yield();
                }
            });
            EXPECT_EQ(co_await c.server.sendfile(file.get()), eight_mib);
            group.cancel();
        });
        // The end that the reader waits for; this thread waits for the reader, and so must not wait
        // for its loop to close anything.
        co_await c.server.shutdown(SHUT_WR);
        EXPECT_GE(turns, 7);
    });
}

TEST(io_sendfile, what_has_no_position_and_what_is_no_count_is_refused) {
    const unique_fd file = file_with("text");
    in_loop([&]() -> task<> {
        connection c = co_await connected();
        EXPECT_THROW(co_await c.server.sendfile(file.get(), 0, 0), value_error);
        EXPECT_EQ((co_await c.server.try_sendfile(-1)).error().code(),
                  std::errc::bad_file_descriptor);
        const auto outcome = co_await c.server.try_sendfile(c.client.fileno());
        EXPECT_EQ(outcome.error().code(), std::errc::invalid_seek);
        EXPECT_NE(outcome.error().hint().find("pipe"), std::string::npos);
        stream none;
        EXPECT_EQ((co_await none.try_sendfile(file.get())).error().code(),
                  std::errc::bad_file_descriptor);
    });
}

TEST(io_sendfile, a_file_that_the_kernel_makes_up_is_sent_as_it_reads) {
    in_loop([]() -> task<> {
        connection c = co_await connected();
        const unique_fd file(::open("/proc/version", O_RDONLY | O_CLOEXEC));
        char room[1000];
        const auto size = ::pread(file.get(), room, sizeof room, 0);
        EXPECT_EQ(co_await c.server.sendfile(file.get()), static_cast<std::size_t>(size));
        EXPECT_EQ((co_await c.client.recv()).text(),
                  std::string(room, static_cast<std::size_t>(size)));
        // No file of a file system: read and sent.
        const unique_fd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
        EXPECT_EQ(co_await c.server.sendfile(zero.get(), 0, 100'000), 100'000U);
    });
}

TEST(io_sendfile, cpython_receives_the_file) {
    const std::string text = pattern(eight_mib);
    const unique_fd file = file_with(text);
    in_loop([&]() -> task<> {
        auto [near, far] = socketpair();
        far.set_inheritable(true);
        stream s(std::move(near));
        std::string output;
        std::jthread peer([&] {
            output = priz::test::python(
                "import socket, sys\n"
                "s = socket.socket(fileno=int(sys.argv[1]))\n"
                "print(len(s.recv(int(sys.argv[2]), socket.MSG_WAITALL)))\n",
                std::to_string(far.fileno()) + " " + std::to_string(text.size()));
        });
        EXPECT_EQ(co_await s.sendfile(file.get()), text.size());
        peer.join();
        EXPECT_EQ(output, std::to_string(text.size()) + "\n");
    });
}

// A stream that takes a few bytes at a time, and then none until it is emptied.
class narrow final : public detail::transport {
public:
    std::ptrdiff_t recvmsg(detail::endpoint&, ::msghdr&, int) noexcept override { return -EAGAIN; }
    std::ptrdiff_t sendmsg(detail::endpoint&, const ::msghdr& message, int) noexcept override {
        if (is_full) return -EAGAIN;
        const std::size_t size = std::min<std::size_t>(7, message.msg_iov->iov_len);
        got.append(static_cast<const char*>(message.msg_iov->iov_base), size);
        is_full = got.size() % 3 == 0;
        return static_cast<std::ptrdiff_t>(size);
    }
    int shutdown(detail::endpoint&, int) noexcept override { return 0; }
    void close(detail::endpoint&) noexcept override {}

    std::string got;
    bool is_full = false;
};

TEST(io_sendfile, a_transport_is_sent_what_is_read) {
    const std::string text = pattern(1000);
    const unique_fd file = file_with(text);
    in_loop([&]() -> task<> {
        narrow other;
        detail::loop_core& loop = detail::this_loop_core();
        detail::endpoint& made = loop.new_endpoint(-1, &other);
        made.set(detail::endpoint::watched_in);
        made.set(detail::endpoint::watched_out);
        stream s(&made);
        bool has_ended = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ(co_await s.sendfile(file.get()), text.size());
                has_ended = true;
            });
            while (!has_ended) {
                co_await yield();
                other.is_full = false;
                loop.report_later(made, detail::endpoint::may_write);
            }
        });
        EXPECT_EQ(other.got, text);
    });
}

}  // namespace
}  // namespace priz::io
