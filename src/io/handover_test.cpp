#include "priz/io/handover.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "priz/error.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/message.hpp"

namespace priz::io {
namespace {

class handover : public ::testing::Test {
protected:
    ~handover() override { ::unlink(path.c_str()); }

    bool path_is_there() const {
        struct ::stat status {};
        return ::lstat(path.c_str(), &status) == 0;
    }

    std::string path = ::testing::TempDir() + "priz-handover-" + std::to_string(::getpid());
};

ino_t inode_of(int fd) {
    struct ::stat status {};
    EXPECT_EQ(::fstat(fd, &status), 0);
    return status.st_ino;
}

task<> give(handover_point& point, int descriptor, bool& is_taken) {
    std::vector<int> all(1, descriptor);
    co_await point.wait_successor(std::move(all));
    is_taken = true;
}

TEST_F(handover, where_nobody_waits_there_is_no_predecessor) { EXPECT_FALSE(run(take_over(path))); }

TEST_F(handover, a_path_that_is_left_behind_is_no_predecessor) {
    priz::socket left(AF_UNIX, SOCK_STREAM);
    left.bind(path);
    left.listen();
    left.close();
    EXPECT_FALSE(run(take_over(path)));
}

TEST_F(handover, the_successor_gets_the_same_sockets_and_says_when_it_is_ready) {
    const auto main = [&]() -> task<> {
        listener mine = listen("127.0.0.1:0");
        handover_point point(path);
        bool is_taken = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(give(point, mine.fileno(), is_taken));
            auto before = co_await take_over(path);
            EXPECT_TRUE(before.has_value());
            EXPECT_EQ(before->listening.size(), 1U);
            EXPECT_EQ(inode_of(before->listening.front().fileno()), inode_of(mine.fileno()));
            EXPECT_FALSE(before->listening.front().get_inheritable());
            EXPECT_FALSE(is_taken);
            co_await before->dismiss();
        });
        EXPECT_TRUE(is_taken);
    };
    run(main());
}

TEST_F(handover, a_successor_that_goes_away_has_taken_nothing) {
    const auto main = [&]() -> task<> {
        listener mine = listen("127.0.0.1:0");
        handover_point point(path);
        bool is_taken = false;
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(give(point, mine.fileno(), is_taken));
            auto first = co_await take_over(path);
            EXPECT_TRUE(first.has_value());
            first.reset();
            auto second = co_await take_over(path);
            EXPECT_FALSE(is_taken);
            co_await second->dismiss();
        });
    };
    run(main());
}

TEST_F(handover, a_newer_point_takes_the_place_of_an_older_one) {
    const auto main = [&]() -> task<> {
        {
            handover_point newer = [&] {
                handover_point older(path);
                return handover_point(path);
            }();
            EXPECT_TRUE(path_is_there());
        }
        EXPECT_FALSE(path_is_there());
        co_return;
    };
    run(main());
}

TEST_F(handover, a_predecessor_that_is_gone_can_be_dismissed) {
    const auto main = [&]() -> task<> {
        listener mine = listen("127.0.0.1:0");
        std::optional<predecessor> before;
        co_await with_scope([&](scope& group) -> task<> {
            handover_point point(path);
            bool is_taken = false;
            group.spawn(give(point, mine.fileno(), is_taken));
            before = co_await take_over(path);
            group.cancel();
        });
        co_await before->dismiss();
    };
    run(main());
}

TEST_F(handover, no_listener_and_more_than_a_message_carries_are_refused) {
    const auto give_so_many = [&](std::size_t count) -> task<> {
        handover_point point(path);
        std::vector<int> all(count, 0);
        co_await point.wait_successor(std::move(all));
    };
    EXPECT_THROW(run(give_so_many(0)), value_error);
    EXPECT_THROW(run(give_so_many(254)), value_error);
}

TEST_F(handover, who_waits_there_must_speak_the_protocol) {
    priz::socket stranger(AF_UNIX, SOCK_STREAM);
    stranger.bind(path);
    stranger.listen();
    std::jthread answer(
        [&] { stranger.accept().connection.sendall("HTTP/1.1 400 Bad Request\r\n"); });
    EXPECT_THROW(run(take_over(path)), value_error);
}

TEST_F(handover, a_path_in_no_folder_is_told) {
    const auto main = []() -> task<> {
        handover_point point("/nonexistent/handover");
        co_return;
    };
    EXPECT_THROW(run(main()), error);
}

}  // namespace
}  // namespace priz::io
