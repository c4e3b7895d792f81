// The ways in which a TCP connection ends.
#include <algorithm>
#include <cerrno>

#include "sim/machine.hpp"
#include "sim/tcp_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

// TIME_WAIT, and how long half a connection waits for the peer's end when its program is gone.
constexpr std::int64_t a_minute = 60'000'000'000;

}  // namespace

tcp_socket::~tcp_socket() { on.net.events.cancel(timer_); }

void tcp_socket::lose_power() noexcept {
    on.net.events.cancel(timer_);
    state_ = state::ended;
    ready_.clear();
    beginning_.clear();
    // Nobody will close what nobody has accepted.
    if (is_orphan_ || listener_ != nullptr) on.remove(*this);
}

// The program closes it. What was sent still goes out, unless bytes that came were not read: the
// peer is told by a reset that they are lost.
void tcp_socket::leave() noexcept {
    is_orphan_ = true;
    switch (state_) {
        case state::listening:
            on.net.note(on, "listens no more at " + local.text());
            reset_children();
            return be_gone();
        case state::fresh:
        case state::connecting:
        case state::ended:
            return be_gone();
        case state::time_wait:
            return;
        case state::accepting:
        case state::connected:
            break;
    }
    if (!in_.empty() || options.resets_on_close || state_ == state::accepting) {
        reset();
        return be_gone();
    }
    if (!fin_wanted_) {
        fin_wanted_ = true;
        ended_first_ = !fin_received_;
        push();
    }
    finish_if_done();
}

void tcp_socket::reset() { send_segment(packet::rst | packet::ack, next_, {}); }

void tcp_socket::die(int why) {
    if (listener_ != nullptr && state_ == state::accepting) {
        listener_->forget_child(*this);
        return be_gone();
    }
    if (why != 0) on.net.note(on, text() + " ends: errno " + std::to_string(why));
    if (is_orphan_) return be_gone();
    error_ = why;
    out_.clear();
    state_ = state::ended;
    unregister();
    tell({.in = true, .out = true, .ended = true});
}

void tcp_socket::finish_if_done() {
    if (state_ != state::connected || !fin_acked_) return;
    if (!fin_received_) {
        // The peer may never end: half a connection without a program is not kept for ever.
        if (is_orphan_ && timer_.order == 0)
            timer_ = on.net.events.plan(
                on.net.now() + a_minute, [this] { be_gone(); }, event_queue::kind::background);
        return;
    }
    on.net.events.cancel(timer_);
    if (ended_first_) return wait_for_strays();
    if (is_orphan_) return be_gone();
    state_ = state::ended;
    unregister();
}

void tcp_socket::wait_for_strays() {
    state_ = state::time_wait;
    timer_ = on.net.events.plan(
        on.net.now() + a_minute,
        [this] {
            timer_ = {};
            if (is_orphan_) return be_gone();
            state_ = state::ended;
            unregister();
        },
        event_queue::kind::background);
}

void tcp_socket::unregister() noexcept {
    on.net.events.cancel(timer_);
    on.ports.disconnect(local, remote, *this);
    // A program that has not closed it keeps its port.
    if (is_orphan_) on.ports.unbind(*this);
}

void tcp_socket::be_gone() noexcept {
    is_orphan_ = true;
    unregister();
    state_ = state::ended;
    on.remove(*this);
}

void tcp_socket::forget_child(tcp_socket& child) noexcept {
    std::erase(beginning_, &child);
    std::erase(ready_, &child);
}

void tcp_socket::reset_children() noexcept {
    for (auto* const queue : {&ready_, &beginning_})
        while (!queue->empty()) {
            tcp_socket* const child = queue->front();
            queue->pop_front();
            child->listener_ = nullptr;
            if (child->state_ != state::ended) child->reset();
            child->be_gone();
        }
}

}  // namespace priz::sim::detail
