#include "priz/io/scope.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"

namespace priz::io {
namespace {

task<> say_after(double seconds, std::string& said, const char* what) {
    co_await io::sleep(seconds);
    said += what;
}

task<> fail_after_a_while(double seconds, const char* why) {
    co_await io::sleep(seconds);
    throw std::runtime_error(why);
}

// Sleeps until it is cancelled, and notes that.
task<> wait_for_the_end(std::string& said) {
    try {
        co_await io::sleep(duration::max());
    } catch (const cancelled&) {
        said += "cancelled ";
        throw;
    }
}

TEST(scope, ends_when_its_last_task_has) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& group) {
            group.spawn(say_after(2, s, "two "));
            group.spawn(say_after(1, s, "one "));
            EXPECT_EQ(group.size(), 2U);
        });
        EXPECT_EQ(seconds_passed(), 2);
        s += "end";
    }(said));
    EXPECT_EQ(said, "one two end");
}

TEST(scope, starts_a_task_only_when_the_running_one_waits) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn([&s]() -> task<> {
                s += "child ";
                co_return;
            });
            s += "body ";
            co_return;
        });
    }(said));
    EXPECT_EQ(said, "body child ");
}

TEST(scope, gives_what_its_body_returned_after_all_tasks) {
    run_virtually([]() -> task<> {
        const int got = co_await with_scope([](scope& group) -> task<int> {
            group.spawn([]() -> task<> { co_await io::sleep(3); });
            co_return 9;
        });
        EXPECT_EQ(got, 9);
        EXPECT_EQ(seconds_passed(), 3);
    }());
}

TEST(scope, that_has_no_tasks_ends_at_once) {
    run_virtually([]() -> task<> {
        co_await with_scope([](scope&) {});
        EXPECT_EQ(seconds_passed(), 0);
    }());
}

TEST(scope, takes_tasks_from_its_tasks) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& group) {
            group.spawn([&]() -> task<> {
                co_await io::sleep(1);
                group.spawn(say_after(1, s, "grandchild"));
            });
        });
        EXPECT_EQ(seconds_passed(), 2);
    }(said));
    EXPECT_EQ(said, "grandchild");
}

TEST(scope, takes_a_task_from_outside_after_its_last_one_ended) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& outer) -> task<> {
            scope* inner = nullptr;
            bool has_ended = false;
            outer.spawn([&]() -> task<> {
                while (!has_ended) co_await yield();
                inner->spawn(say_after(1, s, "late"));
            });
            co_await with_scope([&](scope& group) {
                inner = &group;
                group.spawn([&]() -> task<> {
                    for (int i = 0; i < 5; ++i) co_await yield();
                    has_ended = true;
                });
            });
            s += " end";
        });
    }(said));
    EXPECT_EQ(said, "late end");
}

TEST(scope, cancels_the_others_when_one_fails_and_throws_its_exception) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        try {
            co_await with_scope([&](scope& group) -> task<> {
                group.spawn(wait_for_the_end(s));
                group.spawn(fail_after_a_while(1, "broken"));
                co_await wait_for_the_end(s);
            });
        } catch (const std::runtime_error& why) {
            s += why.what();
        }
        EXPECT_EQ(seconds_passed(), 1);
    }(said));
    EXPECT_EQ(said, "cancelled cancelled broken");
}

TEST(scope, cancels_its_tasks_when_its_body_fails) {
    std::string said;
    EXPECT_THROW(run_virtually([](std::string& s) -> task<> {
                     co_await with_scope([&](scope& group) -> task<> {
                         group.spawn(wait_for_the_end(s));
                         co_await yield();
                         throw std::logic_error("body");
                     });
                 }(said)),
                 std::logic_error);
    EXPECT_EQ(said, "cancelled ");
}

TEST(scope, reports_several_failures_together) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        try {
            co_await with_scope([](scope& group) {
                group.spawn(fail_after_a_while(1, "first"));
                group.spawn(fail_after_a_while(1, "second"));
            });
        } catch (const exception_group& all) {
            EXPECT_EQ(all.exceptions().size(), 2U);
            s = all.what();
        }
    }(said));
    EXPECT_EQ(said, "2 tasks failed; first; second");
}

TEST(scope, that_cancels_itself_ends_without_an_exception) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(wait_for_the_end(s));
            co_await io::sleep(1);
            group.cancel();
            EXPECT_TRUE(group.is_cancelled());
            co_await io::sleep(1);
            ADD_FAILURE() << "a wait in a cancelled scope went on";
        });
        s += "on";
    }(said));
    EXPECT_EQ(said, "cancelled on");
}

TEST(scope, hands_the_cancellation_from_around_it_on) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        EXPECT_FALSE(co_await move_on_after(
            1, with_scope([&](scope& group) { group.spawn(wait_for_the_end(s)); })));
    }(said));
    EXPECT_EQ(said, "cancelled ");
}

TEST(scope, that_was_cancelled_runs_a_new_task_to_its_first_wait) {
    std::string said;
    run_virtually([](std::string& s) -> task<> {
        co_await with_scope([&](scope& group) {
            group.cancel();
            group.spawn([&s]() -> task<> {
                s += "begun ";
                co_await wait_for_the_end(s);
            });
        });
    }(said));
    EXPECT_EQ(said, "begun cancelled ");
}

TEST(scope, destroys_each_task_when_it_ends_and_not_later) {
    run_virtually([]() -> task<> {
        co_await with_scope([](scope& group) -> task<> {
            group.spawn([](counted) -> task<> { co_await io::sleep(1); }(counted()));
            group.spawn([kept = counted()]() -> task<> { co_await io::sleep(2); });
            EXPECT_EQ(counted::alive, 2);
            co_await io::sleep(1.5);
            EXPECT_EQ(counted::alive, 1);
            co_await io::sleep(1);
            EXPECT_EQ(counted::alive, 0);
        });
    }());
}

TEST(scope, holds_a_hundred_thousand_tasks) {
    int ended = 0;
    run_virtually([](int& count) -> task<> {
        co_await with_scope([&](scope& group) {
            for (int i = 0; i < 100'000; ++i)
                group.spawn([](int& n, int after) -> task<> {
                    co_await io::sleep(after % 10);
                    ++n;
                }(count, i));
        });
    }(ended));
    EXPECT_EQ(ended, 100'000);
}

}  // namespace
}  // namespace priz::io
