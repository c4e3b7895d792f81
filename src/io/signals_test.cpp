#include "priz/io/signals.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <latch>
#include <thread>
#include <vector>

#include "io/loop_state.hpp"
#include "io/make_backend.hpp"
#include "priz/error.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"

namespace priz::io {
namespace {

void send(int number) { ASSERT_EQ(::kill(::getpid(), number), 0); }

bool is_blocked(int number) {
    ::sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return ::sigismember(&mask, number) == 1;
}

task<> note_next(signal_set& from, std::vector<int>& heard) {
    heard.push_back(co_await from.wait());
}

TEST(signals, a_wait_ends_with_the_signal_that_came) {
    run([]() -> task<> {
        signal_set signals{SIGUSR1, SIGUSR2};
        std::vector<int> heard;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(note_next(signals, heard));
            co_await yield();
            send(SIGUSR2);
        });
        EXPECT_EQ(heard, std::vector{SIGUSR2});
    }());
}

TEST(signals, what_comes_while_nobody_waits_is_kept) {
    run([]() -> task<> {
        signal_set signals{SIGUSR1, SIGUSR2};
        send(SIGUSR2);
        send(SIGUSR1);
        const int first = co_await fail_after(30, signals.wait());
        const int second = co_await fail_after(30, signals.wait());
        EXPECT_EQ(first + second, SIGUSR1 + SIGUSR2);
        EXPECT_NE(first, second);
    }());
}

TEST(signals, all_who_wait_are_told_of_the_same_signal) {
    run([]() -> task<> {
        signal_set one{SIGUSR1};
        signal_set other{SIGUSR1, SIGUSR2};
        std::vector<int> heard;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(note_next(one, heard));
            group.spawn(note_next(one, heard));
            group.spawn(note_next(other, heard));
            co_await yield();
            send(SIGUSR1);
        });
        EXPECT_EQ(heard, (std::vector{SIGUSR1, SIGUSR1, SIGUSR1}));
    }());
}

// The kernel gives a signal to one of them, which wakes the other.
TEST(signals, loops_of_threads_that_know_nothing_of_each_other_all_hear_of_it) {
    ::sigset_t blocked;
    ::sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    std::latch listening(3);
    const auto main = [&]() -> task<int> {
        signal_set signals{SIGUSR1};
        listening.count_down();
        co_return co_await signals.wait();
    };
    int heard[2] = {};
    std::thread one([&] { heard[0] = run(main()); });
    std::thread other([&] { heard[1] = run(main()); });
    listening.arrive_and_wait();
    send(SIGUSR1);
    one.join();
    other.join();
    EXPECT_EQ(heard[0], SIGUSR1);
    EXPECT_EQ(heard[1], SIGUSR1);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST(signals, every_set_keeps_its_own) {
    run([]() -> task<> {
        signal_set one{SIGUSR1};
        signal_set other{SIGUSR1};
        send(SIGUSR1);
        EXPECT_EQ(co_await one.wait(), SIGUSR1);
        EXPECT_EQ(co_await other.wait(), SIGUSR1);
        EXPECT_FALSE(co_await move_on_after(0, one.wait()));
    }());
}

TEST(signals, the_mask_is_what_it_was_when_the_last_set_has_closed) {
    run([]() -> task<> {
        EXPECT_FALSE(is_blocked(SIGUSR1));
        {
            signal_set outer{SIGUSR1};
            {
                signal_set inner{SIGUSR1, SIGUSR2};
                EXPECT_TRUE(is_blocked(SIGUSR2));
            }
            EXPECT_TRUE(is_blocked(SIGUSR1));
            EXPECT_FALSE(is_blocked(SIGUSR2));
        }
        EXPECT_FALSE(is_blocked(SIGUSR1));
        co_return;
    }());
}

TEST(signals, what_was_blocked_before_stays_blocked) {
    ::sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    run([]() -> task<> {
        { signal_set signals{SIGUSR1}; }
        EXPECT_TRUE(is_blocked(SIGUSR1));
        co_return;
    }());
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

TEST(signals, what_came_to_an_open_set_does_not_strike_when_it_closes) {
    run([]() -> task<> {
        {
            signal_set signals{SIGUSR1};
            send(SIGUSR1);  // unheard, its default is to end the process
        }
        co_return;
    }());
}

TEST(signals, a_cancelled_wait_loses_none) {
    run([]() -> task<> {
        signal_set signals{SIGUSR1};
        EXPECT_FALSE(co_await move_on_after(0, signals.wait()));
        send(SIGUSR1);
        EXPECT_EQ(co_await fail_after(30, signals.wait()), SIGUSR1);
    }());
}

task<> raise_on_this_loop(int number) {
    send(number);
    co_return;
}

TEST(signals, one_signal_is_waited_for_without_a_set) {
    run([]() -> task<> {
        int heard = 0;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(raise_on_this_loop(SIGUSR1));
            heard = co_await wait_signal({SIGUSR1, SIGUSR2});
        });
        EXPECT_EQ(heard, SIGUSR1);
        EXPECT_FALSE(is_blocked(SIGUSR1));
        EXPECT_THROW(co_await fail_after(0, wait_signal({SIGUSR1})), timeout);
    }());
}

TEST(signals, numbers_that_cannot_be_heard_are_refused) {
    EXPECT_THROW(signal_list(SIGKILL), value_error);
    EXPECT_THROW(signal_list(SIGSEGV), value_error);
    EXPECT_THROW(signal_list(0), value_error);
    EXPECT_THROW(signal_list(-1), value_error);
    EXPECT_THROW(signal_list(65), value_error);
    EXPECT_TRUE(signal_list(SIGRTMAX).contains(SIGRTMAX));
    EXPECT_FALSE(signal_list(SIGINT).contains(SIGTERM));
}

TEST(signals, a_set_needs_a_loop) { EXPECT_THROW(signal_set{SIGUSR1}, value_error); }

// A loop whose host raises the signals.
class deaf_backend final : public detail::backend {
public:
    explicit deaf_backend(std::unique_ptr<detail::backend> real) : real_(std::move(real)) {}

    const char* name() const noexcept override { return "deaf"; }
    int open(int family, int type, int proto, detail::opened& made) noexcept override {
        return real_->open(family, type, proto, made);
    }
    int watch(detail::endpoint& e, bool writing) noexcept override {
        return real_->watch(e, writing);
    }
    void forget(detail::endpoint& e) noexcept override { real_->forget(e); }
    void wait(detail::loop_core& loop, std::int64_t deadline) noexcept override {
        real_->wait(loop, deadline);
    }
    void wake() noexcept override { real_->wake(); }
    std::int64_t now() noexcept override { return real_->now(); }
    bool hears_signals() const noexcept override { return false; }

private:
    std::unique_ptr<detail::backend> real_;
};

TEST(signals, a_host_raises_them_without_the_kernel) {
    detail::loop_state loop(std::make_unique<deaf_backend>(
        value_or_throw(detail::make_backend(backend_kind::automatic))));
    const detail::running_loop here(loop);
    signal_set signals{SIGTERM};
    EXPECT_FALSE(is_blocked(SIGTERM));
    loop.raise_signal(SIGTERM);
    loop.raise_signal(SIGINT);
    detail::signal_wait heard = signals.wait();
    EXPECT_TRUE(heard.await_ready());
    EXPECT_EQ(heard.await_resume(), SIGTERM);
    EXPECT_FALSE(signals.wait().await_ready());
}

}  // namespace
}  // namespace priz::io
