#include "priz/connect.hpp"

#include <algorithm>
#include <array>

#include "core/connect_attempts.hpp"
#include "core/connect_targets.hpp"
#include "core/destination.hpp"
#include "core/resolve_guard.hpp"
#include "core/resolve_infos.hpp"
#include "core/socket_access.hpp"

namespace priz {

using detail::destination;
using detail::guarded;
using detail::socket_access;

namespace {

constexpr const char* op = "create_connection";

using targets_or_failure = result<std::vector<address_info>>;

result<void> check(const connect_options& options) {
    const auto sane = detail::check_duration(options.timeout.value_or(duration()), op);
    return sane ? detail::check_duration(options.attempt_delay, op) : sane;
}

targets_or_failure targets_of(const destination& to, const connect_options& options,
                              deadline until) {
    if (to.what == destination::kind::exact)
        return std::vector{
            address_info{.family = to.exact.family(), .type = to.type, .address = to.exact}};
    return detail::find_infos({to.name, to.port, AF_UNSPEC, to.type},
                              {.until = until, .hook = options.hook, .through = options.through},
                              op);
}

std::int64_t timeout_ns(const connect_options& options) noexcept {
    return options.timeout ? options.timeout->nanoseconds() : -1;
}

failure failed(std::error_code cause, const destination& to, std::span<const attempt> attempts) {
    return detail::connect_failure(cause, op, to, attempts);
}

failure passed(const destination& to) { return failed(errc::timed_out, to, {}); }

// With a single address there is nothing to race: it takes the system calls of a plain connect().
result<socket> connect_to_only(const address_info& target, const destination& to,
                               const connect_options& options, deadline until) {
    const std::int64_t began = detail::monotonic_now();
    const auto left = until.remaining();
    if (left && *left <= duration()) return std::unexpected(passed(to));
    auto made = detail::socket_for(target, left ? SOCK_NONBLOCK : 0, options, until);
    if (!made) return made;
    made->set_blocking_hook(options.hook);
    if (!left && made->gettimeout())
        if (const auto set = made->try_setblocking(true); !set) return std::unexpected(set.error());
    socket_access::timeout_ns(*made) = left ? left->nanoseconds() : -1;
    if (const auto connected = made->try_connect(target.address); !connected) {
        const std::array all{attempt{target.address, connected.error().code(),
                                     duration::from_nanoseconds(detail::monotonic_now() - began)}};
        return std::unexpected(failure(connected.error()).with_attempts(all));
    }
    socket_access::timeout_ns(*made) = timeout_ns(options);
    return made;
}

// The winner's socket waits for nothing so far; now it gets the mode that was asked for.
result<socket> settled(socket&& winner, const connect_options& options) {
    winner.set_blocking_hook(options.hook);
    if (options.timeout) {
        socket_access::timeout_ns(winner) = timeout_ns(options);
    } else if (const auto set = winner.try_settimeout(std::nullopt); !set) {
        return std::unexpected(set.error());
    }
    return std::move(winner);
}

result<socket> connect_to_any(std::span<const address_info> targets, const destination& to,
                              const connect_options& options, deadline until) {
    detail::connect_attempts attempts(targets, options, until);
    auto winner = attempts.run();
    if (winner) return settled(*std::move(winner), options);
    return std::unexpected(failed(winner.error(), to, attempts.report()));
}

result<socket> connect(const destination& to, const connect_options& options) {
    if (const auto sane = check(options); !sane) return std::unexpected(sane.error());
    const deadline until = deadline::after(options.timeout);
    auto targets = targets_of(to, options, until);
    if (!targets) return std::unexpected(std::move(targets).error());
    if (targets->size() == 1) return connect_to_only(targets->front(), to, options, until);
    if (options.race) targets = detail::interleaved(*targets);
    return connect_to_any(*targets, to, options, until);
}

}  // namespace

result<socket> try_create_connection(const address_like& remote,
                                     const connect_options& options) noexcept {
    return guarded(op, [&] {
        return detail::with_destination(
            remote, [&](const destination& to) { return connect(to, options); });
    });
}

result<socket> try_create_connection(const host& name, const service& port,
                                     const connect_options& options) noexcept {
    return try_create_connection(address_like(name, port), options);
}

result<socket> try_create_connection(const endpoint& remote,
                                     const connect_options& options) noexcept {
    return guarded(op, [&] { return connect(destination::of(remote), options); });
}

socket create_connection(const address_like& remote, const connect_options& options) {
    return value_or_throw(try_create_connection(remote, options));
}

socket create_connection(const host& name, const service& port, const connect_options& options) {
    return value_or_throw(try_create_connection(name, port, options));
}

socket create_connection(const endpoint& remote, const connect_options& options) {
    return value_or_throw(try_create_connection(remote, options));
}

}  // namespace priz
