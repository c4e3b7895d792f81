// Cancels at random, thousands of times, what waits for each other, and counts: nothing is lost,
// nothing comes twice, nobody waits for ever. A seed tells the whole course of events.

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/channel.hpp"
#include "priz/io/offload.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sync.hpp"
#include "priz/io/when.hpp"

namespace priz::io {
namespace {

constexpr unsigned seeds = 3000;

class fate {
public:
    explicit fate(unsigned seed) : random_(seed) {}
    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
    bool says_yes(int in) { return below(in) == 0; }
    duration some_time() { return duration::from_nanoseconds(below(5)); }

private:
    std::mt19937 random_;
};

// Runs `work()` often, each time until it ends or is cancelled: by its deadline, or with others in
// its scope.
template <class Work>
task<> again_and_again(fate& f, int times, Work work) {
    for (int i = 0; i < times; ++i) {
        if (f.says_yes(3)) co_await io::sleep(f.some_time());
        static_cast<void>(co_await move_on_after(f.some_time(), work()));
    }
}

// Several of these side by side; some time or other all of them may be cancelled at once.
template <class Work>
task<> by_many(fate& f, int tasks, Work work) {
    co_await with_scope([&](scope& group) -> task<> {
        for (int i = 0; i < tasks; ++i) group.spawn(again_and_again(f, 8, work));
        co_await io::sleep(f.some_time());
        if (f.says_yes(4)) group.cancel();
    });
}

// A channel's values, and where each of them is.
struct ledger {
    int next = 0;
    std::set<int> sent;
    std::vector<int> received;
    std::vector<int> last_of_sender = std::vector<int>(4, -1);

    void check() const {
        const std::set<int> got(received.begin(), received.end());
        EXPECT_EQ(got.size(), received.size()) << "a value came twice";
        EXPECT_EQ(got, sent) << "a value was lost, or came although it was not sent";
    }
};

// Sends a number that counts as sent exactly when the value was moved from.
task<> send_one(channel<counted>& to, ledger& book) {
    counted mine(book.next++);
    const int number = mine.value;
    bool was_told = false;
    try {
        co_await to.send(std::move(mine));
        was_told = true;
        book.sent.insert(number);
    } catch (const cancelled&) {
    }
    EXPECT_EQ(mine.value, was_told ? -1 : number);
}

task<> receive_one(channel<counted>& from, ledger& book) {
    const auto got = co_await from.recv();
    if (got) book.received.push_back(got->value);
}

task<> drain(channel<counted>& from, ledger& book) {
    from.close();
    while (const auto got = co_await from.recv()) book.received.push_back(got->value);
}

task<> try_a_channel(unsigned seed) {
    fate f(seed);
    channel<counted> c(static_cast<std::size_t>(f.below(4)));
    ledger book;
    co_await with_scope([&](scope& group) {
        group.spawn(by_many(f, 3, [&] { return send_one(c, book); }));
        group.spawn(by_many(f, 3, [&] { return receive_one(c, book); }));
    });
    co_await drain(c, book);
    book.check();
}

TEST(cancellation, loses_and_repeats_no_value_of_a_channel) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_a_channel(seed));
        EXPECT_EQ(counted::alive, 0);
    }
}

// Races two receives: the results of both count.
task<> race_of_receives(channel<counted>& a, channel<counted>& b, ledger& book) {
    const auto ended = co_await when_any(a.recv(), b.recv());
    const auto note = [&](const std::optional<std::optional<counted>>& got) {
        if (got && *got) book.received.push_back((*got)->value);
    };
    note(std::get<0>(ended.results));
    note(std::get<1>(ended.results));
}

task<> try_races(unsigned seed) {
    fate f(seed);
    channel<counted> a(static_cast<std::size_t>(f.below(2)));
    channel<counted> b(static_cast<std::size_t>(f.below(2)));
    ledger book;
    co_await with_scope([&](scope& group) {
        group.spawn(by_many(f, 2, [&] { return send_one(a, book); }));
        group.spawn(by_many(f, 2, [&] { return send_one(b, book); }));
        group.spawn(by_many(f, 3, [&] { return race_of_receives(a, b, book); }));
    });
    co_await drain(a, book);
    co_await drain(b, book);
    book.check();
}

TEST(cancellation, loses_no_result_of_a_race) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_races(seed));
        EXPECT_EQ(counted::alive, 0);
    }
}

