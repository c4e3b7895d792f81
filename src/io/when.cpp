#include "priz/io/when.hpp"

#include "priz/error.hpp"

namespace priz::io::detail {

void race::came_in(std::size_t which) noexcept {
    if (is_decided_) return;
    is_decided_ = true;
    first_ = which;
    group_.cancel();
}

void race::add_failure() noexcept {
    try {
        throw;
    } catch (const cancelled&) {
        cancellation_ = std::current_exception();
    } catch (...) {
        errors_.push_back(std::current_exception());
    }
}

void race::check() {
    if (is_decided_) return;
    if (cancellation_ != nullptr) std::rethrow_exception(cancellation_);
    if (errors_.size() == 1) std::rethrow_exception(errors_.front());
    throw exception_group(std::move(errors_));
}

void refuse_an_empty_race(std::size_t count) {
    if (count > 0) return;
    failure why(errc::value_error, "when_any");
    why.with_hint("a race of nobody has no winner").raise();
}

}  // namespace priz::io::detail
