// verb_fixture.hpp: what the tests of awaited verbs have in common: a loop for a lambda, and the
// two moments at which a verb can be cancelled.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <system_error>

#include "priz/io.hpp"

namespace priz::io::test {

// Runs `body()`, a coroutine that may be a lambda with captures, on a loop of its own.
template <class Body>
void in_loop(Body body) {
    run(body());
}

// Lets everything that can go on have its turn, with the kernel's news of before.
inline task<> settle() {
    const auto before = loop::current().statistics().turns;
    while (loop::current().statistics().turns < before + 3) co_await yield();
}

// The cause with which the verb that `make()` gives, a try_ verb, ends in a scope that is cancelled
// before it begins.
template <class Make>
task<std::error_code> cancelled_before(Make& make) {
    std::error_code cause;
    co_await with_scope([&](scope& group) -> task<> {
        group.cancel();
        const auto outcome = co_await make();
        if (!outcome) cause = outcome.error().code();
    });
    co_return cause;
}

// The same for a scope that is cancelled while the verb waits; none when it did not wait.
template <class Make>
task<std::error_code> cancelled_while_waiting(Make& make) {
    std::optional<std::error_code> cause;
    bool has_waited = false;
    co_await with_scope([&](scope& group) -> task<> {
        group.spawn([&]() -> task<> {
            const auto outcome = co_await make();
            cause = outcome ? std::error_code() : outcome.error().code();
        });
        co_await settle();
        has_waited = !cause;
        group.cancel();
    });
    co_return has_waited ? cause.value_or(std::error_code()) : std::error_code();
}

// Claims that a verb that has nothing to do yet ends with either cancellation.
template <class Make>
task<> expect_both_cancellations(const char* verb, Make make) {
    EXPECT_EQ(co_await cancelled_before(make), errc::cancelled) << verb;
    EXPECT_EQ(co_await cancelled_while_waiting(make), errc::cancelled) << verb;
}

}  // namespace priz::io::test
