#include "priz/io/detail/socket_waits.hpp"

#include <algorithm>
#include <cstring>

#include "io/backend.hpp"
#include "io/socket_calls.hpp"
#include "io/wait_outcome.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

namespace {

// Before its call: true when the outcome is known already.
inline bool check(socket_wait& w, bool is_busy) noexcept {
    if (w.where->has(endpoint::closed)) return w.end(EBADF);
    if (w.where->loop->is_cancelled()) return w.end(ECANCELED);
    if (is_busy) return w.end(EBUSY);
    return false;
}

inline bool check_reading(socket_wait& w) noexcept {
    if (w.where == nullptr) return w.end(EBADF);
    return check(w, w.where->reader != nullptr);
}

inline bool check_writing(socket_wait& w) noexcept {
    if (w.where == nullptr) return w.end(EBADF);
    return check(w, w.where->has(endpoint::has_writer));
}

inline bool may_call_for(const endpoint& e, endpoint::flag f) noexcept {
    return (e.flags & (f | endpoint::has_ended)) != 0;
}

void yield(socket_wait& w, std::coroutine_handle<> self) noexcept {
    loop_core& loop = *w.where->loop;
    loop.ready.push(self, loop.current);
}

// Asks the backend for reports; false when it has none to give, and the wait ends.
[[gnu::noinline]] bool watch(socket_wait& w, bool writing) noexcept {
    endpoint& e = *w.where;
    const int error = e.has(endpoint::has_transport) ? 0 : e.loop->kernel->watch(e, writing);
    if (error == 0) return true;
    if (writing)
        e.drop_writer();
    else
        e.reader = nullptr;
    w.unlink();
    w.error = -error;
    return false;
}

inline bool wait_for_reading(socket_wait& w, std::coroutine_handle<> self) noexcept {
    endpoint& e = *w.where;
    e.loop->park(w, self);
    e.reader = &w;
    if (e.has(endpoint::watched_in)) [[likely]]
        return true;
    return watch(w, false);
}

inline bool wait_for_writing(socket_wait& w, std::coroutine_handle<> self) noexcept {
    endpoint& e = *w.where;
    e.loop->park(w, self);
    e.set_writer(w);
    return e.has(endpoint::watched_out) || watch(w, true);
}

void withdraw(waiter& w) noexcept {
    auto& mine = static_cast<socket_wait&>(w);
    mine.error = ECANCELED;
    mine.where->loop->make_ready_unlinked(mine);
}

}  // namespace

failure socket_wait::why(const char* operation, std::size_t transferred) const noexcept {
    failure told = failure_of(where, error, operation);
    if (transferred != 0) told.with_transferred(transferred);
    return told;
}

bool check_reader(socket_wait& w, bool& may_call) noexcept {
    if (check_reading(w)) return true;
    may_call = may_call_for(*w.where, endpoint::may_read);
    return false;
}

bool check_writer(socket_wait& w, bool& may_call) noexcept {
    if (check_writing(w)) return true;
    may_call = may_call_for(*w.where, endpoint::may_write);
    return false;
}

bool suspend_reader(socket_wait& w, std::coroutine_handle<> self) noexcept {
    if (!w.is_done()) [[likely]]
        return wait_for_reading(w, self);
    yield(w, self);
    return true;
}

bool suspend_writer(socket_wait& w, std::coroutine_handle<> self) noexcept {
    if (!w.is_done()) [[likely]]
        return wait_for_writing(w, self);
    yield(w, self);
    return true;
}

void withdraw_reader(waiter& w) noexcept {
    static_cast<socket_wait&>(w).where->reader = nullptr;
    withdraw(w);
}

void socket_wait::withdraw_writing(waiter& w) noexcept {
    static_cast<socket_wait&>(w).where->drop_writer();
    withdraw(w);
}

bool may_go_on(endpoint& e) noexcept { return e.loop->may_go_on(); }

