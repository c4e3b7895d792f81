#include "io/uring/uring_backend.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "io/verb_fixture.hpp"

namespace priz::io {
namespace {

using test::in_loop;
using test::settle;

constexpr int more_than_the_queue_holds = 4096 * 3;

// The ends of one pipe, as often as one likes.
class shared_pipe {
public:
    shared_pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) ADD_FAILURE() << "no pipe";
        out_ = unique_fd(ends[0]);
        in_ = unique_fd(ends[1]);
    }
    descriptor reader() const { return descriptor(unique_fd(::dup(out_.get()))); }
    void write(const std::string& text) const {
        EXPECT_EQ(::write(in_.get(), text.data(), text.size()), std::ssize(text));
    }

private:
    unique_fd out_;
    unique_fd in_;
};

// Waits, in as many tasks, until each has got a byte; returns how many have.
task<int> receive_bytes(const shared_pipe& pipe, int tasks, bool are_written) {
    int received = 0;
    co_await with_scope([&](scope& group) -> task<> {
        for (int i = 0; i < tasks; ++i)
            group.spawn([&]() -> task<> {
                auto mine = pipe.reader();
                char byte[1];
                co_await mine.read_into(byte);
                ++received;
            });
        co_await settle();
        if (are_written) co_return pipe.write(std::string(static_cast<std::size_t>(tasks), 'x'));
        group.cancel();
    });
    co_return received;
}

// A poll of the kernel's ends when its news finds no room in the completion queue. Whoever hears of
// such news may close the descriptor at once, and another takes its place in the loop.
TEST(uring_backend, a_descriptor_may_be_closed_by_who_hears_of_it_though_its_poll_has_ended) {
    in_loop([]() -> task<> {
        const shared_pipe pipe, silent;
        EXPECT_EQ(co_await receive_bytes(pipe, more_than_the_queue_holds, true),
                  more_than_the_queue_holds);
        EXPECT_EQ(co_await receive_bytes(silent, more_than_the_queue_holds, false), 0);
    });
}

}  // namespace
}  // namespace priz::io
