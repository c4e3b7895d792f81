#include "io/uring/ring.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <numeric>

#include "core/system_call_fault.hpp"
#include "io/uring/ring_fixture.hpp"

namespace priz::io::uring {
namespace {

using test::completion;
using test::reap;
using test::turn_once;
using test::turn_until;
using completions = std::vector<completion>;

class ring_on : public test::on_kernel {};
INSTANTIATE_TEST_SUITE_P(kernels, ring_on, ::testing::ValuesIn(test::kernels), test::name_of);

std::vector<std::uint64_t> tags(const completions& all) {
    std::vector<std::uint64_t> found;
    for (const completion& each : all) found.push_back(each.tag);
    return found;
}
completions by_tag(completions all) {
    std::ranges::sort(all, {}, &completion::tag);
    return all;
}
std::vector<std::uint64_t> up_to(std::size_t count) {
    std::vector<std::uint64_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

TEST_P(ring_on, uses_no_more_than_it_may) {
    EXPECT_EQ(r().setup_flags() & ~GetParam().setup_flags &
                  (IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN | abi::setup_no_sqarray),
              0U);
    EXPECT_EQ(r().sq_entries(), 256U);
    EXPECT_EQ(r().cq_entries(), 4096U);
}

TEST_P(ring_on, a_request_comes_back_with_its_tag) {
    prep::nop(r().next_sqe(), 7);
    EXPECT_EQ(r().to_submit(), 1U);
    EXPECT_EQ(r().ready(), 0U);
    EXPECT_EQ(r().enter(1, never), 0);
    EXPECT_EQ(r().to_submit(), 0U);
    EXPECT_EQ(r().ready(), 1U);
    EXPECT_EQ(reap(r()), (completions{{7, 0, false}}));
    EXPECT_EQ(r().ready(), 0U);
}

TEST_P(ring_on, a_place_is_zero_though_it_was_used_before) {
    ring small = ring_of(2, 4);
    for (int round = 0; round < 2; ++round) {
        for (int place = 0; place < 2; ++place) {
            ::io_uring_sqe& sqe = small.next_sqe();
            EXPECT_EQ(sqe.addr, 0U);
            EXPECT_EQ(sqe.file_index, 0U);
            prep::nop(sqe, 1);
            sqe.addr = sqe.file_index = 9;
        }
        EXPECT_EQ(turn_until(small, 2).size(), 2U);
    }
}

TEST_P(ring_on, nothing_to_wait_for_is_no_wait) {
    EXPECT_EQ(r().enter(0, never), 0);
    EXPECT_EQ(r().enter(0, test::late()), 0);
    EXPECT_EQ(r().ready(), 0U);
}

TEST_P(ring_on, a_deadline_ends_the_wait_and_not_before) {
    const std::int64_t deadline = test::now_ns() + 2'000'000;
    EXPECT_EQ(r().enter(1, deadline), -ETIME);
    EXPECT_GE(test::now_ns(), deadline);
}

TEST_P(ring_on, a_deadline_in_the_past_ends_the_wait_at_once) {
    EXPECT_EQ(r().enter(1, test::now_ns()), -ETIME);
    EXPECT_EQ(r().enter(1, 0), -ETIME);
    EXPECT_EQ(r().enter(1, std::numeric_limits<std::int64_t>::min()), -ETIME);
}

TEST_P(ring_on, what_is_ready_is_there_though_the_deadline_has_passed) {
    const test::pair ends;
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLIN, 1);
    EXPECT_EQ(turn_once(r()), completions{});
    ends.write("x");
    EXPECT_EQ(r().enter(1, 0), 0);
    EXPECT_EQ(reap(r()), (completions{{1, POLLIN, true}}));
}

// Each tick of the timer comes to this thread, and there is no other to come to.
TEST_P(ring_on, a_signal_ends_the_wait) {
    struct ::sigaction handler {};
    struct ::sigaction before {};
    handler.sa_handler = [](int) {};
    ASSERT_EQ(::sigaction(SIGALRM, &handler, &before), 0);
    const ::itimerval ticks{.it_interval = {0, 1000}, .it_value = {0, 1000}};
    const ::itimerval none{};
    ASSERT_EQ(::setitimer(ITIMER_REAL, &ticks, nullptr), 0);
    EXPECT_EQ(r().enter(1, never), -EINTR);
    ASSERT_EQ(::setitimer(ITIMER_REAL, &none, nullptr), 0);
    ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

TEST_P(ring_on, a_queue_that_is_full_is_submitted_to_make_room) {
    ring small = ring_of(8, 64);
    for (std::uint64_t tag = 0; tag < 30; ++tag) prep::nop(small.next_sqe(), tag);
    EXPECT_EQ(small.to_submit(), 6U);
    EXPECT_EQ(tags(turn_until(small, 30)), up_to(30));
}

TEST_P(ring_on, completions_that_overflow_come_all_and_in_order) {
    ring small = ring_of(8, 8);
    ASSERT_EQ(small.cq_entries(), 8U);
    for (std::uint64_t tag = 0; tag < 40; ++tag) prep::nop(small.next_sqe(), tag);
    EXPECT_EQ(small.enter(8, never), 0);
    EXPECT_TRUE(small.overflowed());

    // Nobody enters: what overflowed follows by itself.
    completions found;
    while (small.ready() > 0) {
        for (const completion& each : reap(small)) found.push_back(each);
    }
    EXPECT_EQ(tags(found), up_to(40));
    EXPECT_FALSE(small.overflowed());
}

TEST_P(ring_on, a_wait_for_more_than_the_queue_holds_ends_when_it_is_full) {
    ring small = ring_of(8, 8);
    for (std::uint64_t tag = 0; tag < 20; ++tag) prep::nop(small.next_sqe(), tag);
    EXPECT_EQ(small.enter(20, never), 0);
    EXPECT_EQ(small.ready(), 8U);
}

TEST_P(ring_on, a_completion_may_ask_for_more_though_both_queues_are_full) {
    ring small = ring_of(2, 4);
    std::uint64_t asked = 0, seen = 0;
    const auto ask = [&] { prep::nop(small.next_sqe(), asked++); };
    ask();
    while (seen < 1000 && small.enter(1, test::late()) == 0) {
        small.for_each_cqe([&](const ::io_uring_cqe& done) {
            EXPECT_EQ(done.user_data, seen);
            ++seen;
            for (int twice = 0; twice < 2 && asked < 1000; ++twice) ask();
        });
    }
    EXPECT_EQ(seen, 1000U);
}

TEST_P(ring_on, a_multishot_poll_tells_of_each_write) {
    const test::pair ends;
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLIN, 1);
    EXPECT_EQ(turn_once(r()), completions{});

    ends.write("one");
    EXPECT_EQ(turn_until(r(), 1), (completions{{1, POLLIN, true}}));
    EXPECT_EQ(turn_once(r()), completions{});

    ends.write("two");
    EXPECT_EQ(turn_until(r(), 1), (completions{{1, POLLIN, true}}));
    EXPECT_EQ(ends.read(), "onetwo");
    EXPECT_EQ(turn_once(r()), completions{});
}

TEST_P(ring_on, a_poll_that_is_removed_ends_with_one_completion) {
    const test::pair ends;
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLIN, 1);
    EXPECT_EQ(turn_once(r()), completions{});
    prep::poll_remove(r().next_sqe(), 1, 2);
    EXPECT_EQ(turn_until(r(), 1), (completions{{1, -ECANCELED, false}}));
    ends.write("x");
    EXPECT_EQ(turn_once(r()), completions{});

