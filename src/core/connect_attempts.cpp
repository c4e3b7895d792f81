#include "core/connect_attempts.hpp"

#include <poll.h>

#include <cerrno>

#include "core/around_call.hpp"
#include "core/resolve_one.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz::detail {

namespace {

std::int64_t delay_of(const connect_options& options) noexcept {
    return options.race ? options.attempt_delay.nanoseconds() : connection_race::never;
}

// How a connection that was begun has ended, now that its socket is ready.
std::error_code verdict_on(socket& s) noexcept {
    const auto cause = s.try_getsockopt(SOL_SOCKET, SO_ERROR);
    if (!cause) return cause.error().code();
    return *cause == 0 ? std::error_code() : system_code(*cause);
}

// Remembers that its hook ended a look-up, so that this is not taken for the failure of one
// attempt.
class noting_hook final : public blocking_hook {
public:
    explicit noting_hook(blocking_hook* inner) noexcept : inner_(inner) {}

    void before_call() noexcept override { inner_->before_call(); }
    void after_call() noexcept override { inner_->after_call(); }
    std::error_code interrupted() noexcept override { return said_ = inner_->interrupted(); }

    std::error_code said() const noexcept { return said_; }

private:
    blocking_hook* inner_;
    std::error_code said_ = {};
};

// A signal does not undo a connection either.
bool is_under_way(std::error_code cause) noexcept {
    return cause == system_code(EINPROGRESS) || cause == system_code(EINTR);
}

}  // namespace

std::int64_t monotonic_now() noexcept {
    ::timespec now{};
    sys::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

result<socket> socket_for(const address_info& target, int type_flags,
                          const connect_options& options, deadline until) noexcept {
    auto made = socket::try_make(target.family, target.type | type_flags, target.proto);
    if (!made || !options.source_address) return made;
    const auto source =
        resolve_one(*options.source_address, target.family, target.type, target.proto,
                    {.until = until, .hook = options.hook, .through = options.through}, "bind");
    if (!source) return std::unexpected(source.error());
    if (const auto bound = made->try_bind(*source); !bound) return std::unexpected(bound.error());
    return made;
}

connect_attempts::connect_attempts(std::span<const address_info> targets,
                                   const connect_options& options, deadline until)
    : targets_(targets),
      options_(options),
      until_(until),
      race_(targets.size(), delay_of(options), until.monotonic_ns()) {}

std::expected<socket, std::error_code> connect_attempts::run() {
    using enum connection_race::action::kind;
    for (;;) {
        const auto action = race_.next(monotonic_now());
        switch (action.what) {
            case start:
                if (const std::error_code stop = this->start(action.index)) {
                    give_up(stop);
                    return std::unexpected(stop);
                }
                break;
            case wait:
                if (const std::error_code stop = this->wait(action.until)) {
                    give_up(stop);
                    return std::unexpected(stop);
                }
                break;
            case won:
                return std::move(attempts_[action.index].connection);
            case lost:
                return std::unexpected(last_cause_);
            case timed_out:
                give_up(errc::timed_out);
                return std::unexpected(make_error_code(errc::timed_out));
        }
    }
}

std::error_code connect_attempts::start(std::size_t index) {
    one& made = attempts_.emplace_back();
    made.started = monotonic_now();
    noting_hook noting(options_.hook);
    connect_options terms = options_;
    if (terms.hook != nullptr) terms.hook = &noting;
    auto fresh = socket_for(targets_[index], SOCK_NONBLOCK, terms, until_);
    if (noting.said()) return noting.said();
    if (!fresh) {
        end(index, fresh.error().code());
        return {};
    }
    made.connection = *std::move(fresh);
    const auto begun = made.connection.try_connect(targets_[index].address);
    if (begun)
        end(index, {});
    else if (!is_under_way(begun.error().code()))
        end(index, begun.error().code());
    return {};
}

void connect_attempts::end(std::size_t index, std::error_code cause) {
    one& ended = attempts_[index];
    ended.pending = false;
    ended.ended = monotonic_now();
    ended.cause = cause;
    if (!cause) return race_.succeeded(index);
    ended.connection = socket(closed);
    last_cause_ = cause;
    race_.failed(index);
}

void connect_attempts::give_up(std::error_code cause) {
    for (one& unfinished : attempts_) {
        if (!unfinished.pending) continue;
        unfinished.pending = false;
        unfinished.ended = monotonic_now();
        unfinished.cause = cause;
        unfinished.connection = socket(closed);
    }
}

// A socket that is ready has ended its attempt, one way or the other.
void connect_attempts::collect(std::size_t index) {
    end(index, verdict_on(attempts_[index].connection));
}

std::error_code connect_attempts::wait(std::int64_t until) {
    std::vector<::pollfd> fds;
    std::vector<std::size_t> owners;
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        if (!attempts_[i].pending) continue;
        fds.push_back({attempts_[i].connection.fileno(), POLLOUT, 0});
        owners.push_back(i);
    }
    const auto left = deadline::at(until).remaining();
    const std::int64_t ns = left.value_or(duration()).nanoseconds();
    const ::timespec limit{ns / 1'000'000'000, ns % 1'000'000'000};
    int ready = 0;
    int cause = 0;
    {
        const around_call hooked(options_.hook);
        ready = sys::ppoll(fds.data(), fds.size(), left ? &limit : nullptr, nullptr);
        cause = errno;
    }
    if (ready < 0 && cause != EINTR) return system_code(cause);
    if (ready < 0)
        return options_.hook != nullptr ? options_.hook->interrupted() : std::error_code();
    for (std::size_t i = 0; i < fds.size(); ++i)
        if (fds[i].revents != 0) collect(owners[i]);
    return {};
}

std::vector<attempt> connect_attempts::report() const {
    std::vector<attempt> all;
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        const one& made = attempts_[i];
        if (!made.pending)
            all.push_back({targets_[i].address, made.cause,
                           duration::from_nanoseconds(made.ended - made.started)});
    }
    return all;
}

}  // namespace priz::detail