// So much of something that only `most` of may be there at once, for as long as it lives.
class share {
public:
    share(std::size_t& all, std::size_t mine, std::size_t most) : all_(all), mine_(mine) {
        EXPECT_LE(all_ += mine_, most);
    }
    share(const share&) = delete;
    share& operator=(const share&) = delete;
    ~share() { all_ -= mine_; }

private:
    std::size_t& all_;
    std::size_t mine_;
};

// Waits for a notification; whatever happens, the mutex is held afterwards.
task<> wait_and_be_alone(condition& c, mutex::guard& held, std::size_t& inside) {
    std::exception_ptr why;
    try {
        co_await c.wait(held);
    } catch (const cancelled&) {
        why = std::current_exception();
    }
    EXPECT_TRUE(held);
    const share alone(inside, 1, 1);
    if (why != nullptr) std::rethrow_exception(why);
    co_await yield();
}

task<> try_a_mutex(unsigned seed) {
    fate f(seed);
    mutex m;
    condition c;
    std::size_t inside = 0;
    const auto work = [&]() -> task<> {
        auto held = co_await m.lock();
        {
            const share alone(inside, 1, 1);
            co_await io::sleep(f.some_time());
        }
        if (f.says_yes(2)) c.notify_one();
        if (f.says_yes(2)) co_await wait_and_be_alone(c, held, inside);
    };
    co_await by_many(f, 5, [&] { return work(); });
    EXPECT_EQ(inside, 0U);
    EXPECT_FALSE(m.locked());
}

TEST(cancellation, never_makes_two_hold_a_mutex_and_leaves_it_free) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_a_mutex(seed));
    }
}

task<> try_a_semaphore(unsigned seed) {
    fate f(seed);
    semaphore s(4);
    std::size_t held_by_all = 0;
    const auto work = [&]() -> task<> {
        const auto wanted = static_cast<std::size_t>(1 + f.below(4));
        auto permit = co_await s.acquire(wanted);
        const share held(held_by_all, wanted, 4);
        co_await io::sleep(f.some_time());
    };
    co_await by_many(f, 5, [&] { return work(); });
    EXPECT_EQ(s.available(), 4U);
    EXPECT_FALSE(s.locked());
}

TEST(cancellation, conserves_the_permits_of_a_semaphore) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_a_semaphore(seed));
    }
}

task<> try_an_event(unsigned seed) {
    fate f(seed);
    event e;
    int set = 0;
    int seen = 0;
    co_await with_scope([&](scope& group) -> task<> {
        group.spawn(by_many(f, 4, [&]() -> task<> {
            const int before = set;
            const bool was_set = e.is_set();
            co_await e.wait();
            EXPECT_TRUE(was_set || set > before) << "went on without a reason";
            ++seen;
        }));
        for (int i = 0; i < 8; ++i) {
            co_await io::sleep(f.some_time());
            ++set;
            e.set();
            if (f.says_yes(2)) e.clear();
        }
    });
    EXPECT_LE(seen, 32);
}

TEST(cancellation, leaves_nobody_at_an_event_and_wakes_nobody_without_it) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_an_event(seed));
    }
}

task<> try_offload(unsigned seed) {
    fate f(seed);
    thread_pool pool(0);
    int called = 0;
    int told = 0;
    co_await by_many(f, 4, [&]() -> task<> {
        co_await offload(pool, [&] { ++called; });
        ++told;
    });
    EXPECT_EQ(called, told);
}

TEST(cancellation, of_a_function_means_that_it_was_not_called) {
    for (unsigned seed = 0; seed < seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_offload(seed));
    }
}

// With real threads, where the order of events is anybody's guess.
task<> try_offload_to_threads(unsigned seed) {
    fate f(seed);
    thread_pool pool(2);
    std::atomic<int> called = 0;
    int told = 0;
    co_await by_many(f, 4, [&]() -> task<> {
        co_await offload(pool, [&] { ++called; });
        ++told;
    });
    EXPECT_EQ(called, told);
    EXPECT_EQ(pool.statistics().begun, static_cast<std::uint64_t>(told));
    EXPECT_EQ(pool.statistics().queued, 0U);
}

TEST(cancellation, of_a_function_on_a_thread_means_that_it_was_not_called) {
    for (unsigned seed = 0; seed < 300 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        run_virtually(try_offload_to_threads(seed), detail::virtual_backend::others::may_post);
    }
}

}  // namespace
}  // namespace priz::io