    prep::poll_remove(r().next_sqe(), 1, 2);
    EXPECT_EQ(turn_until(r(), 1), (completions{{2, -ENOENT, false}}));
}

TEST_P(ring_on, what_is_cancelled_completes_exactly_once) {
    const test::pair ends;
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLIN, 1);
    EXPECT_EQ(turn_once(r()), completions{});
    prep::cancel(r().next_sqe(), 1, 2);
    EXPECT_EQ(by_tag(turn_until(r(), 2)), (completions{{1, -ECANCELED, false}, {2, 0, false}}));
    prep::cancel(r().next_sqe(), 1, 3);
    EXPECT_EQ(turn_until(r(), 1), (completions{{3, -ENOENT, false}}));
    ends.write("x");
    EXPECT_EQ(turn_once(r()), completions{});
}

TEST_P(ring_on, a_descriptor_s_requests_are_cancelled_together) {
    if (!r().can().cancel_fd) GTEST_SKIP();
    const test::pair ends, others;
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLIN, 1);
    prep::poll_multishot(r().next_sqe(), ends.left.get(), POLLHUP, 2);
    prep::poll_multishot(r().next_sqe(), others.left.get(), POLLIN, 3);
    prep::cancel_fd(r().next_sqe(), ends.left.get(), 4);
    EXPECT_EQ(by_tag(turn_until(r(), 3)),
              (completions{{1, -ECANCELED, false}, {2, -ECANCELED, false}, {4, 2, false}}));
    others.write("x");
    EXPECT_EQ(turn_until(r(), 1), (completions{{3, POLLIN, true}}));
}

