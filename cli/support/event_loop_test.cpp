#include "event_loop.hpp"

#include <gtest/gtest.h>
#include <priz/socket.hpp>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

namespace priz::cli {

namespace {

TEST(event_loop, readiness_reaches_the_handler_and_stop_ends_the_loop) {
    auto [a, b] = socketpair();
    event_loop loop;
    loop.watch(a.fileno(), interest::read, [&](interest ready) {
        EXPECT_EQ(ready, interest::read);
        loop.stop(7);
    });
    b.sendall("x");
    EXPECT_EQ(loop.run(), 7);
}

TEST(event_loop, without_interest_nothing_is_reported) {
    auto [a, b] = socketpair();
    event_loop loop;
    loop.watch(a.fileno(), interest::none, [](interest) { FAIL() << "reported"; });
    b.sendall("x");
    loop.at(deadline::after(0), [&] { loop.stop(0); });
    EXPECT_EQ(loop.run(), 0);
}

TEST(event_loop, a_handler_may_forget_itself_and_others) {
    auto [a, b] = socketpair();
    event_loop loop;
    int calls = 0;
    for (auto* one : {&a, &b})
        loop.watch(one->fileno(), interest::write, [&](interest) {
            ++calls;
            loop.forget(a.fileno());
            loop.forget(b.fileno());
            loop.at(deadline::after(0), [&] { loop.stop(0); });
        });
    loop.run();
    EXPECT_EQ(calls, 1);
}

TEST(event_loop, timers_expire_in_the_order_of_their_deadlines_and_only_once) {
    event_loop loop;
    std::string order;
    loop.at(deadline::at(3), [&] { order += 'c', loop.stop(0); });
    loop.at(deadline::at(1), [&] { order += 'a'; });
    const auto never = loop.at(deadline::at(2), [&] { order += 'x'; });
    loop.at(deadline::at(2), [&] { order += 'b'; });
    loop.cancel(never);
    loop.run();
    EXPECT_EQ(order, "abc");
}

TEST(event_loop, a_regular_file_is_always_ready) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    event_loop loop;
    int turns = 0;
    loop.watch(fileno(file.get()), interest::read, [&](interest) {
        if (++turns == 3) loop.stop(0);
    });
    loop.run();
    EXPECT_EQ(turns, 3);
}

TEST(event_loop, an_exception_of_a_handler_ends_the_loop) {
    auto [a, b] = socketpair();
    event_loop loop;
    loop.watch(a.fileno(), interest::write, [](interest) { throw std::runtime_error("enough"); });
    EXPECT_THROW(loop.run(), std::runtime_error);
}

}  // namespace

}  // namespace priz::cli
