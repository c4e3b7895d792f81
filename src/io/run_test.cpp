#include "priz/io/run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/backend_choice.hpp"
#include "priz/io/connect.hpp"
#include "priz/io/listener.hpp"
#include "priz/io/runner.hpp"

namespace priz::io {
namespace {

TEST(run, gives_what_its_task_returned) {
    EXPECT_EQ(io::run([]() -> task<std::string> { co_return "done"; }()), "done");
    const auto made =
        io::run([]() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); }());
    EXPECT_EQ(*made, 3);
}

TEST(run, throws_what_its_task_threw) {
    EXPECT_THROW(io::run([]() -> task<> {
                     co_await yield();
                     throw std::out_of_range("x");
                 }()),
                 std::out_of_range);
}

TEST(run, inside_of_a_loop_is_refused_and_says_what_to_do) {
    std::string said;
    io::run([](std::string& told) -> task<> {
        try {
            io::run([]() -> task<> { co_return; }());
        } catch (const error& why) {
            EXPECT_EQ(why.code(), errc::value_error);
            told = why.hint();
        }
        co_return;
    }(said));
    EXPECT_NE(said.find("await"), std::string::npos);
}

TEST(run, can_be_called_again_after_a_failure) {
    const auto main = [](bool fails) -> task<int> {
        if (fails) throw std::runtime_error("x");
        co_return 1;
    };
    EXPECT_THROW(io::run(main(true)), std::runtime_error);
    EXPECT_FALSE(loop::is_running());
    EXPECT_EQ(io::run(main(false)), 1);
}

TEST(run, stands_on_the_backend_that_is_told_to_be_chosen) {
    const backend_choice choice = choose_backend();
    const std::string name =
        io::run([]() -> task<std::string> { co_return loop::current().backend_name(); }());
    EXPECT_EQ(name, choice.kind == backend_kind::uring ? "io_uring" : "epoll");
    EXPECT_TRUE(choice.kind == backend_kind::uring || choice.is_asked_for || choice.refusal);
}

TEST(run, leaves_nothing_of_its_task) {
    io::run([](counted) -> task<> { co_await yield(); }(counted()));
    EXPECT_EQ(counted::alive, 0);
}

TEST(runner, keeps_what_belongs_to_its_loop_from_one_run_to_the_next) {
    io::runner loop;
    io::stream near;
    io::stream far;
    loop.run([](io::stream& a, io::stream& b) -> task<> {
        io::listener door = io::listen("127.0.0.1:0");
        a = co_await io::connect(door.getsockname());
        auto client = co_await door.accept();
        b = std::move(client.connection);
        co_await a.sendall("kept");
    }(near, far));
    const std::string got = loop.run([](io::stream& b) -> task<std::string> {
        const chunk data = co_await b.recv();
        co_return data.copy();
    }(far));
    EXPECT_EQ(got, "kept");
    loop.run([](io::stream& a, io::stream& b) -> task<> {
        a.reset();
        b.reset();
        co_return;
    }(near, far));
}

TEST(runner, goes_on_after_a_failure) {
    io::runner loop;
    EXPECT_THROW(loop.run([]() -> task<> {
        co_await yield();
        throw std::out_of_range("x");
    }()),
                 std::out_of_range);
    EXPECT_EQ(loop.run([]() -> task<int> { co_return 3; }()), 3);
}

}  // namespace
}  // namespace priz::io
