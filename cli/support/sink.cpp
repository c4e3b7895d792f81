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
    if (pends_) {
        pending_ += data;
        pends_();
    } else if (const auto error = write_all(fd_, data)) {
        give_up(error);
    }
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

sink_hold::sink_hold(sink& which, std::function<void()> pends) : sink_(which) {
    sink_.pends_ = std::move(pends);
}

sink_hold::~sink_hold() {
    if (!sink_.pends_) return;
    sink_.pends_ = nullptr;
    sink_.write_rest(patient_);
}

void sink_hold::write_ready() {
    const auto rest = std::string_view(sink_.pending_).substr(sink_.written_);
    const auto [count, error] = write_some(sink_.fd_, rest);
    if (error == std::errc::operation_would_block || error == std::errc::interrupted) return;
    if (error) give_up(error);
    sink_.written_ += count;
    sink_.forget_written();
}

void sink_hold::finish() {
    sink_.pends_ = nullptr;
    if (const auto error = sink_.write_rest(patient_)) give_up(error);
}

sink_attachment::sink_attachment(sink& which, event_loop& to, std::function<void()> drained)
    : sink_(which),
      loop_(to),
      drained_(std::move(drained)),
      hold_(which, [this] { loop_.change(sink_.fileno(), interest::write); }) {
    loop_.watch(sink_.fileno(), interest::none, [this](interest) { write_ready(); });
}

sink_attachment::~sink_attachment() { loop_.forget(sink_.fileno()); }

void sink_attachment::write_ready() {
    const bool was_full = sink_.is_full();
    hold_.write_ready();
    if (sink_.empty()) loop_.change(sink_.fileno(), interest::none);
    if ((was_full || sink_.empty()) && !sink_.is_full() && drained_) drained_();
}

}  // namespace priz::cli
