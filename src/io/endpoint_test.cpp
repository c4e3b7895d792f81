// When an endpoint may become another connection's.
#include "priz/io/detail/endpoint.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "io/endpoint_store.hpp"
#include "io/verb_fixture.hpp"
#include "priz/io/when.hpp"
#include "priz/socket.hpp"

namespace priz::io {
namespace {

using test::in_loop;

// More than a loop lets go on in one turn.
constexpr int many = 200;

task<> nothing() { co_return; }

TEST(endpoint, of_a_closed_stream_ends_a_verb_that_has_yet_to_begin) {
    in_loop([]() -> task<> {
        auto [left, right] = socketpair();
        stream closed(std::move(left));
        auto verb = closed.try_recv();
        std::optional<std::error_code> cause;
        auto body = [&](scope& group) {
            for (int i = 0; i < many; ++i) group.spawn(nothing());
            group.spawn([&]() -> task<> {
                const auto got = co_await verb;
                cause = got ? std::error_code() : got.error().code();
            });
            closed.reset();
            auto [other, peer] = socketpair();
            peer.sendall("for another");
            closed = stream(std::move(other));
        };
        co_await with_scope(body);
        EXPECT_EQ(*cause, std::error_code(EBADF, std::system_category()));
        EXPECT_EQ((co_await closed.recv()).text(), "for another");
    });
}

TEST(endpoint, of_a_race_whose_streams_are_closed_before_it_begins) {
    in_loop([]() -> task<> {
        auto [left, right] = socketpair();
        stream one(std::move(left));
        stream other(std::move(right));
        bool has_failed = false;
        auto body = [&](scope& group) {
            group.spawn([&]() -> task<> {
                try {
                    co_await when_any(one.recv(), other.recv());
                } catch (const exception_group& both) {
                    has_failed = both.exceptions().size() == 2;
                }
            });
            group.spawn([&]() -> task<> {
                one.reset();
                other.reset();
                co_return;
            });
        };
        co_await with_scope(body);
        EXPECT_TRUE(has_failed);
    });
}

TEST(endpoint, is_another_connections_when_all_has_run_that_was_ready) {
    detail::endpoint_store store;
    detail::ready_queue ready;
    detail::endpoint& first = store.take(ready);
    ready.push({}, nullptr);
    store.give_back(first, ready);
    EXPECT_TRUE(first.has(detail::endpoint::closed));
    EXPECT_NE(&store.take(ready), &first);
    ready.pop();
    detail::endpoint& second = store.take(ready);
    store.give_back(second, ready);
    bool comes_again = false;
    for (int i = 0; i < 4; ++i) comes_again = comes_again || &store.take(ready) == &first;
    EXPECT_TRUE(comes_again);
}

TEST(ready_queue, keeps_its_places_when_it_grows) {
    detail::ready_queue ready;
    for (int i = 0; i < 50; ++i) {
        ready.push({}, nullptr);
        ready.pop();
    }
    cancel_scope marks[3];
    for (int i = 0; i < 300; ++i) ready.push({}, &marks[i % 3]);
    EXPECT_EQ(ready.first(), 50U);
    EXPECT_EQ(ready.end(), 350U);
    for (int i = 0; i < 300; ++i) EXPECT_EQ(ready.pop().scope, &marks[i % 3]);
    EXPECT_TRUE(ready.empty());
}

}  // namespace
}  // namespace priz::io