constexpr waiter_kind recv_wait::kind_of_wait{proceed, withdraw_reader};
constexpr waiter_kind recv_wait::kind_of_plain_wait{proceed_plainly, withdraw_reader};

bool recv_wait::suspend_otherwise(std::coroutine_handle<> self) noexcept {
    kind = &kind_of_wait;
    error = pending;
    if (check_reading(*this)) return false;
    if (may_call_for(*where, endpoint::may_read) && attempt() && where->loop->may_go_on())
        return false;
    return suspend_reader(*this, self);
}

void recv_wait::proceed(waiter& w) {
    auto& mine = static_cast<recv_wait&>(w);
    if (!mine.attempt()) return;
    mine.where->reader = nullptr;
    mine.where->loop->resume(mine);
}

// The way of a message into a server, so that every instruction counts: the block is taken from the
// pool only when there is something in it, a receive that did not fill it has emptied the socket,
// and whatever is out of the ordinary is left to another function.
void recv_wait::proceed_plainly(waiter& w) {
    auto& mine = static_cast<recv_wait&>(w);
    block* const next = mine.where->loop->buffers.next();
    if (next == nullptr) [[unlikely]]
        return proceed(w);
    char* const memory = next->memory;
    const std::size_t room = mine.size;
    const std::ptrdiff_t outcome = sys::direct_recv(mine.where->fd, memory, room, MSG_DONTWAIT);
    if (outcome <= 0) [[unlikely]]
        return proceed_after(mine, outcome);
    const auto count = static_cast<std::size_t>(outcome);
    endpoint& e = *mine.where;
    loop_core& loop = *e.loop;
    loop.buffers.take(*next);
    e.reader = nullptr;
    if (count < room) e.unset(endpoint::may_read);
    mine.lent = next;
    mine.data = memory;
    mine.size = count;
    mine.error = 0;
    loop.resume(mine);
}

bool recv_wait::give(endpoint& e, const void* bytes, std::size_t count) noexcept {
    auto& mine = static_cast<recv_wait&>(*e.reader);
    if (count > mine.size) return false;
    block* const buffer = e.loop->buffers.take();
    if (buffer == nullptr) return false;
    std::memcpy(buffer->memory, bytes, count);
    e.reader = nullptr;
    mine.lent = buffer;
    mine.data = buffer->memory;
    mine.size = count;
    mine.error = 0;
    e.loop->resume(mine);
    return true;
}

void recv_wait::proceed_after(recv_wait& mine, std::ptrdiff_t outcome) {
    if (outcome == -EINTR) return proceed(mine);
    if (!mine.took_none(outcome)) return;
    mine.where->reader = nullptr;
    mine.where->loop->resume(mine);
}

// Some bytes came.
inline void recv_wait::take(block& filled, std::size_t count) noexcept {
    endpoint& e = *where;
    e.reader = nullptr;
    if (count < size && e.has(endpoint::short_is_empty)) e.unset(endpoint::may_read);
    lent = &filled;
    data = filled.memory;
    size = count;
    error = 0;
}

bool recv_wait::took_none(std::ptrdiff_t outcome) noexcept {
    lent = nullptr;
    data = nullptr;
    if (outcome == 0) size = 0;
    return took(*this, outcome, 0);
}

bool recv_wait::attempt() noexcept {
    endpoint& e = *where;
    block* const buffer = e.loop->buffers.take();
    if (buffer == nullptr) [[unlikely]]
        return end(ENOMEM);
    const std::ptrdiff_t outcome = recv_now(e, buffer->memory, size, 0);
    if (outcome <= 0) {
        buffer->release();
        return took_none(outcome);
    }
    take(*buffer, static_cast<std::size_t>(outcome));
    return true;
}

bool recv_into_wait::attempt() noexcept {
    const std::ptrdiff_t outcome = recv_now(*where, target.data(), target.size(), flags);
    if (outcome >= 0) count = static_cast<std::size_t>(outcome);
    // Urgent data, or its absence, says nothing of the rest.
    const bool is_urgent = (flags & MSG_OOB) != 0;
    if (is_urgent && is_would_block(outcome)) return false;
    // What was only looked at is still there.
    return took(*this, outcome, is_urgent || (flags & MSG_PEEK) != 0 ? 0 : target.size());
}

