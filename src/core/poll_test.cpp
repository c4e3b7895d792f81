#include "priz/poll.hpp"

#include <chrono>
#include <cmath>

#include "core/readiness_fixture.hpp"
#include "core/system_call_fault.hpp"
#include "priz/deadline.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

constexpr unsigned all_bits =
    POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND;

TEST(poll, reports_the_bits_that_cpython_reports_in_every_state_of_a_descriptor) {
    const test::scenarios states;
    std::string ours;
    for (const auto& [name, fd] : states.all()) {
        poll_object poller = poll();
        poller.register_(fd, all_bits);
        ours += std::to_string(fd);
        for (const auto& [ready, events] : poller.poll(0s))
            ours += " " + std::to_string(ready) + ":" + std::to_string(events);
        ours += "\n";
    }
    const std::string theirs = test::python(R"(
import select
for fd in FDS:
    poller = select.poll()
    poller.register(fd, )" + std::to_string(all_bits) +
                                                R"()
    print(fd, *(f"{ready}:{events}" for ready, events in poller.poll(0)))
)",
                                            states.all());
    EXPECT_EQ(ours, theirs);
}

TEST(poll, a_closed_descriptor_is_reported_and_does_not_fail_the_wait) {
    test::pipe_ends ends;
    const int number = ends.reading.get();
    poll_object poller;
    poller.register_(number);
    ends.reading.reset();
    EXPECT_EQ(poller.poll(), (std::vector<fd_event>{{number, POLLNVAL}}));
}

TEST(poll, registering_again_replaces_and_the_default_is_python_s) {
    auto [left, right] = socketpair();
    right.sendall("x");
    poll_object poller;
    poller.register_(left);
    EXPECT_EQ(poller.poll(), (std::vector<fd_event>{{left.fileno(), POLLIN | POLLOUT}}));
    poller.register_(left, POLLIN);
    EXPECT_EQ(poller.poll(), (std::vector<fd_event>{{left.fileno(), POLLIN}}));
    poller.modify(left, POLLOUT);
    EXPECT_EQ(poller.poll(), (std::vector<fd_event>{{left.fileno(), POLLOUT}}));
    poller.unregister(left);
    EXPECT_TRUE(poller.poll(0s).empty());
}

TEST(poll, refuses_what_cpython_refuses_with_the_same_kind_of_error) {
    auto [left, right] = socketpair();
    poll_object poller;
    EXPECT_THROW(poller.register_(-1), value_error);
    EXPECT_THROW(poller.register_(left, 0x10000), overflow_error);
    EXPECT_THROW(poller.modify(left, POLLIN), file_not_found);
    EXPECT_THROW(poller.unregister(left), key_error);
    EXPECT_THROW(poller.poll(duration(std::nan(""))), value_error);
    EXPECT_EQ(test::python(R"(
import select, socket
left, right = socket.socketpair()
poller = select.poll()
for act in (lambda: poller.register(-1), lambda: poller.register(left, 0x10000), lambda: poller.modify(left, 1),
            lambda: poller.unregister(left)):
    try:
        act()
    except Exception as e:
        print(type(e).__name__)
)"),
              "ValueError\nOverflowError\nFileNotFoundError\nKeyError\n");
}

TEST(poll, two_thousand_are_registered_in_any_order_and_found) {
    test::pipe_ends ends;
    poll_object poller;
    std::vector<unique_fd> copies;
    if (!test::moved_up(ends.reading.get(), 2100)) GTEST_SKIP() << "the limit cannot be raised";
    for (int at = 2000; at >= 100; at -= 100)
        copies.push_back(test::moved_up(ends.reading.get(), at));
    for (const unique_fd& one : copies) poller.register_(one, POLLIN);
    ASSERT_EQ(::write(ends.writing.get(), "x", 1), 1);
    EXPECT_EQ(poller.poll().size(), copies.size());
    for (const unique_fd& one : copies) poller.unregister(one);
    EXPECT_TRUE(poller.poll(0s).empty());
}

TEST(poll, a_timeout_keeps_its_microseconds_through_signals) {
    const test::signal_storm storm;
    test::counting_hook hook;
    const deadline end = deadline::after(10'300us);
    EXPECT_TRUE(poll().poll(10'300us, &hook).empty());
    EXPECT_TRUE(end.has_passed());
    EXPECT_EQ(hook.before, hook.after);
}

TEST(poll, no_timeout_a_negative_and_a_huge_one_wait_until_the_hook_ends_it) {
    const test::signal_storm storm;
    for (const std::optional<duration> timeout :
         {std::optional<duration>(), std::optional<duration>(-1),
          std::optional<duration>(duration::max())}) {
        test::counting_hook hook(2);
        EXPECT_EQ(poll().try_poll(timeout, &hook).error().code(), errc::stopped);
        EXPECT_EQ(hook.interruptions, 2);
    }
}

TEST(poll, a_wait_that_fails_gives_the_kernel_s_error) {
    EXPECT_TRUE(test::holds_when_failing(SYS_ppoll, ENOMEM, [] {
        return poll().try_poll(0s).error().code() == std::errc::not_enough_memory;
    }));
}

}  // namespace
}  // namespace priz
