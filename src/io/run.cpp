#include "priz/io/run.hpp"

#include <coroutine>
#include <exception>
#include <memory>
#include <utility>

#include "io/drive.hpp"
#include "io/loop_state.hpp"
#include "io/make_backend.hpp"
#include "io/run_on.hpp"
#include "priz/error.hpp"
#include "priz/io/runner.hpp"

namespace priz::io::detail {

namespace {

class root_owner final : public task_owner {
public:
    void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept override {
        child.destroy();
        error = std::move(why);
        done = true;
    }

    bool done = false;
    std::exception_ptr error;
};

void refuse_a_second_loop() {
    if (!loop::is_running()) return;
    failure why(errc::value_error, "run");
    why.with_hint("a loop runs in this thread already: await the task instead").raise();
}

}  // namespace

void run_to_end_on(std::unique_ptr<backend> kernel, task<> main) {
    refuse_a_second_loop();
    loop_state loop(std::move(kernel));
    const running_loop here(loop);
    if (const std::exception_ptr error = drive(loop, std::move(main)))
        std::rethrow_exception(error);
}

std::exception_ptr drive(loop_state& loop, task<> main) noexcept {
    root_owner owner;
    const auto frame = main.release();
    frame.promise().set_owner(owner);
    loop.core.ready.push(frame, &loop.core.root);
    loop.run_until(owner.done);
    return std::move(owner.error);
}

void run_to_end(task<> main, const run_options& options) {
    refuse_a_second_loop();
    run_to_end_on(value_or_throw(make_backend(options.backend, options.receive)), std::move(main));
}

}  // namespace priz::io::detail

namespace priz::io {

runner::runner(const run_options& options)
    : loop_(std::make_unique<detail::loop_state>(
          value_or_throw(detail::make_backend(options.backend, options.receive)))) {}

runner::~runner() = default;

void runner::run_to_end(task<> main) {
    detail::refuse_a_second_loop();
    const detail::running_loop here(*loop_);
    if (const std::exception_ptr error = detail::drive(*loop_, std::move(main)))
        std::rethrow_exception(error);
}

}  // namespace priz::io
