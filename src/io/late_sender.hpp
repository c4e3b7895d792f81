// late_sender.hpp: what a deferred_writer was given, on its way to the kernel.
//
// It has a coroutine of its own, which is put behind those that can go on when there is something
// to send, and so runs when they have had their turn. That asks the backend to send with the call
// that waits (backend::send_late), or sends itself. What the kernel does not take at once waits for
// the stream to be writable, as any send does.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <exception>

#include "priz/bytes.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/event.hpp"
#include "priz/io/stream.hpp"

namespace priz::io::detail {

class late_sender final : private socket_wait {
public:
    static late_sender& make(const stream& to);
    // Its writer is gone: what has not been sent is not sent.
    void abandon() noexcept;

    // Takes bytes; they go out when the turn ends. Until then the stream's one send is pending.
    // False, and nothing is taken, where another is.
    bool take(bytes_view source);
    std::size_t buffered() const noexcept { return filling_.size() + sending_.size() - sent_; }
    // The error of an earlier send, an errno value, or 0; told once where it is not for good.
    int take_error() noexcept;
    // Learns now what has come of what the backend was given.
    void hear() noexcept;
    // Tries once more, where bytes have been left behind by an error.
    void resume_sending() noexcept;
    // Is set when there may be more room. Who waits for it is told at once, not when the loop has
    // slept: see send().
    event& has_changed() noexcept { return has_changed_; }
    void set_awaited(bool is_awaited) noexcept { is_awaited_ = is_awaited; }

    // For the backend: what is to be sent, and what has come of it: a count, or a negative errno.
    endpoint& to() const noexcept { return *where; }
    bytes_view due() const noexcept {
        const bytes_view all = bytes_view(sending_).subview(sent_);
        return {all.data(), std::min(all.size(), most_at_once)};
    }
    void sent(std::ptrdiff_t outcome) noexcept;

private:
    // In the stream's place for a pending send while nothing is waited for. Nobody goes on when the
    // stream is closed.
    struct place : socket_wait {
        place() noexcept : socket_wait(kind_of_wait, nullptr) {}
        bool is_held() const noexcept { return where != nullptr; }
        void hold(endpoint& at) noexcept;
        void leave() noexcept;

    private:
        static void withdraw(waiter& w) noexcept;
        static const waiter_kind kind_of_wait;
    };

    // Runs each time that it is resumed.
    struct runner {
        struct promise_type {
            runner get_return_object() noexcept {
                return {std::coroutine_handle<promise_type>::from_promise(*this)};
            }
            std::suspend_always initial_suspend() const noexcept { return {}; }
            std::suspend_never final_suspend() const noexcept { return {}; }
            void return_void() const noexcept {}
            [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
        };
        std::coroutine_handle<promise_type> handle;
    };
    static runner run(late_sender& self);

    explicit late_sender(const stream& to) noexcept
        : socket_wait(kind_of_wait, to.native_endpoint()), of_(to), loop_(*where->loop) {}
    ~late_sender() = default;

    bool is_under_way() const noexcept { return is_handed_over_ || is_waiting_; }
    bool has_pending_send() noexcept;
    void schedule() noexcept;
    void send() noexcept;
    void send_on() noexcept;
    void wait_for_room() noexcept;
    void stop_waiting() noexcept;
    void fail(int with) noexcept;
    static void proceed(waiter& w);
    static void withdraw(waiter& w) noexcept;
    static const waiter_kind kind_of_wait;

    // What a request's count has room for.
    static constexpr std::size_t most_at_once = std::size_t{1} << 30;

    const stream& of_;
    loop_core& loop_;
    std::coroutine_handle<> runner_;
    place place_;
    bytes filling_;
    bytes sending_;         // the kernel may read it
    std::size_t sent_ = 0;  // of sending_
    int error_ = 0;
    bool is_for_good_ = false;
    bool is_scheduled_ = false;
    bool is_handed_over_ = false;  // to the backend
    bool is_waiting_ = false;      // to be able to send
    bool is_awaited_ = false;
    event has_changed_;
};

}  // namespace priz::io::detail
