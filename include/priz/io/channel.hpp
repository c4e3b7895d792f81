// priz/io/channel.hpp: values that go from task to task.
//
//     io::channel<job> jobs(16);
//     …
//     co_await jobs.send(std::move(next));                 // waits while 16 are under way
//     …
//     while (auto work = co_await jobs.recv()) do_it(*work);  // until jobs.close(), and all taken
//
// Any number of tasks may send and any number receive: the values, the senders and the receivers
// each go in the order in which they came. With a capacity of 0 a value is handed from the sender
// to the receiver, and each waits for the other. Its room is allocated once; sending and receiving
// allocate nothing.
//
// Belongs to the tasks of one loop, and outlives those who wait in it. To other threads:
// loop_handle::post (loop.hpp). Python: asyncio.Queue
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/detail/wait_queue.hpp"

namespace priz::io {

template <class T>
class channel;

namespace detail {

[[noreturn]] PRIZ_API void raise_channel_closed();

// Sends what `value` points to, which is moved from when it is delivered.
template <class T>
class channel_send : queue_wait {
public:
    channel_send(channel<T>& to, T* what) noexcept
        : queue_wait(kind_of_wait), of_(to), value_(what) {}

    bool await_ready() noexcept { return begin() || of_.take_from(*this); }
    void await_suspend(std::coroutine_handle<> self) noexcept { wait_in(of_.senders_, self); }
    void await_resume() const {
        raise_if_cancelled("send");
        if (is_refused_) [[unlikely]]
            raise_channel_closed();
    }

protected:
    void set_value(T* what) noexcept { value_ = what; }

private:
    friend channel<T>;

    static void withdraw(waiter& w) noexcept {
        auto& mine = static_cast<channel_send&>(w);
        mine.leave(mine.of_.senders_);
    }
    static constexpr waiter_kind kind_of_wait{proceed, withdraw};

    channel<T>& of_;
    T* value_;
    bool is_refused_ = false;
};

// The same with a copy of its own.
template <class T>
class channel_send_copy : public channel_send<T> {
public:
    channel_send_copy(channel<T>& to, const T& what) : channel_send<T>(to, nullptr), copy_(what) {}

    bool await_ready() noexcept {
        this->set_value(&copy_);
        return channel_send<T>::await_ready();
    }

private:
    T copy_;
};

template <class T>
class channel_recv : queue_wait {
public:
    explicit channel_recv(channel<T>& from) noexcept : queue_wait(kind_of_wait), of_(from) {}

    bool await_ready() noexcept { return begin() || of_.give_to(*this); }
    void await_suspend(std::coroutine_handle<> self) noexcept { wait_in(of_.receivers_, self); }
    [[nodiscard]] std::optional<T> await_resume() {
        raise_if_cancelled("recv");
        return std::move(received_);
    }

private:
    friend channel<T>;

    static void withdraw(waiter& w) noexcept {
        auto& mine = static_cast<channel_recv&>(w);
        mine.leave(mine.of_.receivers_);
    }
    static constexpr waiter_kind kind_of_wait{proceed, withdraw};

    channel<T>& of_;
    std::optional<T> received_;
};

}  // namespace detail

template <class T>
class channel {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "a value that is handed over while its receiver waits must not throw");

public:
    explicit channel(std::size_t capacity)
        : capacity_(capacity), ring_(std::make_unique<std::optional<T>[]>(capacity)) {}
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() = default;

    // Waits until there is room, or for capacity 0 a receiver, and delivers `value`.
    //
    // Errors:        broken_pipe when the channel is closed, now or while it waits.
    // Cancellation:  safe. `value` is moved from when it is delivered, and not before: after
    //                `cancelled` and broken_pipe the caller still has it. What was delivered when
    //                the cancellation came counts as sent.
    // Concurrency:   any number of tasks may send. `value` stays where it is until the await ends.
    // Python:        asyncio.Queue.put()
    [[nodiscard]] auto send(T&& value) noexcept { return detail::channel_send<T>(*this, &value); }
    // The same with a copy.
    [[nodiscard]] auto send(const T& value) requires std::copy_constructible<T> {
        return detail::channel_send_copy<T>(*this, value);
    }

    // Waits for the next value, and gives it; nothing when the channel is closed and has no more.
    //
    // Errors:        none.
    // Cancellation:  safe: no value is lost. One that was handed over when the cancellation came is
    //                given, and the cancellation is met by the next verb.
    // Concurrency:   any number of tasks may receive.
    // Python:        asyncio.Queue.get()
    [[nodiscard]] auto recv() noexcept { return detail::channel_recv<T>(*this); }

    // Without waiting: false, and `value` is untouched, where send() would wait or fail.
    // Python: asyncio.Queue.put_nowait()
    [[nodiscard]] bool send_nowait(T&& value) noexcept { return !is_closed_ && deliver(value); }
    // Without waiting: nothing where recv() would wait, or the channel has ended.
    // Python: asyncio.Queue.get_nowait()
    [[nodiscard]] std::optional<T> recv_nowait() noexcept {
        std::optional<T> taken;
        fetch(taken);
        return taken;
    }

    // Nothing is sent any more; what is in the channel can still be received. Senders that wait
    // fail, receivers that wait get nothing. A second call does nothing. Python: Queue.shutdown()
    void close() noexcept {
        is_closed_ = true;
        while (auto* const next = first_sender()) {
            next->is_refused_ = true;
            release(senders_);
        }
        while (first_receiver() != nullptr) release(receivers_);
    }
    bool is_closed() const noexcept { return is_closed_; }

    // How many values are in it, not counting those of senders that wait. Python: Queue.qsize()
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }

private:
    using sender = detail::channel_send<T>;
    using receiver = detail::channel_recv<T>;
    friend sender;
    friend receiver;

    sender* first_sender() const noexcept { return static_cast<sender*>(senders_.first()); }
    receiver* first_receiver() const noexcept { return static_cast<receiver*>(receivers_.first()); }
    static void release(detail::wait_queue& line) noexcept { line.pop()->finish(); }

    bool take_from(sender& one) noexcept {
        one.is_refused_ = is_closed_;
        return is_closed_ || (deliver(*one.value_) && one.succeed_at_once());
    }
    bool give_to(receiver& one) noexcept {
        if (fetch(one.received_)) return one.succeed_at_once();
        return is_closed_;
    }

    // Receivers wait only where nothing is in the ring, and senders only where it is full.
    bool deliver(T& value) noexcept {
        if (receiver* const next = first_receiver()) {
            next->received_.emplace(std::move(value));
            release(receivers_);
            return true;
        }
        if (size_ == capacity_) return false;
        push(value);
        return true;
    }
    bool fetch(std::optional<T>& into) noexcept {
        if (size_ > 0) pop(into);
        sender* const next = first_sender();
        if (next == nullptr) return into.has_value();
        if (into.has_value())
            push(*next->value_);
        else
            into.emplace(std::move(*next->value_));
        release(senders_);
        return true;
    }

    void push(T& value) noexcept {
        const std::size_t end = first_ + size_;
        ring_[end < capacity_ ? end : end - capacity_].emplace(std::move(value));
        ++size_;
    }
    void pop(std::optional<T>& into) noexcept {
        into.emplace(*std::move(ring_[first_]));
        ring_[first_].reset();
        if (++first_ == capacity_) first_ = 0;
        --size_;
    }

    std::size_t capacity_;
    std::unique_ptr<std::optional<T>[]> ring_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
    bool is_closed_ = false;
    detail::wait_queue senders_;
    detail::wait_queue receivers_;
};

}  // namespace priz::io
