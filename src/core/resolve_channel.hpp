// resolve_channel.hpp: a channel of c-ares, in steps: what it waits for, and what it is told.
#pragma once

#include <ares.h>

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <system_error>

#include "core/resolve_sockets.hpp"
#include "priz/deadline.hpp"
#include "priz/lookup_steps.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

using watched_fd = lookup_steps::watched;

// What c-ares says of a query, as a cause.
std::error_code cause_of_ares(int status) noexcept;

// The sockets of a channel; and how long answers are waited for, in a network that has a clock of
// its own, which c-ares cannot be given.
struct channel_sockets {
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    // Something was sent: the server has its time for an answer, twice as long in each round.
    void begin_to_wait() noexcept;
    bool is_too_late() noexcept;

    lookup_sockets* through = nullptr;
    std::int64_t patience = 0;  // nanoseconds; 0 where c-ares counts them
    unsigned servers = 1;
    unsigned given_up = 0;  // how often no answer came in time
    std::int64_t due = never;
    int silent = -1;  // the socket that is to fail with its next receive
};

// Its end calls back for each query that has not ended: what a callback writes to lives longer.
class dns_channel {
public:
    dns_channel() noexcept = default;
    dns_channel(const dns_channel&) = delete;
    dns_channel& operator=(const dns_channel&) = delete;
    ~dns_channel();

    // With null sockets, on the kernel's. Errors: gai_category()'s; value_error for a server that
    // is no address.
    std::error_code open(const resolver& through, lookup_sockets* sockets);

    ::ares_channel handle() const noexcept { return channel_; }

    // As lookup_steps has them. Callbacks are called out of advance().
    std::span<const watched_fd> watches() noexcept;
    deadline next() const noexcept;
    void advance(std::span<const watched_fd> ready) noexcept;

private:
    void give_up(const watched_fd& silent) noexcept;

    kernel_sockets kernel_;
    channel_sockets sockets_;
    ::ares_channel channel_ = nullptr;
    std::array<watched_fd, ARES_GETSOCK_MAXNUM> watches_{};
};

}  // namespace priz::detail
