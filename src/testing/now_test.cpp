#include <gtest/gtest.h>

#include "priz/error.hpp"
#include "priz/io/run.hpp"
#include "priz/testing/run.hpp"

namespace priz::testing {
namespace {

TEST(now, virtual_time_is_that_of_its_own_loop_only) {
    EXPECT_THROW(now(), value_error);
    io::run([]() -> io::task<> {
        EXPECT_THROW(now(), value_error);
        EXPECT_THROW(co_await wait_all_tasks_blocked(), value_error);
        co_return;
    }());
}

}  // namespace
}  // namespace priz::testing
