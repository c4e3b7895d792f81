#include "tls/stream_transport.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "io/backend.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::tls::detail {

using io::detail::endpoint;
using io::detail::loop_core;

constexpr io::detail::waiter_kind stream_transport::readable{on_readable, nullptr};
constexpr io::detail::waiter_kind stream_transport::writable{on_writable, nullptr};
constexpr io::detail::waiter_kind stream_transport::lasting{nullptr, on_loops_end};

stream_transport::stream_transport(io::stream below) noexcept
    : below_(std::move(below)),
      beneath_(*below_.native_endpoint()),
      reader_(readable, *this),
      writer_(writable, *this),
      leaver_(lasting, *this),
      farewell_(*this) {}

result<std::unique_ptr<stream_transport>> stream_transport::make(
    io::stream below, std::shared_ptr<context_state> with, session_options options,
    const char* operation) {
    if (!below)
        return std::unexpected(failure(std::error_code(EBADF, std::system_category()), operation));
    std::unique_ptr<stream_transport> made(new stream_transport(std::move(below)));
    options.reads_ahead = true;
    auto over = session::make(std::move(with), std::move(options), *made, operation);
    if (!over) return std::unexpected(over.error());
    made->session_ = *std::move(over);
    return made;
}

io::stream stream_transport::open(std::unique_ptr<stream_transport> made) {
    endpoint& e = made->beneath_.loop->new_endpoint(-1, made.get());
    e.peer = made->beneath_.peer;
    made->mine_ = &e;
    if (made->session_->has_rest()) made->wait_to_write();
    static_cast<void>(made.release());
    return io::stream(&e);
}

const stream_transport* stream_transport::of(const io::stream& s) noexcept {
    const endpoint* const e = s.native_endpoint();
    if (e == nullptr || !e->has(endpoint::has_transport)) return nullptr;
    return dynamic_cast<const stream_transport*>(e->via);
}

// What is known to be empty is not asked.
std::ptrdiff_t stream_transport::receive(void* target, std::size_t size) noexcept {
    if ((beneath_.flags & (endpoint::may_read | endpoint::has_ended)) == 0) return -EAGAIN;
    const std::ptrdiff_t count = io::detail::recv_now(beneath_, target, size, 0);
    const bool is_short = count >= 0 && static_cast<std::size_t>(count) < size;
    if (count == -EAGAIN || (is_short && beneath_.has(endpoint::short_is_empty)))
        beneath_.unset(endpoint::may_read);
    return count;
}

std::ptrdiff_t stream_transport::send(const void* source, std::size_t size) noexcept {
    if ((beneath_.flags & (endpoint::may_write | endpoint::has_ended)) == 0) return -EAGAIN;
    const std::ptrdiff_t count = io::detail::send_now(beneath_, source, size, 0);
    if (count == -EAGAIN) beneath_.unset(endpoint::may_write);
    return count;
}

std::ptrdiff_t stream_transport::recvmsg(endpoint&, ::msghdr& message, int flags) noexcept {
    message.msg_flags = 0;
    message.msg_controllen = 0;
    if ((flags & MSG_OOB) != 0) return -EINVAL;
    // A peer that makes us answer, and does not read, is not read either: the session sees to it.
    if (session_->is_backed_up()) static_cast<void>(session_->flush());
    const std::ptrdiff_t outcome = fill(message, (flags & MSG_PEEK) != 0);
    if (session_->has_rest()) wait_to_write();
    // The message that a write waited for may be whole now.
    if (write_wants_read_ && (outcome != -EAGAIN || !session_->is_amid_message())) {
        write_wants_read_ = false;
        report_later(endpoint::may_write);
    }
    if (outcome != -EAGAIN) return outcome;
    if (watch_error_ != 0) return -watch_error_;
    if (is_shut_for_reading_) return 0;
    if (session_->is_backed_up())
        reading_is_held_ = true;
    else
        wait_to_read();
    return -EAGAIN;
}

// As much as is here without asking below once more. What goes wrong behind some bytes is told by
// the next call.
std::ptrdiff_t stream_transport::fill(::msghdr& message, bool looks_only) noexcept {
    std::ptrdiff_t sum = 0;
    for (const ::iovec& part : std::span(message.msg_iov, message.msg_iovlen)) {
        std::size_t done = 0;
        while (done < part.iov_len) {
            if (sum > 0 && (looks_only || !session_->has_pending())) return sum;
            const std::ptrdiff_t count = session_->read(static_cast<char*>(part.iov_base) + done,
                                                        part.iov_len - done, looks_only);
            if (count <= 0) return sum > 0 ? sum : count;
            done += static_cast<std::size_t>(count);
            sum += count;
        }
    }
    return sum;
}

