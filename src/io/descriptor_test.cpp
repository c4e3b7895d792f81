#include "priz/io/descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "core/python_fixture.hpp"
#include "core/socket_fixture.hpp"
#include "io/verb_fixture.hpp"

namespace priz::io {
namespace {

using priz::test::open_descriptors;
using test::expect_both_cancellations;
using test::in_loop;
using test::settle;

struct bare_pipe {
    bare_pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
        out = unique_fd(ends[0]);
        in = unique_fd(ends[1]);
    }
    unique_fd out;  // read here
    unique_fd in;   // written here
};

struct pipe_ends {
    pipe_ends() : pipe_ends(bare_pipe()) {}
    descriptor out;
    descriptor in;

private:
    explicit pipe_ends(bare_pipe both) : out(std::move(both.out)), in(std::move(both.in)) {}
};

bool is_nonblocking(int fd) { return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

TEST(io_descriptor, what_is_written_into_a_pipe_is_read_from_it_to_its_end) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        EXPECT_EQ(co_await pipe.in.write("abc"), 3U);
        EXPECT_EQ((co_await pipe.out.read(2)).text(), "ab");
        char room[10];
        EXPECT_EQ(co_await pipe.out.read_into(room), 1U);
        pipe.in.reset();
        EXPECT_TRUE((co_await pipe.out.read()).empty());
        EXPECT_EQ(co_await pipe.out.read_into(room), 0U);
    });
}

TEST(io_descriptor, more_than_a_pipe_holds_is_written_while_it_is_read) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        const std::string much(3'000'000, 'x');
        std::string got;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                co_await pipe.in.writeall(much);
                pipe.in.reset();
            });
            while (auto data = co_await pipe.out.read()) got += data.text();
        });
        EXPECT_EQ(got, much);
    });
}

TEST(io_descriptor, a_pipe_that_nobody_reads_is_an_error_and_no_signal) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        const std::string much(1'000'000, 'x');
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                const auto outcome = co_await pipe.in.try_writeall(much);
                EXPECT_EQ(outcome.error().code(), std::errc::broken_pipe);
                EXPECT_GT(outcome.error().transferred(), 0U);
            });
            co_await settle();
            pipe.out.reset();
        });
        EXPECT_THROW(co_await pipe.in.write("x"), broken_pipe);
    });
}

TEST(io_descriptor, each_verb_is_ended_by_a_cancellation_and_does_nothing) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        char room[10];
        co_await expect_both_cancellations("read", [&] { return pipe.out.try_read(); });
        co_await expect_both_cancellations("read_into",
                                           [&] { return pipe.out.try_read_into(room); });
        co_await expect_both_cancellations("wait_readable",
                                           [&] { return pipe.out.try_wait_readable(); });
        const std::string much(1'000'000, 'x');
        const std::size_t taken = co_await pipe.in.write(much);
        co_await expect_both_cancellations("write", [&] { return pipe.in.try_write("y"); });
        co_await expect_both_cancellations("writeall", [&] { return pipe.in.try_writeall("y"); });
        co_await expect_both_cancellations("wait_writable",
                                           [&] { return pipe.in.try_wait_writable(); });
        pipe.in.reset();
        std::string got;
        while (auto data = co_await pipe.out.read()) got += data.text();
        EXPECT_EQ(got, much.substr(0, taken));
    });
}

TEST(io_descriptor, a_write_whose_time_is_up_says_how_much_was_written) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        const std::string much(1'000'000, 'x');
        const auto outcome = co_await fail_after(0, pipe.in.try_writeall(much));
        EXPECT_EQ(outcome.error().code(), errc::timed_out);
        const std::size_t transferred = outcome.error().transferred();
        pipe.in.reset();
        std::size_t got = 0;
        while (auto data = co_await pipe.out.read()) got += data.size();
        EXPECT_EQ(got, transferred);
        EXPECT_GT(got, 0U);
    });
}

TEST(io_descriptor, readiness_is_the_kernels_whoever_reads) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        const int fd = pipe.out.fileno();
        char room[10];
        int waits = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                for (; waits < 3; ++waits) {
                    co_await pipe.out.wait_readable();
                    EXPECT_EQ(::read(fd, room, sizeof room), 1);
                }
            });
            for (int i = 0; i < 3; ++i) {
                co_await settle();
                EXPECT_EQ(waits, i);
                co_await pipe.in.write("x");
                co_await settle();
            }
        });
        co_await pipe.in.write("xy");
        co_await pipe.out.wait_readable();
        EXPECT_EQ(::read(fd, room, 1), 1);
        co_await pipe.out.wait_readable();
        co_await pipe.in.wait_writable();
    });
}

TEST(io_descriptor, the_mode_is_as_before_after_release_and_after_closing) {
    in_loop([]() -> task<> {
        bare_pipe pipe;
        const unique_fd other(::dup(pipe.out.get()));
        const std::size_t before = open_descriptors();
        descriptor d(std::move(pipe.out));
        EXPECT_TRUE(is_nonblocking(other.get()));
        unique_fd back = d.release();
        EXPECT_FALSE(d);
        EXPECT_FALSE(is_nonblocking(other.get()));
        EXPECT_EQ(open_descriptors(), before);
        EXPECT_EQ(::write(pipe.in.get(), "x", 1), 1);
        char room[1];
        EXPECT_EQ(::read(back.get(), room, 1), 1);
        {
            const descriptor again(std::move(back));
            EXPECT_TRUE(is_nonblocking(other.get()));
        }
        EXPECT_FALSE(is_nonblocking(other.get()));
        EXPECT_EQ(open_descriptors(), before - 1);
        co_return;
    });
}

