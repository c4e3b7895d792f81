// connect_attempts.hpp: a connection race with sockets and a clock.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "core/connection_race.hpp"
#include "priz/attempt.hpp"
#include "priz/blocking_hook.hpp"
#include "priz/connect.hpp"
#include "priz/deadline.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

// Monotonic time in nanoseconds.
std::int64_t monotonic_now() noexcept;

// Makes the attempts that connection_race asks for and holds their sockets; all but the winner's
// are closed when this goes out of scope.
class connect_attempts {
public:
    connect_attempts(std::span<const address_info> targets, const connect_options& options,
                     deadline until);

    // The first socket to be connected, non-blocking still. On failure the cause of the last
    // attempt to fail, timed_out, or what the hook said.
    std::expected<socket, std::error_code> run();

    // Every attempt made so far that has ended, in the order of their starts.
    std::vector<attempt> report() const;

private:
    struct one {
        socket connection{closed};
        std::int64_t started = 0;
        std::int64_t ended = 0;
        std::error_code cause = {};
        bool pending = true;
    };

    std::error_code start(std::size_t index);
    void end(std::size_t index, std::error_code cause);
    std::error_code wait(std::int64_t until);
    void collect(std::size_t index);
    void give_up(std::error_code cause);

    std::span<const address_info> targets_;
    const connect_options& options_;
    deadline until_;
    connection_race race_;
    std::vector<one> attempts_ = {};
    std::error_code last_cause_ = {};
};

// A socket for `target`, bound to the source address where there is one.
result<socket> socket_for(const address_info& target, int type_flags,
                          const connect_options& options, deadline until) noexcept;

}  // namespace priz::detail