std::ptrdiff_t stream_transport::sendmsg(endpoint&, const ::msghdr& message, int flags) noexcept {
    if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
    if (watch_error_ != 0) return -watch_error_;
    const std::ptrdiff_t outcome = take(message);
    if (session_->has_rest()) {
        wait_to_write();
    } else if (outcome == -EAGAIN) {
        write_wants_read_ = true;
        wait_to_read();
    }
    return outcome;
}

std::ptrdiff_t stream_transport::take(const ::msghdr& message) noexcept {
    std::ptrdiff_t sum = 0;
    for (const ::iovec& part : std::span(message.msg_iov, message.msg_iovlen)) {
        std::size_t done = 0;
        do {
            const std::ptrdiff_t count = session_->write(
                static_cast<const char*>(part.iov_base) + done, part.iov_len - done);
            if (count < 0) return sum > 0 ? sum : count;
            done += static_cast<std::size_t>(count);
            sum += count;
        } while (done < part.iov_len);
    }
    return sum;
}

int stream_transport::shutdown(endpoint&, int how) noexcept {
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
    if (how != SHUT_RD) {
        const bool is_last = !session_->has_ended_writing() && session_->has_peer_ended();
        if (is_last && error_before_goodbye_ < 0) error_before_goodbye_ = error_below();
        if (const int outcome = session_->end_writing(); outcome != 0) return outcome;
        if (session_->has_rest()) wait_to_write();
    }
    if (how != SHUT_WR) {
        is_shut_for_reading_ = true;
        report_later(endpoint::may_read);
    }
    return 0;
}

int stream_transport::getname(endpoint&, bool peer, address& name) noexcept {
    return io::detail::getname_now(beneath_, peer, name);
}

int stream_transport::error_below() noexcept {
    int error = 0;
    ::socklen_t size = sizeof error;
    const int outcome = io::detail::getsockopt_now(beneath_, SOL_SOCKET, SO_ERROR, &error, size);
    return outcome == 0 ? error : 0;
}

// A peer that has ended the stream may be gone before our close_notify arrives, and most are: that
// this was refused is no failure.
int stream_transport::getsockopt(endpoint&, int level, int option, void* value,
                                 ::socklen_t& size) noexcept {
    if (level == SOL_SOCKET && option == SO_ERROR && error_before_goodbye_ >= 0) {
        size = std::min<::socklen_t>(size, sizeof error_before_goodbye_);
        std::memcpy(value, &error_before_goodbye_, size);
        error_before_goodbye_ = 0;
        return 0;
    }
    return io::detail::getsockopt_now(beneath_, level, option, value, size);
}

int stream_transport::setsockopt(endpoint&, int level, int option, const void* value,
                                 ::socklen_t size) noexcept {
    const int outcome = io::detail::setsockopt_now(beneath_, level, option, value, size);
    if (outcome == 0 && level == SOL_SOCKET && option == SO_LINGER) {
        ::linger wanted{};
        std::memcpy(&wanted, value, std::min<std::size_t>(size, sizeof wanted));
        resets_on_close_ = wanted.l_onoff != 0 && wanted.l_linger == 0;
    }
    return outcome;
}

// What failed is this layer, or one below it.
void stream_transport::explain(endpoint&, failure& why) noexcept {
    session_->explain(why);
    if (beneath_.has(endpoint::has_transport)) beneath_.via->explain(beneath_, why);
}

// What was reported already is not reported again: where the session has stopped although there may
// be more, it has its next turn when others have had theirs.
void stream_transport::wait_to_read() noexcept {
    if (beneath_.has(endpoint::may_read)) {
        const int for_writer = write_wants_read_ ? endpoint::may_write : 0;
        write_wants_read_ = false;
        return report_later(endpoint::may_read | for_writer);
    }
    beneath_.reader = &reader_;
    watch(false);
}

void stream_transport::wait_to_write() noexcept {
    beneath_.set_writer(writer_);
    watch(true);
}

void stream_transport::watch(bool writing) noexcept {
    if (beneath_.has(endpoint::has_transport)) return;
    if (beneath_.has(writing ? endpoint::watched_out : endpoint::watched_in)) return;
    const int error = beneath_.loop->kernel->watch(beneath_, writing);
    if (error == 0) return;
    watch_error_ = -error;
    report_later(endpoint::may_read | endpoint::may_write);
}

void stream_transport::report_later(int news) noexcept {
    if (mine_ != nullptr) mine_->loop->report_later(*mine_, news);
}

