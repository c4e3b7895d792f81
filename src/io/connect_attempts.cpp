#include "io/connect_attempts.hpp"

#include <utility>

#include "io/look_up.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

using priz::detail::connection_race;

namespace {

failure failed(int error, const char* op, const address& remote) {
    return failure(std::error_code(error, std::system_category()), op).with(nullptr, &remote);
}

std::int64_t delay_of(const connect_options& options) noexcept {
    return options.race ? options.attempt_delay.nanoseconds() : connection_race::never;
}

// Binds the socket to the source address that the terms name.
task<result<void>> bind_source(endpoint& e, const kept_host_port& source, const address_info& to,
                               const resolver* through) {
    const host name = source.name.get();
    const bool is_any = name.what() == host::form::text && name.text().empty();
    question asked(is_any ? host(nullptr) : name, source.port.get());
    asked.family = to.family;
    asked.type = to.type;
    asked.flags = AI_PASSIVE;
    const auto found = co_await look_up(asked, through, "bind");
    if (!found) co_return std::unexpected(found.error());
    const address& local = found->front().address;
    const int error = bind_now(e, local);
    if (error == 0) co_return result<void>();
    failure why(std::error_code(-error, std::system_category()), "bind");
    co_return std::unexpected(why.with(&local, nullptr));
}

}  // namespace

task<result<stream>> connect_once(const address_info& target, const connect_terms& terms) {
    constexpr const char* op = connect_wait::operation;
    endpoint* made = nullptr;
    const int error = open_now(this_loop_core(), target.family, target.type, target.proto, made);
    if (error != 0) co_return std::unexpected(failed(-error, op, target.address));
    stream opened(made);
    if (terms.source) {
        const auto bound =
            co_await bind_source(*made, *terms.source, target, terms.options.through);
        if (!bound) co_return std::unexpected(bound.error());
    }
    if (terms.options.nodelay) set_nodelay(*made);
    const auto connected = co_await trying<connect_wait>(made, target.address);
    if (!connected) {
        failure why = connected.error();
        co_return std::unexpected(why.with(nullptr, &target.address));
    }
    co_return opened;
}

connect_attempts::connect_attempts(std::span<const address_info> targets,
                                   const connect_terms& terms)
    : loop_(this_loop_core()),
      targets_(targets),
      terms_(terms),
      race_(targets.size(), delay_of(terms.options)) {
    attempts_.reserve(targets.size());
}

task<std::expected<stream, std::error_code>> connect_attempts::run() {
    std::error_code stop;
    const auto drive_all = [&](scope& group) { return drive(group); };
    try {
        co_await with_scope(drive_all);
    } catch (const cancelled&) {
        stop = errc::cancelled;
    }
    const auto end = race_.next(loop_.now());
    if (end.what == connection_race::action::kind::won)
        co_return std::move(attempts_[end.index].connection);
    co_return std::unexpected(stop ? stop : last_cause_);
}

task<> connect_attempts::drive(scope& group) {
    using enum connection_race::action::kind;
    for (;;) {
        has_ended_.clear();
        const auto action = race_.next(loop_.now());
        if (action.what == start) {
            attempts_.emplace_back().started = loop_.now();
            group.spawn(try_target(action.index));
        } else if (action.what == wait) {
            co_await move_on_at(deadline::at(action.until), has_ended_.wait());
        } else {
            group.cancel();
            co_return;
        }
    }
}

task<> connect_attempts::try_target(std::size_t index) {
    auto outcome = co_await connect_once(targets_[index], terms_);
    one& made = attempts_[index];
    made.ended = loop_.now();
    if (outcome) {
        made.connection = *std::move(outcome);
        race_.succeeded(index);
    } else {
        made.cause = outcome.error().code();
        if (made.cause == errc::cancelled) co_return;
        last_cause_ = made.cause;
        race_.failed(index);
    }
    has_ended_.set();
}

std::vector<attempt> connect_attempts::report() const {
    std::vector<attempt> all;
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        const one& made = attempts_[i];
        all.push_back({targets_[i].address, made.cause,
                       duration::from_nanoseconds(made.ended - made.started)});
    }
    return all;
}

}  // namespace priz::io::detail
