#include "sim/udp_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/machine.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

constexpr std::size_t default_receive_buffer = 212992 / 2;
constexpr std::size_t overhead = 64;  // of a datagram in the receive buffer

// What the length fields of the headers can say.
std::size_t longest(const place& to) noexcept { return to.is_v4() ? 65507 : 65527; }

}  // namespace

udp_socket::udp_socket(life& of, int with_family) : sim_socket(of, with_family, SOCK_DGRAM) {
    options.receive_buffer = default_receive_buffer;
}

void udp_socket::lose_power() noexcept { received_.clear(); }

void udp_socket::arrive(packet& p) {
    const std::size_t takes = p.payload.size() + overhead;
    if (held_ + takes > options.receive_buffer)
        return on.net.note(on, "no room for a datagram at " + local.text());
    held_ += takes;
    received_.push_back(std::move(p));
    tell({.in = true});
}

void udp_socket::has_failed(const place& there, int why) {
    if (remote.port == 0 || remote != there) return;
    error_ = why;
    tell({.in = true, .out = true});
}

std::ptrdiff_t udp_socket::receive(::msghdr& message, int flags, std::size_t) {
    message.msg_controllen = 0;
    message.msg_flags = 0;
    if ((flags & MSG_OOB) != 0) return -EOPNOTSUPP;
    if (error_ != 0) return -take_error();
    // Also after shutdown(SHUT_RD), as the kernel has it: that wakes only who waits in a call.
    if (received_.empty()) return -EAGAIN;
    const packet& first = received_.front();
    const std::size_t size = first.payload.size();
    const std::size_t copied = std::min(size, room_of(message));
    scatter(first.payload, message);
    give_name(first.from.as(family), message);
    if (copied < size) message.msg_flags |= MSG_TRUNC;
    if ((flags & MSG_PEEK) == 0) {
        held_ -= size + overhead;
        received_.pop_front();
    }
    return static_cast<std::ptrdiff_t>((flags & MSG_TRUNC) != 0 ? size : copied);
}

int udp_socket::destination(const ::msghdr& message, place& to) const {
    if (message.msg_name == nullptr || message.msg_namelen == 0) {
        to = remote;
        return remote.port == 0 ? -EDESTADDRREQ : 0;
    }
    const auto* const name = static_cast<const ::sockaddr*>(message.msg_name);
    if (const int error = check(address::from_sockaddr(name, message.msg_namelen), to); error != 0)
        return error;
    if (to.is_any()) to = to.to_loopback();
    return to.port == 0 ? -EINVAL : 0;
}

std::ptrdiff_t udp_socket::transmit(const ::msghdr& message, std::size_t) {
    if (error_ != 0) return -take_error();
    if (write_shut_) return -EPIPE;
    place to;
    if (const int error = destination(message, to); error != 0) return error;
    const std::size_t size = room_of(message);
    if (size > longest(to)) return -EMSGSIZE;
    place from;
    if (!on.source_for(to, from)) return -ENETUNREACH;
    if (!is_bound)
        if (const int error = on.ports.bind(*this, place::any(family, 0), on.net.random);
            error != 0)
            return error;
    packet p;
    p.what = packet::kind::udp;
    p.from = local.is_any() ? from.with_port(local.port) : local;
    p.to = to;
    p.payload = gathered(message, size);
    on.net.send(on, std::move(p));
    return static_cast<std::ptrdiff_t>(size);
}

int udp_socket::end(int how) {
    read_shut_ = read_shut_ || how != SHUT_WR;
    write_shut_ = write_shut_ || how != SHUT_RD;
    if (read_shut_) tell({.in = true, .ended = true});
    return remote.port == 0 ? -ENOTCONN : 0;
}

int udp_socket::reach(const address& to) {
    if (to.family() == AF_UNSPEC) {
        remote = {};
        return 0;
    }
    place goal;
    if (const int error = check(to, goal); error != 0) return error;
    if (goal.is_any()) goal = goal.to_loopback();
    if (const int error = bind_for(goal); error != 0) return error;
    remote = goal;
    return 0;
}

readiness udp_socket::present() const noexcept {
    return {
        .in = !received_.empty() || error_ != 0 || read_shut_, .out = true, .ended = read_shut_};
}

void udp_socket::leave() noexcept {
    on.ports.unbind(*this);
    on.remove(*this);
}

}  // namespace priz::sim::detail
