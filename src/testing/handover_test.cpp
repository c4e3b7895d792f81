#include "priz/io/handover.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::testing {
namespace {

using io::task;

TEST(handover, a_predecessor_that_does_not_answer_is_left_after_ten_seconds) {
    const auto main = []() -> task<> {
        auto [ours, theirs] = memory_pair();
        io::predecessor before(std::move(ours), {});
        co_await before.dismiss();
        EXPECT_EQ(now(), duration(10));
        EXPECT_EQ((co_await theirs.recv()).text(), "ready\n");
    };
    testing::run(main());
}

}  // namespace
}  // namespace priz::testing