bool recv_exactly_wait::attempt() noexcept {
    while (count < target.size()) {
        const bytes_span rest = target.subspan(count);
        const std::ptrdiff_t outcome = recv_now(*where, rest.data(), rest.size(), 0);
        if (outcome == 0) return end(ENODATA);
        if (!took(*this, outcome, rest.size())) return false;
        if (error != 0) return true;
        count += static_cast<std::size_t>(outcome);
        error = pending;
        const bool is_empty = (where->flags & (endpoint::may_read | endpoint::has_ended)) == 0;
        if (is_empty && count < target.size()) return false;
    }
    return end(0);
}

bool send_wait::attempt() noexcept {
    const std::ptrdiff_t outcome = send_now(*where, source.data(), source.size(), flags);
    if (outcome < 0) return refused(*this, outcome);
    count = static_cast<std::size_t>(outcome);
    return end(0);
}

constexpr waiter_kind sendall_wait::kind_of_wait{proceed, withdraw_writing};

bool sendall_wait::begin_otherwise() noexcept {
    count = 0;
    error = pending;
    if (check_writing(*this)) return true;
    return may_call_for(*where, endpoint::may_write) && attempt() && where->loop->may_go_on();
}

bool sendall_wait::begin_after(std::ptrdiff_t outcome) noexcept {
    count = 0;
    error = pending;
    // What receives ahead for it may know better.
    const bool is_final = outcome < 0 && outcome != -EINTR && where->via == nullptr;
    if (is_final) return refused(*this, outcome);
    if (outcome > 0) count = static_cast<std::size_t>(outcome);
    return attempt() && where->loop->may_go_on();
}

bool sendall_wait::suspend(std::coroutine_handle<> self) noexcept {
    kind = &kind_of_wait;
    return suspend_writer(*this, self);
}

void sendall_wait::proceed(waiter& w) {
    auto& mine = static_cast<sendall_wait&>(w);
    if (!mine.attempt()) return;
    mine.where->drop_writer();
    mine.where->loop->resume(w);
}

bool sendall_wait::attempt() noexcept {
    do {
        const bytes_view rest = source.subview(count);
        const std::ptrdiff_t outcome = send_now(*where, rest.data(), rest.size(), 0);
        if (outcome < 0) return refused(*this, outcome);
        count += static_cast<std::size_t>(outcome);
    } while (count < source.size());
    return end(0);
}

std::ptrdiff_t send_at_once(int fd, const void* source, std::size_t size) noexcept {
    return sys::direct_send(fd, source, size, MSG_DONTWAIT);
}

bool shutdown_wait::attempt() noexcept {
    const int outcome = shutdown_now(*where, how);
    return outcome < 0 ? refused(*this, outcome) : end(0);
}

bool connect_wait::attempt() noexcept {
    if (has_begun) {
        int cause = 0;
        ::socklen_t size = sizeof cause;
        const int outcome = getsockopt_now(*where, SOL_SOCKET, SO_ERROR, &cause, size);
        if (outcome < 0) return end(-outcome);
        if (cause != 0) return end(cause);
        // Readiness that is older than the connection says nothing about it.
        address peer;
        if (getname_now(*where, true, peer) == 0) return end(0);
        where->unset(endpoint::may_write);
        return false;
    }
    where->peer.remember(*remote);
    const int outcome = connect_now(*where, *remote);
    if (outcome == -EINPROGRESS || outcome == -EINTR) {
        has_begun = true;
        where->unset(endpoint::may_write);
        return false;
    }
    return end(-outcome);
}

bool accept_wait::attempt() noexcept {
    const int outcome = accept_now(*where, made);
    if (is_would_block(outcome)) {
        where->unset(endpoint::may_read);
        return false;
    }
    return end(-outcome);
}

}  // namespace priz::io::detail
