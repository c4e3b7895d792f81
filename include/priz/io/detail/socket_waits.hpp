// priz/io/detail/socket_waits.hpp: the verbs of sockets, as awaited.
//
// Each verb is a class that knows how to make its call (attempt), and what its value is. Two
// templates at the end make of each what programs await: one that throws, and its try_ twin. A verb
// may be moved until it is awaited.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <cstdint>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/endpoint.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

// What all of them share. `error` is an errno value, ECANCELED for a cancellation.
struct PRIZ_API socket_wait : waiter {
    static constexpr std::int32_t pending = -1;

    // `error` is set by the verb's beginning.
    explicit socket_wait(endpoint* e) noexcept : where(e) {}
    socket_wait(const waiter_kind& what, endpoint* e) noexcept
        : waiter(what), where(e), error(pending) {}

    endpoint* where;
    std::int32_t error;

    bool is_done() const noexcept { return error != pending; }
    bool end(int with) noexcept {
        error = with;
        return true;
    }
    failure why(const char* operation, std::size_t transferred = 0) const noexcept;

    // For waiter_kind::withdraw of what waits to be able to send.
    static void withdraw_writing(waiter& w) noexcept;
};

// Before its call: true when the outcome is known already. Otherwise `may_call` says whether the
// call can be expected to get anywhere.
PRIZ_API bool check_reader(socket_wait& w, bool& may_call) noexcept;
PRIZ_API bool check_writer(socket_wait& w, bool& may_call) noexcept;
// Waits for readiness; or, when the verb is done, lets others go first. False when it cannot wait.
PRIZ_API bool suspend_reader(socket_wait& w, std::coroutine_handle<> self) noexcept;
PRIZ_API bool suspend_writer(socket_wait& w, std::coroutine_handle<> self) noexcept;
PRIZ_API void withdraw_reader(waiter& w) noexcept;
PRIZ_API bool may_go_on(endpoint& e) noexcept;

template <class Verb>
struct reading : socket_wait {
    explicit reading(endpoint* e) noexcept : socket_wait(kind_of_wait, e) {}

    bool begin() noexcept {
        bool may_call = false;
        if (check_reader(*this, may_call)) return true;
        return may_call && static_cast<Verb&>(*this).attempt() && may_go_on(*where);
    }
    bool suspend(std::coroutine_handle<> self) noexcept { return suspend_reader(*this, self); }

private:
    static void proceed(waiter& w) {
        auto& mine = static_cast<Verb&>(w);
        if (!mine.attempt()) return;
        mine.where->reader = nullptr;
        mine.where->loop->resume(w);
    }
    static constexpr waiter_kind kind_of_wait{proceed, withdraw_reader};
};

template <class Verb, class Base = socket_wait>
struct writing : Base {
    explicit writing(endpoint* e) noexcept : Base(kind_of_wait, e) {}

    bool begin() noexcept {
        bool may_call = false;
        if (check_writer(*this, may_call)) return true;
        return may_call && static_cast<Verb&>(*this).attempt() && may_go_on(*this->where);
    }
    bool suspend(std::coroutine_handle<> self) noexcept { return suspend_writer(*this, self); }

private:
    static void proceed(waiter& w) {
        auto& mine = static_cast<Verb&>(w);
        if (!mine.attempt()) return;
        mine.where->drop_writer();
        mine.where->loop->resume(w);
    }
    static constexpr waiter_kind kind_of_wait{proceed, Base::withdraw_writing};
};

// recv() on a lent buffer. This and sendall are what a server does for each message: what they do
// when all is well is compiled into the coroutine.
struct PRIZ_API recv_wait : socket_wait {
    static constexpr const char* operation = "recv";
    using value_type = chunk;

    recv_wait(endpoint* e, std::size_t most) noexcept
        : socket_wait(e), size(most < block_pool::block_size ? most : block_pool::block_size) {}

    // All of it is in suspend(): what waits most often is not asked twice. A connection of TCP
    // that was found empty is waited for without asking further.
    bool begin() const noexcept { return false; }
    bool suspend(std::coroutine_handle<> self) noexcept {
        constexpr int asked = endpoint::may_read | endpoint::short_is_empty | endpoint::has_ended |
                              endpoint::closed | endpoint::has_transport | endpoint::watched_in;
        constexpr int is_empty = endpoint::short_is_empty | endpoint::watched_in;
        endpoint* const e = where;
        const bool has_to_wait = e != nullptr && (e->flags & asked) == is_empty &&
                                 e->reader == nullptr && e->loop->verbs_left > 0;
        if (!has_to_wait) [[unlikely]]
            return suspend_otherwise(self);
        kind = &kind_of_plain_wait;
        e->reader = this;
        e->loop->park(*this, self);
        return true;
    }
    chunk value() noexcept { return chunk(lent, data, size); }
    std::size_t transferred() const noexcept { return 0; }

    // Whether it is a recv() that waits there.
    static bool waits_for(const endpoint& e) noexcept {
        return e.reader != nullptr && e.reader->kind == &kind_of_wait;
    }
    // Gives it bytes that have been received already, and lets its coroutine go on. False where it
    // does not take them: they are more than it asked for, or memory has run out.
    static bool give(endpoint& e, const void* bytes, std::size_t count) noexcept;

    block* lent;  // this and `data` are set when it is done
    const char* data;
    std::size_t size;  // at most; afterwards, how many bytes came

private:
    bool suspend_otherwise(std::coroutine_handle<> self) noexcept;
    bool attempt() noexcept;
    void take(block& filled, std::size_t count) noexcept;
    bool took_none(std::ptrdiff_t outcome) noexcept;
    static void proceed(waiter& w);
    static void proceed_plainly(waiter& w);
    static void proceed_after(recv_wait& mine, std::ptrdiff_t outcome);
    static const waiter_kind kind_of_wait;
    static const waiter_kind kind_of_plain_wait;
};

