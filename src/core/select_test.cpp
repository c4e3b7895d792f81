#include "priz/select.hpp"

#include <sys/select.h>

#include <chrono>
#include <cmath>
#include <memory>

#include "core/readiness_fixture.hpp"
#include "core/system_call_fault.hpp"
#include "priz/deadline.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

std::int64_t now_ns() { return deadline::after(duration()).monotonic_ns(); }

std::string letters(const selection& found, int fd) {
    return std::string(found.readable.contains(fd) ? "r" : "-") +
           (found.writable.contains(fd) ? "w" : "-") + (found.exceptional.contains(fd) ? "x" : "-");
}

TEST(select, finds_what_cpython_finds_in_every_state_of_a_descriptor) {
    const test::scenarios states;
    std::string ours;
    for (const auto& [name, fd] : states.all())
        ours += std::to_string(fd) + " " + letters(select({fd}, {fd}, {fd}, 0), fd) + "\n";
    const std::string theirs = test::python(R"(
import select
for fd in FDS:
    r, w, x = select.select([fd], [fd], [fd], 0)
    print(fd, ("r" if r else "-") + ("w" if w else "-") + ("x" if x else "-"))
)",
                                            states.all());
    EXPECT_EQ(ours, theirs);
}

// select(2) itself is asked about each list alone, where poll(2) would say POLLHUP for ever.
TEST(select, each_list_alone_means_what_the_kernel_s_select_means) {
    const test::scenarios states;
    for (const auto& [name, fd] : states.all()) {
        for (int which = 0; which < 3; ++which) {
            ::fd_set set;
            FD_ZERO(&set);
            FD_SET(fd, &set);
            ::timeval at_once{};
            const int expected =
                ::select(fd + 1, which == 0 ? &set : nullptr, which == 1 ? &set : nullptr,
                         which == 2 ? &set : nullptr, &at_once);
            const selectables asked{fd}, none;
            const auto found = select(which == 0 ? asked : none, which == 1 ? asked : none,
                                      which == 2 ? asked : none, 0);
            EXPECT_EQ(!found.empty(), expected == 1) << name << ", list " << which;
        }
    }
}

// Does something before the system call of that number, counted from 1.
template <class Act>
class acting_hook : public test::counting_hook {
public:
    acting_hook(int at, Act act) : at_(at), act_(act) {}
    void before_call() noexcept override {
        counting_hook::before_call();
        if (before == at_) act_();
    }

private:
    int at_;
    Act act_;
};

TEST(select, a_hung_up_descriptor_is_awaited_without_spinning_until_it_is_writable) {
    auto [ours, theirs] = socketpair();
    const std::size_t queued = test::fill(ours);
    ours.shutdown(SHUT_RDWR);
    // The first call is poll's, which reports the hang-up; the second can wait for room to write.
    acting_hook hook(2, [&, &peer = theirs] { peer.recv_exactly(queued); });
    const auto found = select({}, {ours}, {}, std::nullopt, &hook);
    EXPECT_TRUE(found.writable.contains(ours));
    EXPECT_EQ(hook.before, 2);
    EXPECT_EQ(hook.after, 2);
}

TEST(select, a_hung_up_descriptor_that_is_not_ready_ends_with_the_timeout) {
    test::pipe_ends ends;
    ends.writing.reset();
    const std::int64_t begin = now_ns();
    test::counting_hook hook;
    EXPECT_TRUE(select({}, {ends.reading}, {ends.reading}, 2ms, &hook).empty());
    EXPECT_GE(now_ns() - begin, 2'000'000);
    EXPECT_EQ(hook.before, 2);
}

TEST(select, eleven_hundred_descriptors_are_not_too_many) {
    std::vector<test::pipe_ends> pipes(550);
    const unique_fd high = test::moved_up(pipes[0].reading.get(), 1500);
    if (!high) GTEST_SKIP() << "the limit of descriptors cannot be raised";
    selectables reading, writing;
    for (const auto& one : pipes) {
        reading.push_back(one.reading);
        writing.push_back(one.writing);
    }
    reading.push_back(high);
    EXPECT_TRUE(select(reading, {}, {}, 0).empty());
    ASSERT_EQ(::write(pipes[0].writing.get(), "x", 1), 1);
    ASSERT_EQ(::write(pipes[549].writing.get(), "x", 1), 1);
    const auto [readable, writable, exceptional] = select(reading, writing, reading);
    ASSERT_EQ(readable.size(), 3u);
    EXPECT_EQ(readable[0], pipes[0].reading);
    EXPECT_EQ(readable[1], pipes[549].reading);
    EXPECT_EQ(readable[2], high);
    EXPECT_EQ(writable.size(), 550u);
    EXPECT_TRUE(exceptional.empty());
}

TEST(select, the_wide_sets_reach_above_fd_setsize_too) {
    test::pipe_ends ends;
    const unique_fd high = test::moved_up(ends.reading.get(), FD_SETSIZE + 476);
    if (!high) GTEST_SKIP() << "the limit of descriptors cannot be raised";
    ends.writing.reset();
    test::counting_hook hook;
    EXPECT_TRUE(select({}, {high}, {high, ends.reading}, 0, &hook).empty());
    EXPECT_EQ(hook.before, 2);
}

