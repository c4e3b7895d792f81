#include "priz/tls/socket.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>
#include <utility>

#include "core/names.hpp"
#include "core/sys.hpp"
#include "core/sys_direct.hpp"
#include "core/timespec_of.hpp"
#include "priz/blocking_hook.hpp"
#include "priz/deadline.hpp"
#include "tls/causes.hpp"
#include "tls/session.hpp"

namespace priz::tls {

namespace detail {

// What a verb waits by: the socket's mode, with one deadline from the verb's beginning on.
class patience {
public:
    explicit patience(const priz::socket& s) noexcept : patience(s, s.gettimeout()) {}
    patience(const priz::socket& s, std::optional<duration> timeout) noexcept
        : socket_(s), timeout_(timeout), until_(deadline::after(timeout_)) {}

    // Waits for one of `events`; an empty code says: go on.
    std::error_code wait(short events) noexcept {
        if (timeout_ && timeout_->nanoseconds() == 0) return {EAGAIN, std::system_category()};
        blocking_hook* const hook = socket_.get_blocking_hook();
        for (;;) {
            if (until_.has_passed()) return priz::errc::timed_out;
            const auto left = until_.remaining();
            const ::timespec limit = priz::detail::timespec_of(left.value_or(duration()));
            ::pollfd one{socket_.fileno(), events, 0};
            if (one.fd < 0) return {EBADF, std::system_category()};
            if (hook != nullptr) hook->before_call();
            const int ready = sys::ppoll(&one, 1, left ? &limit : nullptr, nullptr);
            const int error = ready < 0 ? errno : 0;
            if (hook != nullptr) hook->after_call();
            if (ready > 0) return {};
            if (ready < 0 && error != EINTR) return {error, std::system_category()};
            if (error != EINTR || hook == nullptr) continue;
            if (const std::error_code stop = hook->interrupted()) return stop;
        }
    }

private:
    const priz::socket& socket_;
    std::optional<duration> timeout_;
    deadline until_;
};

enum class purpose { reading, writing };

class socket_state final : public wire {
public:
    explicit socket_state(priz::socket connected) noexcept : below(std::move(connected)) {}

    std::ptrdiff_t receive(void* target, std::size_t size) noexcept override {
        return again([&] { return sys::direct_recv(below.fileno(), target, size, MSG_DONTWAIT); });
    }
    std::ptrdiff_t send(const void* source, std::size_t size) noexcept override {
        return again([&] { return sys::direct_send(below.fileno(), source, size, MSG_DONTWAIT); });
    }

    // Runs `call` until it gives something else than -EAGAIN, and what it had to send is gone; its
    // outcome.
    template <class Call>
    result<std::size_t> run(const char* operation, patience& waits, purpose what,
                            Call&& call) noexcept;

    // Waits for what the TLS connection waits for. Who reads does so while something is left to be
    // sent: the peer may be waiting for that very thing.
    std::error_code wait(patience& waits, purpose what) noexcept {
        if (!tls->has_rest()) return waits.wait(POLLIN);
        const bool reads = what == purpose::reading && !tls->is_backed_up();
        return waits.wait(reads ? POLLIN | POLLOUT : POLLOUT);
    }
    // Sends what is left, as far as it may wait.
    result<std::size_t> flush(const char* operation, patience& waits) noexcept {
        return run(operation, waits, purpose::writing,
                   [&]() -> std::ptrdiff_t { return tls->flush(); });
    }

    failure why(std::error_code code, const char* operation) const noexcept;
    failure why(std::ptrdiff_t outcome, const char* operation) const noexcept {
        return why(std::error_code(static_cast<int>(-outcome), std::system_category()), operation);
    }