struct PRIZ_API recv_into_wait : reading<recv_into_wait> {
    static constexpr const char* operation = "recv_into";
    using value_type = std::size_t;

    recv_into_wait(endpoint* e, bytes_span into, int with) noexcept
        : reading(e), target(into), flags(with) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    bytes_span target;
    std::size_t count = 0;
    int flags;
};

struct PRIZ_API recv_exactly_wait : reading<recv_exactly_wait> {
    static constexpr const char* operation = "recv_exactly";
    using value_type = void;

    recv_exactly_wait(endpoint* e, bytes_span into) noexcept : reading(e), target(into) {}
    // Nothing has come already.
    bool begin() noexcept {
        bool may_call = false;
        if (check_reader(*this, may_call)) return true;
        return (may_call || target.empty()) && attempt() && may_go_on(*where);
    }
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return count; }

    bytes_span target;
    std::size_t count = 0;
};

struct PRIZ_API send_wait : writing<send_wait> {
    static constexpr const char* operation = "send";
    using value_type = std::size_t;

    send_wait(endpoint* e, bytes_view from, int with) noexcept
        : writing(e), source(from), flags(with) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    bytes_view source;
    std::size_t count = 0;
    int flags;
};

// send(2) without waiting, on the kernel's socket; a negative errno.
PRIZ_API std::ptrdiff_t send_at_once(int fd, const void* source, std::size_t size) noexcept;

struct PRIZ_API sendall_wait : socket_wait {
    static constexpr const char* operation = "sendall";
    using value_type = void;

    sendall_wait(endpoint* e, bytes_view from) noexcept : socket_wait(e), source(from) {}

    bool begin() noexcept {
        constexpr int otherwise = endpoint::closed | endpoint::has_transport | endpoint::has_writer;
        const bool is_plain =
            where != nullptr && (where->flags & otherwise) == 0 && where->loop->may_go_on();
        if (!is_plain) [[unlikely]]
            return begin_otherwise();
        const std::ptrdiff_t outcome = send_at_once(where->fd, source.data(), source.size());
        if (outcome != static_cast<std::ptrdiff_t>(source.size())) [[unlikely]]
            return begin_after(outcome);
        error = 0;
        return true;
    }
    bool suspend(std::coroutine_handle<> self) noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return count; }

    bytes_view source;
    std::size_t count;  // sent so far; set when not all went at once

private:
    bool begin_otherwise() noexcept;
    bool begin_after(std::ptrdiff_t outcome) noexcept;
    bool attempt() noexcept;
    static void proceed(waiter& w);
    static const waiter_kind kind_of_wait;
};

struct PRIZ_API shutdown_wait : writing<shutdown_wait> {
    static constexpr const char* operation = "shutdown";
    using value_type = void;

    shutdown_wait(endpoint* e, int which) noexcept : writing(e), how(which) {}
    // It needs no room.
    bool begin() noexcept {
        bool may_call = false;
        return check_writer(*this, may_call) || (attempt() && may_go_on(*where));
    }
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }

    int how;
};

struct PRIZ_API connect_wait : writing<connect_wait> {
    static constexpr const char* operation = "connect";
    using value_type = void;

    connect_wait(endpoint* e, const address& to) noexcept : writing(e), remote(&to) {}
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }

    const address* remote;
    bool has_begun = false;
};

struct PRIZ_API accept_wait : reading<accept_wait> {
    static constexpr const char* operation = "accept";
    using value_type = endpoint*;

    explicit accept_wait(endpoint* e) noexcept : reading(e) {}
    bool attempt() noexcept;
    endpoint* value() const noexcept { return made; }
    std::size_t transferred() const noexcept { return 0; }

    endpoint* made = nullptr;
};

// Waits until a receive, or a send, would not block; then that is known of the endpoint.
struct PRIZ_API readable_wait : reading<readable_wait> {
    static constexpr const char* operation = "wait_readable";
    using value_type = void;

    explicit readable_wait(endpoint* e) noexcept : reading(e) {}
    bool attempt() noexcept { return end(0); }
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }
};

struct PRIZ_API writable_wait : writing<writable_wait> {
    static constexpr const char* operation = "wait_writable";
    using value_type = void;

    explicit writable_wait(endpoint* e) noexcept : writing(e) {}
    bool attempt() noexcept { return end(0); }
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }
};

// What programs await. `As` is what the program gets: the verb's value, or what can be made of it.
template <class Wait, class As = typename Wait::value_type>
class [[nodiscard]] throwing final : Wait {
public:
    using Wait::Wait;

    bool await_ready() noexcept { return this->begin(); }
    bool await_suspend(std::coroutine_handle<> self) noexcept { return this->suspend(self); }
    As await_resume() {
        if (this->error != 0) [[unlikely]]
            this->why(Wait::operation, this->transferred()).raise();
        return As(this->value());
    }
};

template <class Wait, class As = typename Wait::value_type>
class [[nodiscard]] trying final : Wait {
public:
    using Wait::Wait;

    bool await_ready() noexcept { return this->begin(); }
    bool await_suspend(std::coroutine_handle<> self) noexcept { return this->suspend(self); }
    result<As> await_resume() noexcept {
        if (this->error != 0) [[unlikely]]
            return std::unexpected(this->why(Wait::operation, this->transferred()));
        if constexpr (std::is_void_v<As>)
            return {};
        else
            return As(this->value());
    }
};

}  // namespace priz::io::detail