// Whoever is told may close the stream, and this object is gone.
void stream_transport::on_readable(io::detail::waiter& w) {
    stream_transport& self = static_cast<below_waiter&>(w).whose;
    self.beneath_.reader = nullptr;
    if (self.mine_ == nullptr) return self.take_tickets();
    const int for_writer = self.write_wants_read_ ? endpoint::may_write : 0;
    self.write_wants_read_ = false;
    loop_core::report(*self.mine_, endpoint::may_read | for_writer);
}

void stream_transport::on_writable(io::detail::waiter& w) {
    stream_transport& self = static_cast<below_waiter&>(w).whose;
    self.beneath_.drop_writer();
    const int outcome = self.session_->flush();
    if (outcome == -EAGAIN) self.wait_to_write();
    if (self.mine_ == nullptr) {
        if (outcome != -EAGAIN) self.end();
        return;
    }
    int news = outcome == -EAGAIN ? 0 : endpoint::may_write;
    if (self.reading_is_held_ && !self.session_->is_backed_up()) {
        self.reading_is_held_ = false;
        news |= endpoint::may_read;
    }
    if (news != 0) loop_core::report(*self.mine_, news);
}

void stream_transport::stop_waiting() noexcept {
    if (beneath_.reader == &reader_) beneath_.reader = nullptr;
    if (beneath_.has(endpoint::has_writer) && beneath_.writer == &writer_) beneath_.drop_writer();
}

// Whether bytes have come that nobody took. Messages of the protocol's own (a server's tickets) are
// taken by looking: unread, they would make the close below a reset. What is below is asked
// although it was empty before, for the loop may not have had time to tell.
bool stream_transport::has_unread() noexcept {
    beneath_.set(endpoint::may_read);
    char one = 0;
    return !session_->has_failed() && session_->read(&one, sizeof one, true) > 0;
}

void stream_transport::reset_below() noexcept {
    const ::linger at_once{.l_onoff = 1, .l_linger = 0};
    // Where the stream below cannot be reset, its end without close_notify tells the peer.
    static_cast<void>(
        io::detail::setsockopt_now(beneath_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
}

void stream_transport::close(endpoint&) noexcept {
    mine_ = nullptr;
    stop_waiting();
    if (resets_on_close_ || has_unread()) return abandon();
    if (session_->end_writing() == 0 && session_->has_rest() && session_->flush() == -EAGAIN) {
        if (leave(farewell_ns)) return wait_to_leave(true);
        delete this;
        return;
    }
    take_leave();
}

// All is sent that was left.
void stream_transport::end() noexcept {
    if (has_unread()) return abandon();
    take_leave();
}

void stream_transport::abandon() noexcept {
    reset_below();
    delete this;
}

// Where tickets are still on their way the end is told below too, and they are waited for.
void stream_transport::take_leave() noexcept {
    if (session_->may_get_tickets() && leave(tickets_ns) &&
        io::detail::shutdown_now(beneath_, SHUT_WR) == 0)
        return wait_to_leave(false);
    delete this;
}

// Whether this object may live on without its endpoint.
bool stream_transport::leave(std::int64_t limit_ns) noexcept try {
    loop_core& loop = *beneath_.loop;
    if (is_leaving_) {
        loop.timers.disarm(farewell_);
    } else {
        loop.outlast(leaver_);
        is_leaving_ = true;
    }
    loop.timers.arm(farewell_, loop.now() + limit_ns);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void stream_transport::wait_to_leave(bool writing) noexcept {
    if (writing) {
        wait_to_write();
    } else {
        beneath_.unset(endpoint::may_read);
        wait_to_read();
    }
    if (watch_error_ != 0) delete this;
}

// The peer's end ends it, and whatever it sends that is no ticket.
void stream_transport::take_tickets() noexcept {
    if (has_unread()) return abandon();
    if (!session_->has_failed() && !session_->has_peer_ended()) return wait_to_leave(false);
    delete this;
}

stream_transport::~stream_transport() {
    stop_waiting();
    if (!is_leaving_) return;
    leaver_.unlink();
    beneath_.loop->timers.disarm(farewell_);
}

void stream_transport::on_farewell(io::detail::timer& t) noexcept {
    delete &static_cast<farewell_timer&>(t).whose;
}

void stream_transport::on_loops_end(io::detail::waiter& w) noexcept {
    stream_transport& self = static_cast<below_waiter&>(w).whose;
    // Whoever withdraws a waiter has unlinked it.
    self.leaver_.before = self.leaver_.after = &self.leaver_;
    delete &self;
}

}  // namespace priz::tls::detail
