#include "priz/deadline.hpp"

#include "core/sys.hpp"

namespace priz {

namespace {

std::int64_t now_ns() noexcept {
    ::timespec now{};
    sys::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

}  // namespace

deadline deadline::after(std::optional<duration> timeout) noexcept {
    if (!timeout) return {};
    std::int64_t when = 0;
    // A sum past the end of the clock's range never passes.
    if (__builtin_add_overflow(now_ns(), timeout->nanoseconds(), &when)) return {};
    return at(when);
}

std::optional<duration> deadline::remaining() const noexcept {
    if (is_never()) return std::nullopt;
    const std::int64_t now = now_ns();
    return duration::from_nanoseconds(when_ > now ? when_ - now : 0);
}

bool deadline::has_passed() const noexcept { return !is_never() && now_ns() >= when_; }

}  // namespace priz
