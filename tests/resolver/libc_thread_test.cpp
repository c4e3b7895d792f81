// With a timeout or a hook the C library looks names up on a thread of its own. ThreadSanitizer
// does not know of threads that begin inside the C library, and ends a program that has one: these
// tests are not part of its build.
#include "libc_fixture.hpp"
#include "priz/blocking_hook.hpp"

namespace {

class waiting_hook : public priz::blocking_hook {
public:
    void before_call() noexcept override { ++before; }
    void after_call() noexcept override { ++after; }
    std::error_code interrupted() noexcept override { return {}; }
    int before = 0;
    int after = 0;
};

TEST_F(libc, a_deadline_and_a_hook_change_no_result) {
    const auto plain = priz::getaddrinfo("localhost", "http", 0, 0, 0, AI_CANONNAME, options());
    auto terms = options();
    waiting_hook hook;
    terms.timeout = 60;
    terms.hook = &hook;
    const auto timed = priz::getaddrinfo("localhost", "http", 0, 0, 0, AI_CANONNAME, terms);
    ASSERT_EQ(timed.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        EXPECT_EQ(timed[i].address, plain[i].address);
        EXPECT_EQ(timed[i].type, plain[i].type);
        EXPECT_EQ(timed[i].canonname, plain[i].canonname);
    }
    EXPECT_EQ(hook.before, hook.after);
}

TEST_F(libc, errors_are_the_same_with_a_timeout) {
    auto terms = options();
    terms.timeout = 60;
    const auto timed = priz::try_getaddrinfo("nosuch.localhost.invalid", 80, 99, 0, 0, 0, terms);
    ASSERT_FALSE(timed);
    EXPECT_EQ(timed.error().code().value(), EAI_FAMILY);
}

}  // namespace
