#include "sink.hpp"

#include <fmt/format.h>

#include "descriptor.hpp"
#include "event_loop.hpp"
#include "exit_code.hpp"

namespace priz::cli {

namespace {

[[noreturn]] void give_up(std::error_code why) {
    throw stop_here(exit_code::write_error, fmt::format("standard output: {}", why.message()));
}

}  // namespace

bool sink::is_terminal() const noexcept { return cli::is_terminal(fd_); }

void sink::write(std::string_view data) {
    if (data.empty()) return;
    if (loop_ != nullptr) {
        pending_ += data;
        loop_->change(fd_, interest::write);
    } else if (const auto error = write_all(fd_, data)) {
        give_up(error);
    }
}

void sink::write_ready() {
    const bool was_full = is_full();
    const auto [count, error] = write_some(fd_, std::string_view(pending_).substr(written_));
    if (error == std::errc::operation_would_block || error == std::errc::interrupted) return;
    if (error) give_up(error);
    written_ += count;
    forget_written();
    if (empty()) loop_->change(fd_, interest::none);
    if ((was_full || empty()) && !is_full() && drained_) drained_();
}

// Moves what is left to the front, at most once for every half of it, so that each byte moves a few
// times at most.
void sink::forget_written() {
    if (written_ * 2 < pending_.size()) return;
    pending_.erase(0, written_);
    written_ = 0;
}

std::error_code sink::write_rest(bool patiently) {
    const auto rest = std::string_view(pending_).substr(written_);
    const auto error = patiently ? write_all(fd_, rest) : write_hurriedly(fd_, rest);
    pending_.clear();
    written_ = 0;
    return error;
}

sink_attachment::sink_attachment(sink& which, event_loop& to, std::function<void()> drained)
    : sink_(which) {
    sink_.loop_ = &to;
    sink_.drained_ = std::move(drained);
    to.watch(sink_.fd_, interest::none, [this](interest) { sink_.write_ready(); });
}

sink_attachment::~sink_attachment() {
    if (sink_.loop_ == nullptr) return;
    detach();
    sink_.write_rest(patient_);
}

void sink_attachment::finish() {
    detach();
    if (const auto error = sink_.write_rest(patient_)) give_up(error);
}

void sink_attachment::detach() noexcept {
    sink_.loop_->forget(sink_.fd_);
    sink_.loop_ = nullptr;
}

}  // namespace priz::cli
