#include "core/connection_race.hpp"

#include <algorithm>

namespace priz::detail {

namespace {

constexpr std::int64_t at_once = std::numeric_limits<std::int64_t>::min();

std::int64_t later(std::int64_t now, std::int64_t delay) noexcept {
    return delay > connection_race::never - now ? connection_race::never : now + delay;
}

}  // namespace

bool connection_race::may_start(std::int64_t now) const noexcept {
    return started_ < count_ && (pending_ == 0 || now >= next_start_);
}

connection_race::action connection_race::next(std::int64_t now) noexcept {
    using enum action::kind;
    if (winner_ < count_) return {won, winner_};
    if (started_ == count_ && pending_ == 0) return {lost};
    if (deadline_ != never && now >= deadline_) return {timed_out};
    if (may_start(now)) {
        next_start_ = later(now, delay_);
        ++pending_;
        return {start, started_++};
    }
    return {wait, 0, started_ < count_ ? std::min(next_start_, deadline_) : deadline_};
}

void connection_race::failed(std::size_t index) noexcept {
    --pending_;
    // Only the newest attempt holds up the next one; an older one has had its delay.
    if (index + 1 == started_) next_start_ = at_once;
}

void connection_race::succeeded(std::size_t index) noexcept {
    --pending_;
    if (winner_ >= count_) winner_ = index;
}

}  // namespace priz::detail