TEST(io_descriptor, one_that_was_non_blocking_stays_so) {
    in_loop([]() -> task<> {
        descriptor d(unique_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
        EXPECT_TRUE(is_nonblocking(d.release().get()));
        EXPECT_FALSE(d.release());
        co_return;
    });
}

TEST(io_descriptor, an_event_counter_is_awaited) {
    in_loop([]() -> task<> {
        descriptor d(unique_fd(::eventfd(0, EFD_CLOEXEC)));
        std::uint64_t got = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ(co_await d.read_into({&got, sizeof got}), sizeof got);
            });
            co_await settle();
            const std::uint64_t five = 5;
            EXPECT_EQ(co_await d.write({&five, sizeof five}), sizeof five);
        });
        EXPECT_EQ(got, 5U);
        char small[1];
        EXPECT_EQ((co_await d.try_read_into(small)).error().code(), std::errc::invalid_argument);
    });
}

TEST(io_descriptor, a_folder_tells_what_happens_in_it) {
    in_loop([]() -> task<> {
        char name[] = "/tmp/priz-XXXXXX";
        EXPECT_NE(::mkdtemp(name), nullptr);
        descriptor d(unique_fd(::inotify_init1(IN_CLOEXEC)));
        ::inotify_add_watch(d.fileno(), name, IN_CREATE);
        const std::string file = std::string(name) + "/new";
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_NE((co_await d.read()).text().find("new"), std::string::npos);
            });
            co_await settle();
            const unique_fd made(::open(file.c_str(), O_CREAT | O_CLOEXEC | O_WRONLY, 0600));
        });
        ::unlink(file.c_str());
        ::rmdir(name);
    });
}

TEST(io_descriptor, a_terminal_is_read_and_written_at_the_same_time) {
    in_loop([]() -> task<> {
        const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        ::grantpt(master);
        ::unlockpt(master);
        descriptor near{unique_fd(master)};
        descriptor far(unique_fd(::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)));
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ((co_await far.read()).text(), "line\n");
                co_await far.writeall("answer");
            });
            co_await settle();
            co_await near.writeall("line\n");
            std::string seen;
            while (seen.find("answer") == std::string::npos) seen += (co_await near.read()).text();
        });
        far.reset();
        EXPECT_EQ((co_await near.try_read()).error().code(), std::errc::io_error);
    });
}

TEST(io_descriptor, a_regular_file_is_always_ready) {
    in_loop([]() -> task<> {
        char name[] = "/tmp/priz-XXXXXX";
        descriptor d(unique_fd(::mkstemp(name)));
        ::unlink(name);
        co_await d.wait_writable();
        co_await d.writeall("text");
        ::lseek(d.fileno(), 0, SEEK_SET);
        co_await d.wait_readable();
        EXPECT_EQ((co_await d.read()).text(), "text");
        EXPECT_TRUE((co_await d.read()).empty());
    });
}

TEST(io_descriptor, cpython_writes_and_reads_the_other_ends) {
    in_loop([]() -> task<> {
        bare_pipe to;
        bare_pipe from;
        ::fcntl(to.out.get(), F_SETFD, 0);
        ::fcntl(from.in.get(), F_SETFD, 0);
        const std::string ends = std::to_string(to.out.get()) + " " + std::to_string(from.in.get());
        descriptor in(std::move(to.in));
        descriptor out(std::move(from.out));
        std::jthread peer([&] {
            priz::test::python(
                "import os, sys\n"
                "data = os.read(int(sys.argv[1]), 100)\n"
                "os.write(int(sys.argv[2]), data.upper())\n",
                ends);
        });
        co_await in.writeall("hello");
        EXPECT_EQ((co_await out.read()).text(), "HELLO");
    });
}

TEST(io_descriptor, closing_ends_a_read_that_waits_and_a_second_read_is_refused) {
    in_loop([]() -> task<> {
        pipe_ends pipe;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&]() -> task<> {
                EXPECT_EQ((co_await pipe.out.try_read()).error().code(),
                          std::errc::bad_file_descriptor);
            });
            co_await settle();
            EXPECT_EQ((co_await pipe.out.try_read()).error().code(),
                      std::errc::device_or_resource_busy);
            pipe.out.reset();
        });
        EXPECT_EQ((co_await pipe.out.try_read()).error().code(), std::errc::bad_file_descriptor);
    });
}

TEST(io_descriptor, what_is_not_open_is_refused) {
    in_loop([]() -> task<> {
        try {
            const descriptor d{unique_fd()};
            ADD_FAILURE() << "a descriptor of nothing";
        } catch (const error& why) {
            EXPECT_EQ(why.code(), std::errc::bad_file_descriptor);
        }
        co_return;
    });
    EXPECT_THROW(descriptor{unique_fd(::dup(0))}, value_error);
}

}  // namespace
}  // namespace priz::io