// A listening TCP socket on loopback.
struct listener {
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    ::sockaddr_in local{};

    listener() {
        local.sin_family = AF_INET;
        local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::socklen_t size = sizeof local;
        auto* name = reinterpret_cast<::sockaddr*>(&local);
        EXPECT_EQ(::bind(fd.get(), name, size), 0);
        EXPECT_EQ(::listen(fd.get(), 8), 0);
        EXPECT_EQ(::getsockname(fd.get(), name, &size), 0);
    }
};

TEST_P(ring_on, connections_are_accepted_one_after_the_other_by_one_request) {
    if (!r().can().multishot_accept) GTEST_SKIP();
    const listener server;
    prep::accept_multishot(r().next_sqe(), server.fd.get(), 1);
    for (int round = 0; round < 3; ++round) {
        const unique_fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        prep::connect(r().next_sqe(), client.get(),
                      reinterpret_cast<const ::sockaddr*>(&server.local), sizeof server.local, 2);
        const completions found = by_tag(turn_until(r(), 2));
        ASSERT_EQ(found.size(), 2U);
        EXPECT_EQ(found[1], (completion{2, 0, false}));
        EXPECT_TRUE(found[0].more);
        const unique_fd accepted(found[0].result);
        EXPECT_EQ(::fcntl(accepted.get(), F_GETFD), FD_CLOEXEC);
    }
}

TEST_P(ring_on, a_stream_is_sent_to_and_closed_by_requests) {
    test::pair ends;
    const std::string text = "hello";
    prep::send(r().next_sqe(), ends.right.get(), text.data(), 5, 0, 1);
    EXPECT_EQ(turn_until(r(), 1), (completions{{1, 5, false}}));
    EXPECT_EQ(ends.read(), "hello");

    prep::close(r().next_sqe(), ends.right.release(), 2);
    EXPECT_EQ(turn_until(r(), 1), (completions{{2, 0, false}}));
    char byte = 0;
    EXPECT_EQ(::recv(ends.left.get(), &byte, 1, MSG_DONTWAIT), 0);
    prep::send(r().next_sqe(), ends.left.get(), text.data(), 5, 0, 3);
    EXPECT_EQ(turn_until(r(), 1), (completions{{3, -EPIPE, false}}));
}

TEST_P(ring_on, success_that_is_skipped_has_no_completion) {
    ::io_uring_sqe& quiet = r().next_sqe();
    prep::nop(quiet, 1);
    prep::skip_success(quiet);
    prep::nop(r().next_sqe(), 2);
    EXPECT_EQ(turn_until(r(), 1), (completions{{2, 0, false}}));
    EXPECT_EQ(turn_once(r()), completions{});
}

