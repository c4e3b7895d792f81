// content_pace.hpp: how slowly a request's content may come.
//
// Each wait alone is limited by read_time, which a byte now and then begins anew. So there is an
// account of time besides: it begins with content_grace and is never more than that, waiting takes
// from it, and bytes that come add what they take at content_rate_min. A client that keeps to the
// rate never loses; one that is slower is out of time when it has fallen behind by the grace. What
// a handler does between two reads is not the client's time and does not count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/http/server.hpp"

namespace priz::http::detail {

class content_pace {
public:
    explicit content_pace(const server_options& of) noexcept
        : rate_(of.content_rate_min), most_(of.content_grace.nanoseconds()), left_(most_) {}

    // Until when one that begins to wait at `now`, on the loop's clock, may wait.
    deadline until(std::int64_t now, duration read_time) const noexcept {
        const std::int64_t one = read_time.nanoseconds();
        const std::int64_t wait = rate_ == 0 ? one : std::min(one, left_);
        std::int64_t when = 0;
        if (__builtin_add_overflow(now, wait, &when)) return {};
        return deadline::at(when);
    }

    // It waited for `time` nanoseconds, and these bytes came.
    void came(std::int64_t time, std::size_t bytes) noexcept {
        if (rate_ == 0) return;
        left_ -= std::min(left_, time);
        constexpr std::uint64_t second = 1'000'000'000;
        // No receive brings so much that this overflows.
        const std::uint64_t earned = bytes * second / rate_;
        const auto room = static_cast<std::uint64_t>(most_ - left_);
        left_ += static_cast<std::int64_t>(std::min(room, earned));
    }

private:
    std::uint64_t rate_;
    std::int64_t most_;
    std::int64_t left_;
};

}  // namespace priz::http::detail
