// The program's side of a TCP socket: what its calls find and do. What each gives in which state is
// Linux's: same_as_kernel_test.cpp runs the same programs on the kernel and here.
#include <algorithm>
#include <cerrno>

#include "sim/machine.hpp"
#include "sim/tcp_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

constexpr std::size_t most_waiting = 4096;  // net.core.somaxconn

}  // namespace

std::ptrdiff_t tcp_socket::receive(::msghdr& message, int flags, std::size_t most) {
    message.msg_flags = 0;
    message.msg_namelen = 0;
    message.msg_controllen = 0;
    if ((flags & MSG_OOB) != 0) return -EINVAL;
    if (state_ == state::listening) return -ENOTCONN;
    if (in_.empty()) {
        if (fin_received_) return 0;
        if (error_ != 0) return -take_error();
        if (read_shut_ || state_ == state::ended) return 0;
        return state_ == state::fresh ? -ENOTCONN : -EAGAIN;
    }
    const auto given = in_.view().substr(0, std::min(most, room_of(message)));
    if ((flags & MSG_TRUNC) == 0) scatter(given, message);
    const std::size_t count = given.size();
    if ((flags & MSG_PEEK) == 0) {
        in_.drop(count);
        offer_window();
    }
    return static_cast<std::ptrdiff_t>(count);
}

std::ptrdiff_t tcp_socket::transmit(const ::msghdr& message, std::size_t most) {
    if (error_ != 0) return -take_error();
    if (state_ == state::connecting || state_ == state::accepting) return -EAGAIN;
    if (state_ != state::connected || fin_wanted_) return -EPIPE;
    const std::size_t size = room_of(message);
    if (size == 0) return 0;
    const std::size_t used = out_.size();
    const std::size_t room = options.send_buffer > used ? options.send_buffer - used : 0;
    const std::size_t count = std::min({size, most, room});
    if (count < std::min(size, most)) was_full_ = true;
    if (count == 0) return -EAGAIN;
    out_.append(gathered(message, count));
    push();
    return static_cast<std::ptrdiff_t>(count);
}

int tcp_socket::end(int how) {
    if (state_ == state::listening) {
        if (how == SHUT_WR) return 0;
        reset_children();
        state_ = state::ended;
        tell({.in = true, .out = true, .ended = true});
        return 0;
    }
    if (state_ == state::connecting) {
        die(0);
        return 0;
    }
    if (state_ != state::connected && state_ != state::accepting) return -ENOTCONN;
    if (how != SHUT_WR) {
        read_shut_ = true;
        tell({.in = true, .ended = true});
    }
    if (how != SHUT_RD && !fin_wanted_) {
        fin_wanted_ = true;
        ended_first_ = !fin_received_;
        tell({.out = true, .ended = true});
        push();
    }
    return 0;
}

int tcp_socket::reach(const address& to) {
    if (state_ == state::connecting) return -EALREADY;
    if (state_ == state::listening) return -EISCONN;
    if (state_ == state::connected || state_ == state::time_wait) {
        if (is_told_) return -EISCONN;
        is_told_ = true;
        return 0;
    }
    if (was_connected_) return -EISCONN;
    if (error_ != 0) return -take_error();
    place goal;
    if (const int error = check(to, goal); error != 0) return error;
    if (goal.is_any()) goal = goal.to_loopback();
    if (const int error = bind_for(goal); error != 0) return error;
    if (!on.ports.connect(local, goal, *this)) return -EADDRNOTAVAIL;
    remote = goal;
    state_ = state::connecting;
    flow_ = on.net.new_flow();
    retries_ = 0;
    next_ = 1;
    timed_ = 1;
    timed_at_ = on.net.now();
    send_segment(packet::syn, 0, {});
    arm();
    return -EINPROGRESS;
}

int tcp_socket::begin_to_listen(int backlog) {
    if (state_ != state::fresh && state_ != state::listening) return -EINVAL;
    if (!is_bound)
        if (const int error = on.ports.bind(*this, place::any(family, 0), on.net.random);
            error != 0)
            return error;
    if (!on.ports.may_listen(*this)) return -EADDRINUSE;
    backlog_ =
        backlog < 0 ? most_waiting : std::min(static_cast<std::size_t>(backlog), most_waiting);
    if (state_ == state::fresh) on.net.note(on, "listens at " + local.text());
    state_ = state::listening;
    return 0;
}

sim_socket* tcp_socket::take_connection(int& error) {
    error = state_ == state::listening ? -EAGAIN : -EINVAL;
    if (state_ != state::listening || ready_.empty()) return nullptr;
    tcp_socket* const first = ready_.front();
    ready_.pop_front();
    first->listener_ = nullptr;
    if (on.has_fault(&fault_rates::aborted_accepts, "ECONNABORTED for an accept")) {
        error = -ECONNABORTED;
        first->reset();
        first->be_gone();
        return nullptr;
    }
    first->is_told_ = true;
    if (!ready_.empty()) tell({.in = true});
    return first;
}

bool tcp_socket::has_peer() const noexcept {
    return state_ == state::accepting || state_ == state::connected;
}

readiness tcp_socket::present() const noexcept {
    if (state_ == state::listening) return {.in = !ready_.empty()};
    if (state_ == state::connecting) return {};
    const bool has_ended = error_ != 0 || state_ == state::ended;
    const bool has_room = state_ == state::connected && out_.size() <= options.send_buffer * 2 / 3;
    return {.in = !in_.empty() || fin_received_ || read_shut_ || has_ended,
            .out = has_room || fin_wanted_ || has_ended,
            .ended = fin_received_ || read_shut_ || fin_wanted_ || has_ended};
}

}  // namespace priz::sim::detail