TEST(select, a_closed_socket_is_a_value_error_and_a_closed_number_says_which) {
    socket gone;
    gone.close();
    EXPECT_THROW(select({gone}, {}, {}), value_error);
    EXPECT_THROW(select({}, {-1}, {}), value_error);
    EXPECT_THROW(select({}, {}, {-1}), value_error);
    test::pipe_ends ends;
    const int number = ends.writing.get();
    ends.writing.reset();
    const auto refused = try_select({ends.reading}, {number}, {}, 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), std::error_code(EBADF, std::system_category()));
    EXPECT_NE(refused.error().message().find("fd " + std::to_string(number)), std::string::npos);
    // Far beyond the table of descriptors, where select(2) would see nothing.
    EXPECT_EQ(try_select({900'000}, {}, {}).error().code(), std::errc::bad_file_descriptor);
}

TEST(select, timeouts_that_make_no_sense_are_value_errors) {
    EXPECT_THROW(select({}, {}, {}, -1), value_error);
    EXPECT_THROW(select({}, {}, {}, std::nan("")), value_error);
}

TEST(select, what_is_asked_twice_is_told_twice_in_the_order_asked) {
    auto [left, right] = socketpair();
    left.sendall("x");
    right.sendall("x");
    const auto found = select({right, left, right}, {left, left}, {});
    ASSERT_EQ(found.readable.size(), 3u);
    EXPECT_EQ(found.readable[0].as<socket>(), &right);
    EXPECT_EQ(found.readable[1].as<socket>(), &left);
    EXPECT_EQ(found.readable[2].as<socket>(), &right);
    EXPECT_EQ(found.writable.size(), 2u);
}

TEST(select, a_timeout_below_a_millisecond_is_neither_zero_nor_cut_short) {
    test::counting_hook hook;
    const std::int64_t begin = now_ns();
    EXPECT_TRUE(select({}, {}, {}, 300us, &hook).empty());
    EXPECT_GE(now_ns() - begin, 300'000);
    EXPECT_EQ(hook.before, 1);
}

TEST(select, a_storm_of_signals_does_not_end_the_wait_early) {
    const test::signal_storm storm;
    test::counting_hook hook;
    const std::int64_t begin = now_ns();
    EXPECT_TRUE(select({}, {}, {}, 20ms, &hook).empty());
    EXPECT_GE(now_ns() - begin, 20'000'000);
    EXPECT_EQ(hook.before, hook.after);
}

TEST(select, the_longest_timeout_waits_until_the_hook_ends_it) {
    const test::signal_storm storm;
    test::counting_hook hook(3);
    EXPECT_EQ(try_select({}, {}, {}, duration::max(), &hook).error().code(), errc::stopped);
    EXPECT_EQ(hook.interruptions, 3);
    test::counting_hook other(1);
    EXPECT_THROW(select({}, {}, {}, 1e300, &other), interrupted);
}

TEST(select, a_wait_by_wide_sets_is_ended_by_the_hook_as_well) {
    test::pipe_ends ends;
    ends.writing.reset();
    const test::signal_storm storm;
    test::counting_hook hook(2);
    EXPECT_EQ(try_select({}, {ends.reading}, {}, std::nullopt, &hook).error().code(),
              errc::stopped);
}

TEST(select, a_wait_that_fails_gives_the_kernel_s_error) {
    EXPECT_TRUE(test::holds_when_failing(SYS_ppoll, ENOMEM, [] {
        return try_select({}, {}, {}, 0).error().code() == std::errc::not_enough_memory;
    }));
    EXPECT_TRUE(test::holds_when_failing(SYS_pselect6, ENOMEM, [] {
        test::pipe_ends ends;
        ends.writing.reset();
        return try_select({}, {ends.reading}, {}, 0).error().code() == std::errc::not_enough_memory;
    }));
}

TEST(select, takes_ranges_pointers_and_bare_numbers) {
    auto [left, right] = socketpair();
    const int number = left.fileno();
    auto owned = std::make_unique<socket>(std::move(right));
    const std::vector<std::unique_ptr<socket>> range = [&] {
        std::vector<std::unique_ptr<socket>> made;
        made.push_back(std::make_unique<socket>(owned->dup()));
        return made;
    }();
    const auto found = select({}, {number, left, &left, owned}, {}, 0);
    ASSERT_EQ(found.writable.size(), 4u);
    EXPECT_EQ(found.writable[0].as<socket>(), nullptr);
    EXPECT_EQ(found.writable[1].as<socket>(), &left);
    EXPECT_EQ(found.writable[2].as<socket>(), &left);
    EXPECT_EQ(found.writable[3].as<socket>(), owned.get());
    EXPECT_EQ(select({}, range, {}, 0).writable.size(), 1u);
    EXPECT_THROW(select({std::unique_ptr<socket>()}, {}, {}, 0), value_error);
}

}  // namespace
}  // namespace priz
