#include "sim/wire.hpp"

#include <algorithm>

#include "priz/io/detail/timer.hpp"

namespace priz::sim::detail {

namespace {

std::int64_t up_to(duration longest, chance& random) {
    const std::int64_t most = longest.nanoseconds();
    return most <= 0
               ? 0
               : static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most) + 1));
}

std::uint64_t fragments_of(const packet& what, std::size_t mtu) noexcept {
    const std::uint64_t size = what.header_size() + what.payload.size();
    return mtu == 0 ? 1 : (size + mtu - 1) / mtu;
}

}  // namespace

// When the packet's last byte has been sent out, behind those before it.
std::int64_t wire::leave(const packet& what, std::int64_t now) noexcept {
    if (!(options.bandwidth > 0)) return now;
    const auto size = static_cast<double>(what.header_size() + what.payload.size());
    const double takes = size / options.bandwidth * 1e9;
    free_at_ = std::max(now, free_at_) + static_cast<std::int64_t>(takes);
    return free_at_;
}

wire::fate wire::carry(const packet& what, std::int64_t now, chance& random) {
    bool is_lost = false;
    for (std::uint64_t i = fragments_of(what, options.mtu); i > 0; --i)
        if (random.happens(options.loss)) is_lost = true;
    fate it;
    it.arrival = leave(what, now) + options.latency.nanoseconds() + up_to(options.jitter, random);
    it.is_reordered = random.happens(options.reordering);
    if (it.is_reordered) {
        it.arrival += 1 + options.latency.nanoseconds() + up_to(options.latency, random);
    } else {
        it.arrival = std::max(it.arrival, last_);
        last_ = it.arrival;
    }
    it.again = io::detail::never;
    if (random.happens(options.duplication)) it.again = it.arrival + up_to(options.latency, random);
    if (is_lost) it.arrival = it.again = io::detail::never;
    return it;
}

}  // namespace priz::sim::detail
