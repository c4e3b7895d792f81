// cli/support/event_loop.hpp: one thread that waits for many descriptors and times.
//
// A selector with callbacks. Callbacks may watch, change and forget any descriptor, their own
// included, and may throw: run() then ends with the exception. Regular files, which no selector can
// wait for, count as always ready.
#pragma once

#include <priz/deadline.hpp>
#include <priz/selectors.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace priz::cli {

enum class interest : unsigned { none = 0, read = 1, write = 2, both = 3 };

constexpr interest operator|(interest a, interest b) noexcept {
    return static_cast<interest>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool wants(interest set, interest one) noexcept {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

class event_loop {
public:
    using handler = std::function<void(interest ready)>;
    using timer = std::pair<deadline, std::uint64_t>;

    // One handler a descriptor, which the caller forgets before closing it. With interest::none it
    // stays known and is not waited for.
    void watch(int fd, interest what, handler on_ready);
    void change(int fd, interest what);
    void forget(int fd);

    // Calls `expired` once when the deadline has passed.
    timer at(deadline when, std::function<void()> expired);
    void cancel(const timer& which) { timers_.erase(which); }

    // Until stop(): returns what stop() was given.
    int run();
    void stop(int code) { outcome_ = code; }

private:
    struct watched {
        interest what;
        std::shared_ptr<handler> on_ready;
    };

    void turn();
    void arm(int fd, interest before, interest now);
    void call(int fd, interest ready);
    void call_expired();
    std::optional<duration> patience() const;

    default_selector selector_;
    std::map<int, watched> watched_;
    std::set<int> always_ready_;
    std::map<timer, std::function<void()>> timers_;
    std::uint64_t next_timer_ = 0;
    std::optional<int> outcome_;
};

}  // namespace priz::cli