// The other thread makes its ring, waits with it, and returns what came.
TEST_P(ring_on, a_message_wakes_the_ring_of_another_thread) {
    std::promise<int> its_fd;
    auto received = std::async(std::launch::async, [&] {
        ring its = ring_of(8, 16);
        its_fd.set_value(its.fileno());
        return turn_until(its, 1);
    });
    prep::msg_ring(r().next_sqe(), its_fd.get_future().get(), -5, 0x1'0000'0001, 1);
    EXPECT_EQ(turn_once(r()), completions{});
    EXPECT_EQ(received.get(), (completions{{0x1'0000'0001, -5, false}}));
    prep::msg_ring(r().next_sqe(), -1, 0, 0, 1);
    EXPECT_EQ(turn_until(r(), 1), (completions{{1, -EBADF, false}}));
}

TEST_P(ring_on, a_thread_without_a_ring_sends_messages_as_well) {
    if (!r().can().send_msg_ring) GTEST_SKIP();
    auto sent = std::async(std::launch::async, [&] { return send_message(r().fileno(), 3, 9); });
    EXPECT_EQ(turn_until(r(), 1), (completions{{9, 3, false}}));
    EXPECT_EQ(sent.get(), 0);
    EXPECT_EQ(send_message(-1, 3, 9), -EBADF);
}

// The kernel lets a thread register 16.
TEST_P(ring_on, a_thread_has_more_rings_than_it_can_register) {
    std::vector<ring> many;
    for (int count = 0; count < 40; ++count) many.push_back(ring_of(2, 4));
    for (ring& each : many) {
        prep::nop(each.next_sqe(), 1);
        EXPECT_EQ(turn_until(each, 1).size(), 1U);
    }
}

// A request that were still there would keep the connection open.
TEST_P(ring_on, a_ring_that_is_gone_leaves_no_descriptor_and_no_request) {
    test::pair ends;
    int fd = -1;
    {
        ring gone = ring_of(8, 16);
        fd = gone.fileno();
        prep::poll_multishot(gone.next_sqe(), ends.left.get(), POLLIN, 1);
        EXPECT_EQ(turn_once(gone), completions{});
    }
    EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
    ends.left.reset();
    ::pollfd end{.fd = ends.right.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&end, 1, 30'000), 1);
}

// The child's filter answers in place of the kernel, also to a ring that stands already.
TEST_P(ring_on, a_sandbox_that_comes_later_is_told_and_ends_the_ring) {
    ring small = ring_of(4, 8);
    EXPECT_TRUE(priz::test::holds_when_failing(SYS_io_uring_enter, EPERM, [&] {
        prep::nop(small.next_sqe(), 1);
        if (small.enter(1, test::late()) != -EPERM) return false;
        for (int more = 0; more < 100; ++more) prep::nop(small.next_sqe(), 1);
        return small.enter(0, never) == -EPERM && small.enter(1, test::late()) == -EPERM &&
               reap(small).empty();
    }));
}

TEST_P(ring_on, lack_of_memory_for_requests_leaves_them_for_the_next_turn) {
    ring small = ring_of(4, 8);
    EXPECT_TRUE(priz::test::holds_when_failing(SYS_io_uring_enter, EAGAIN, [&] {
        prep::nop(small.next_sqe(), 1);
        return small.enter(1, test::late()) == 0 && small.to_submit() == 1;
    }));
}

TEST_P(ring_on, lack_of_memory_that_lasts_while_the_queue_is_full_ends_the_ring) {
    ring small = ring_of(4, 8);
    EXPECT_TRUE(priz::test::holds_when_failing(SYS_io_uring_enter, EAGAIN, [&] {
        for (int more = 0; more < 5; ++more) prep::nop(small.next_sqe(), 1);
        return small.enter(1, test::late()) == -EAGAIN && small.enter(0, never) == -EAGAIN;
    }));
}

TEST(ring, sizes_need_not_fit_the_kernel) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    result<ring> made = ring::make({.sq_entries = 5, .cq_entries = 1});
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(made->sq_entries(), 8U);
    EXPECT_EQ(made->cq_entries(), 8U);
}

}  // namespace
}  // namespace priz::io::uring
