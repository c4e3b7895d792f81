#include "priz/io/scope.hpp"

#include <string>

#include "io/is_cancellation.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io {

namespace {

std::string text_of(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& told) {
        return told.what();
    } catch (...) {
        return "an exception that says nothing";
    }
}

std::string text_of_all(const std::vector<std::exception_ptr>& all) {
    std::string text = std::to_string(all.size()) + " tasks failed";
    for (const std::exception_ptr& one : all) text += "; " + text_of(one);
    return text;
}

}  // namespace

exception_group::exception_group(std::vector<std::exception_ptr> all)
    : all_(std::make_shared<const std::vector<std::exception_ptr>>(std::move(all))),
      text_(text_of_all(*all_)) {}

scope::scope() : loop_(detail::this_loop_core()) { cancel_.enter(loop_); }

void scope::spawn(task<> child) {
    const auto frame = child.release();
    frame.promise().set_owner(*this);
    ++running_;
    loop_.ready.push(frame, &cancel_);
}

void scope::add_failure(std::exception_ptr why) noexcept {
    if (cancel_.ends_waits() && detail::is_cancellation(why)) {
        if (cancellation_ == nullptr) cancellation_ = std::move(why);
        return;
    }
    failures_.push_back(std::move(why));
    cancel_.cancel();
}

void scope::child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept {
    child.destroy();
    --running_;
    if (why != nullptr) add_failure(std::move(why));
    if (running_ == 0 && joiner_ != nullptr)
        loop_.ready.push(std::exchange(joiner_, nullptr), &cancel_);
}

void scope::finish(bool has_value) {
    const bool was_cancelled_here = cancel_.is_cancelled();
    cancel_.leave();
    if (failures_.size() == 1) std::rethrow_exception(failures_.front());
    if (!failures_.empty()) throw exception_group(std::move(failures_));
    if (cancellation_ != nullptr && !(has_value && was_cancelled_here))
        std::rethrow_exception(cancellation_);
}

}  // namespace priz::io