    priz::socket below;
    std::unique_ptr<session> tls;

private:
    template <class Call>
    static std::ptrdiff_t again(Call call) noexcept {
        std::ptrdiff_t outcome = call();
        while (outcome == -EINTR) outcome = call();
        return outcome;
    }
};

failure socket_state::why(std::error_code code, const char* operation) const noexcept {
    failure made(code, operation);
    if (made.would_block()) return made;
    const auto local = below.try_getsockname();
    const auto remote = below.try_getpeername();
    made.with(local ? &*local : nullptr, remote ? &*remote : nullptr);
    made.with_transport(priz::detail::transport_name(below.family(), below.type(), below.proto()));
    tls->explain(made);
    return made;
}

template <class Call>
result<std::size_t> socket_state::run(const char* operation, patience& waits, purpose what,
                                      Call&& call) noexcept {
    for (;;) {
        const std::ptrdiff_t outcome = call();
        if (outcome >= 0) return static_cast<std::size_t>(outcome);
        if (outcome != -EAGAIN) return std::unexpected(why(outcome, operation));
        if (tls->has_rest()) {
            const int flushed = tls->flush();
            if (flushed != 0 && flushed != -EAGAIN) return std::unexpected(why(flushed, operation));
        }
        if (const std::error_code verdict = wait(waits, what))
            return std::unexpected(why(verdict, operation));
    }
}

}  // namespace detail

using detail::patience;
using detail::purpose;
using detail::socket_state;

namespace {

result<std::unique_ptr<socket_state>> make(priz::socket connected, const context& with,
                                           detail::session_options options) {
    auto state = std::make_unique<socket_state>(std::move(connected));
    auto over = detail::session::make(with.native_state(), std::move(options), *state, "socket");
    if (!over) return std::unexpected(over.error());
    state->tls = *std::move(over);
    return state;
}

result<void> without_value(result<std::size_t>&& r) noexcept {
    if (!r) return std::unexpected(std::move(r).error());
    return {};
}

}  // namespace

socket::socket(std::unique_ptr<socket_state> state) noexcept : state_(std::move(state)) {}
socket::socket(socket&&) noexcept = default;
socket& socket::operator=(socket&& other) noexcept {
    if (this != &other) {
        close();
        state_ = std::move(other.state_);
    }
    return *this;
}
socket::~socket() { close(); }

result<socket> socket::try_wrap_client(priz::socket connected, const context& with,
                                       std::string_view server_name) noexcept try {
    auto made = make(std::move(connected), with, {.server_name = std::string(server_name)});
    if (!made) return std::unexpected(made.error());
    return socket(*std::move(made));
} catch (const std::bad_alloc&) {
    return detail::no_memory("socket");
}

result<socket> socket::try_wrap_server(priz::socket accepted, const context& with) noexcept try {
    auto made = make(std::move(accepted), with, {.is_server = true});
    if (!made) return std::unexpected(made.error());
    return socket(*std::move(made));
} catch (const std::bad_alloc&) {
    return detail::no_memory("socket");
}

namespace {

result<socket> with_handshake(result<socket> made) noexcept {
    if (!made) return made;
    if (const auto done = made->try_do_handshake(); !done) return std::unexpected(done.error());
    return made;
}

}  // namespace

result<socket> socket::try_client(priz::socket connected, const context& with,
                                  std::string_view server_name) noexcept {
    return with_handshake(try_wrap_client(std::move(connected), with, server_name));
}

result<socket> socket::try_server(priz::socket accepted, const context& with) noexcept {
    return with_handshake(try_wrap_server(std::move(accepted), with));
}

socket::socket(priz::socket connected, const context& with, std::string_view server_name)
    : socket(value_or_throw(try_client(std::move(connected), with, server_name))) {}

socket::socket(priz::socket accepted, const context& with)
    : socket(value_or_throw(try_server(std::move(accepted), with))) {}

namespace {

std::unexpected<failure> is_closed(const char* operation) noexcept {
    return std::unexpected(failure(std::error_code(EBADF, std::system_category()), operation));
}

}  // namespace

result<void> socket::try_do_handshake() noexcept {
    constexpr const char* op = "do_handshake";
    if (state_ == nullptr) return is_closed(op);
    patience waits(state_->below);
    auto done = state_->run(op, waits, purpose::reading,
                            [&]() -> std::ptrdiff_t { return state_->tls->handshake(); });
    if (!done) return std::unexpected(std::move(done).error());
    return without_value(state_->flush(op, waits));
}

void socket::do_handshake() { value_or_throw(try_do_handshake()); }

result<std::size_t> socket::try_recv_into(bytes_span target) noexcept {
    if (state_ == nullptr) return is_closed("recv");
    if (target.empty()) return 0;
    patience waits(state_->below);
    return state_->run("recv", waits, purpose::reading,
                       [&] { return state_->tls->read(target.data(), target.size(), false); });
}

std::size_t socket::recv_into(bytes_span target) { return value_or_throw(try_recv_into(target)); }

// A record is all that one read gives.
result<bytes> socket::try_recv(std::size_t size) noexcept try {
    constexpr std::size_t record = std::size_t{16} * 1024;
    bytes data;
    result<std::size_t> outcome;
    const std::size_t most = std::min(size, record);
    data.resize_and_overwrite(most, [&](char* target, std::size_t) {
        outcome = try_recv_into(bytes_span(target, most));
        return outcome.value_or(0);
    });
    if (!outcome) return std::unexpected(outcome.error());
    if (data.size() < data.capacity() / 2) data.shrink_to_fit();
    return data;
} catch (const std::bad_alloc&) {
    return detail::no_memory("recv");
}

bytes socket::recv(std::size_t size) { return value_or_throw(try_recv(size)); }

result<std::size_t> socket::try_send(bytes_view source) noexcept {
    if (state_ == nullptr) return is_closed("send");
    patience waits(state_->below);
    auto sent = state_->run("send", waits, purpose::writing,
                            [&] { return state_->tls->write(source.data(), source.size()); });
    if (!sent) return sent;
    const auto flushed = state_->flush("send", waits);
    if (flushed) return sent;
    // What is left of the record goes with the next verb where this one may not wait any more.
    failure why = flushed.error();
    if (why.would_block() || why.code() == priz::errc::timed_out) return sent;
    return std::unexpected(std::move(why.with_transferred(*sent)));
}

std::size_t socket::send(bytes_view source) { return value_or_throw(try_send(source)); }

result<void> socket::try_sendall(bytes_view source) noexcept {
    if (state_ == nullptr) return is_closed("sendall");
    patience waits(state_->below);
    std::size_t done = 0;
    const auto failed = [&](failure why) -> result<void> {
        if (done > 0) why.with_transferred(done);
        return std::unexpected(std::move(why));
    };
    while (done < source.size()) {
        const bytes_view rest = source.subview(done);
        const auto count = state_->run("sendall", waits, purpose::writing, [&] {
            return state_->tls->write(rest.data(), rest.size());
        });
        if (!count) return failed(count.error());
        done += *count;
    }
    const auto sent = state_->flush("sendall", waits);
    return sent ? result<void>() : failed(sent.error());
}

void socket::sendall(bytes_view source) { value_or_throw(try_sendall(source)); }

std::size_t socket::pending() const noexcept {
    return state_ != nullptr ? state_->tls->pending() : 0;
}

result<void> socket::try_shutdown_write() noexcept {
    constexpr const char* op = "shutdown_write";
    if (state_ == nullptr) return is_closed(op);
    patience waits(state_->below);
    if (const int outcome = state_->tls->end_writing(); outcome != 0)
        return std::unexpected(state_->why(outcome, op));
    return without_value(state_->flush(op, waits));
}

void socket::shutdown_write() { value_or_throw(try_shutdown_write()); }

result<priz::socket> socket::try_unwrap() noexcept {
    constexpr const char* op = "unwrap";
    if (state_ == nullptr) return is_closed(op);
    patience waits(state_->below);
    if (const int outcome = state_->tls->end_writing(); outcome != 0)
        return std::unexpected(state_->why(outcome, op));
    const auto flushed = state_->flush(op, waits);
    if (!flushed) return std::unexpected(flushed.error());
    char one = 0;
    const auto count = state_->run(op, waits, purpose::reading, [&]() -> std::ptrdiff_t {
        return state_->tls->read(&one, sizeof one, true);
    });
    if (!count) return std::unexpected(count.error());
    if (*count > 0)
        return std::unexpected(state_->why(make_error_code(errc::protocol_error), op)
                                   .with_hint("the peer has sent data instead"));
    priz::socket below = std::move(state_->below);
    state_.reset();
    return below;
}

priz::socket socket::unwrap() { return value_or_throw(try_unwrap()); }

void socket::close() noexcept {
    if (state_ == nullptr) return;
    if (state_->tls->is_set_up() && state_->tls->end_writing() == 0) {
        // A peer that does not read learns from the end of the connection.
        constexpr duration most = 30.0;
        patience waits(state_->below, std::min(state_->below.gettimeout().value_or(most), most));
        const auto flushed = state_->flush("close", waits);
        // Messages of the protocol's own (a server's tickets) that nobody took would make this a
        // reset, which may destroy what the peer has not read yet.
        char one = 0;
        if (flushed) state_->tls->read(&one, sizeof one, true);
    }
    state_.reset();
}

// Of what was closed: a socket that holds nothing, which no verb can change.
const priz::socket& socket::below() const noexcept {
    static const priz::socket none(closed);
    return state_ != nullptr ? state_->below : none;
}

priz::socket& socket::below() noexcept {
    static priz::socket none(closed);
    return state_ != nullptr ? state_->below : none;
}

connection_info socket::info() const {
    return state_ != nullptr ? state_->tls->info() : connection_info();
}

}  // namespace priz::tls
