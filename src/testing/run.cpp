#include "priz/testing/run.hpp"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "io/loop_state.hpp"
#include "priz/error.hpp"
#include "testing/virtual_backend.hpp"

namespace priz::testing::detail {

namespace {

class root_owner final : public io::detail::task_owner {
public:
    void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept override {
        child.destroy();
        error = std::move(why);
        has_ended = is_done = true;
    }

    bool is_done = false;  // also when the run was given up
    bool has_ended = false;
    std::exception_ptr error;
};

// What the cancelled task of run() says: for what it waited.
std::string what_of(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& told) {
        return told.what();
    } catch (...) {
        return "an exception that says nothing";
    }
}

[[noreturn]] void complain(const virtual_backend& clock, const root_owner& owner) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.12g",
                  duration::from_nanoseconds(clock.stuck_after()).seconds());
    std::string text = "testing::run: ";
    text += clock.is_over_limit() ? "not done within the limit" : "nothing can go on any more";
    text += std::string(", after ") + seconds + " s of virtual time";
    if (!owner.has_ended)
        text += "; a shielded task waits for ever";
    else if (owner.error != nullptr)
        text += "; it waited in: " + what_of(owner.error);
    throw deadlock(text);
}

}  // namespace

void run_to_end(io::task<> main, const run_options& options) {
    if (io::loop::is_running()) {
        failure why(errc::value_error, "run");
        why.with_hint("a loop runs in this thread already: await the task instead").raise();
    }
    root_owner owner;
    auto made = std::make_unique<virtual_backend>(options.limit.nanoseconds(), owner.is_done);
    const virtual_backend& clock = *made;
    io::detail::loop_state loop(std::move(made));
    {
        const io::detail::running_loop here(loop);
        const auto frame = main.release();
        frame.promise().set_owner(owner);
        loop.core.ready.push(frame, &loop.core.root);
        loop.run_until(owner.is_done);
    }
    if (clock.is_stuck()) complain(clock, owner);
    if (owner.error != nullptr) std::rethrow_exception(owner.error);
}

void quiet_wait::await_suspend(std::coroutine_handle<> self) {
    io::detail::loop_core& loop = io::detail::this_loop_core();
    this_virtual_backend("wait_all_tasks_blocked").patients.push_back({self, loop.current});
}

void quiet_wait::await_resume() const {
    if (io::detail::this_loop_core().is_cancelled())
        failure(errc::cancelled, "wait_all_tasks_blocked").raise();
}

}  // namespace priz::testing::detail

namespace priz::testing {

duration now() {
    const std::int64_t time = detail::this_virtual_backend("now").now();
    return duration::from_nanoseconds(time - detail::virtual_backend::beginning);
}

}  // namespace priz::testing
