#include "sim/sim_socket.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "sim/life.hpp"
#include "sim/machine.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

using io::detail::endpoint;

sim_socket::sim_socket(life& of, int with_family, int of_type)
    : on(of.on), family(with_family), type(of_type), fd(of.on.new_number()), of_(&of) {
    local = place::any(family, 0);
}

std::string sim_socket::text() const {
    std::string told = "socket " + std::to_string(fd);
    if (local.port != 0) told += " " + local.text();
    if (remote.port != 0) told += " > " + remote.text();
    return told;
}

bool sim_socket::is_dead() const noexcept { return of_ == nullptr || of_->is_dead(); }

sim_socket& sim_socket::at(endpoint& e) noexcept {
    where_ = &e;
    return *this;
}

void sim_socket::tell(readiness news) {
    if (where_ == nullptr || of_ == nullptr) return;
    news_ = {news_.in || news.in, news_.out || news.out, news_.ended || news.ended};
    if (!has_news_) of_->kernel().add_news(*this);
    has_news_ = true;
}

void sim_socket::report(io::detail::loop_core& loop) {
    has_news_ = false;
    const readiness news = std::exchange(news_, {});
    loop.report(*where_, (news.in ? endpoint::may_read : 0) | (news.out ? endpoint::may_write : 0) |
                             (news.ended ? endpoint::has_ended : 0));
}

int sim_socket::take_error() noexcept { return std::exchange(error_, 0); }

// The same call, made again, gets through: a signal that comes each time would stop any program.
bool sim_socket::is_interrupted(const char* what) {
    was_interrupted_ = !was_interrupted_ && on.has_fault(&fault_rates::interruptions, what);
    return was_interrupted_;
}

// How many bytes a call may move when a fault wants fewer.
std::size_t sim_socket::cut_short(double rate, std::size_t size, const char* what) {
    if (type != SOCK_STREAM || size < 2 || !on.net.random.happens(rate)) return size;
    const std::size_t fewer = 1 + on.net.random.below(size - 1);
    on.net.note(on, "fault: " + std::string(what) + " of at most " + std::to_string(fewer) +
                        " bytes on " + text());
    return fewer;
}

std::ptrdiff_t sim_socket::recvmsg(endpoint& e, ::msghdr& message, int flags) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    if (is_interrupted("EINTR for a receive")) return -EINTR;
    const std::size_t room = room_of(message);
    const std::size_t most = cut_short(on.net.options.faults.short_reads, room, "a receive");
    const std::ptrdiff_t outcome = receive(message, flags, most);
    // A short receive tells a verb that the socket is empty.
    if (most < room && outcome > 0) tell({.in = true});
    return outcome;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

// Urgent bytes and control data are what the model leaves out: better refused than sent as ordinary
// bytes, or lost.
std::ptrdiff_t sim_socket::sendmsg(endpoint& e, const ::msghdr& message, int flags) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    if ((flags & MSG_OOB) != 0 || message.msg_controllen != 0) return -EOPNOTSUPP;
    if (is_interrupted("EINTR for a send")) return -EINTR;
    if (on.has_fault(&fault_rates::no_buffers, "ENOBUFS for a send")) return -ENOBUFS;
    const std::size_t size = room_of(message);
    return transmit(message, cut_short(on.net.options.faults.short_writes, size, "a send"));
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::shutdown(endpoint& e, int how) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) return -EINVAL;
    return end(how);
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

void sim_socket::close(endpoint&) noexcept {
    const bool was_dead = is_dead();
    if (has_news_ && of_ != nullptr) of_->kernel().drop_news(*this);
    has_news_ = false;
    of_ = nullptr;
    where_ = nullptr;
    if (was_dead)
        on.remove(*this);
    else
        leave();
}

int sim_socket::bind(endpoint& e, const address& wanted) noexcept try {
    return at(e).is_dead() ? -ENETDOWN : bind_to(wanted);
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::listen(endpoint& e, int backlog) noexcept try {
    return at(e).is_dead() ? -ENETDOWN : begin_to_listen(backlog);
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::connect(endpoint& e, const address& to) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    const int outcome = reach(to);
    // Interrupted, a connection goes on being made.
    if (outcome == -EINPROGRESS && is_interrupted("EINTR for a connect")) return -EINTR;
    return outcome;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::accept(endpoint& e, endpoint*& made, address& from) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    if (is_interrupted("EINTR for an accept")) return -EINTR;
    if (present().in) {
        if (on.has_fault(&fault_rates::no_descriptors, "EMFILE for an accept")) {
            // The connection is still there to be accepted.
            tell({.in = true});
            return -EMFILE;
        }
    }
    int error = 0;
    sim_socket* const taken = take_connection(error);
    if (taken == nullptr) return error;
    made = &e.loop->new_endpoint(taken->fd, taken);
    taken->where_ = made;
    from = taken->name(true);
    return 0;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::getname(endpoint& e, bool peer, address& given) noexcept {
    if (at(e).is_dead()) return -ENETDOWN;
    if (peer && !has_peer()) return -ENOTCONN;
    given = name(peer);
    return 0;
}

address sim_socket::name(bool peer) const { return (peer ? remote : local).as(family); }

int sim_socket::getsockopt(endpoint& e, int level, int option, void* value,
                           ::socklen_t& size) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    if (level == SOL_SOCKET) switch (option) {
            case SO_ERROR:
                return give_option(take_error(), value, size);
            case SO_TYPE:
                return give_option(type, value, size);
            case SO_DOMAIN:
                return give_option(family, value, size);
            case SO_PROTOCOL:
                return give_option(family == AF_UNIX     ? 0
                                   : type == SOCK_STREAM ? IPPROTO_TCP
                                                         : IPPROTO_UDP,
                                   value, size);
            case SO_ACCEPTCONN:
                return give_option(is_listening(), value, size);
            default:
                break;
        }
    return options.get(level, option, value, size);
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::setsockopt(endpoint& e, int level, int option, const void* value,
                           ::socklen_t size) noexcept try {
    if (at(e).is_dead()) return -ENETDOWN;
    return options.set(level, option, value, size);
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int sim_socket::begin_to_listen(int) { return -EOPNOTSUPP; }

sim_socket* sim_socket::take_connection(int& error) {
    error = -EOPNOTSUPP;
    return nullptr;
}

int sim_socket::check(const address& given, place& made) const noexcept {
    if (given.family() != family)
        return family == AF_INET6 && given.family() == AF_INET ? -EINVAL : -EAFNOSUPPORT;
    made = place::of(given);
    if (family == AF_INET6 && options.v6_only && made.is_v4()) return -ENETUNREACH;
    return 0;
}

int sim_socket::bind_to(const address& wanted) {
    place to;
    if (const int error = check(wanted, to); error != 0) return error;
    if (is_bound) return -EINVAL;
    if (!to.is_any() && !on.has(to)) return -EADDRNOTAVAIL;
    return on.ports.bind(*this, to, on.net.random);
}

int sim_socket::bind_for(const place& to) {
    place from;
    if (!on.source_for(to, from)) return -ENETUNREACH;
    if (!is_bound) {
        const int error = on.ports.bind(*this, from, on.net.random);
        return error == -EADDRINUSE ? -EADDRNOTAVAIL : error;
    }
    if (local.is_any()) local.host = from.host;
    return 0;
}

std::size_t room_of(const ::msghdr& message) noexcept {
    std::size_t room = 0;
    for (std::size_t i = 0; i < message.msg_iovlen; ++i) room += message.msg_iov[i].iov_len;
    return room;
}

std::string gathered(const ::msghdr& message, std::size_t most) {
    std::string all;
    for (std::size_t i = 0; i < message.msg_iovlen && all.size() < most; ++i) {
        const ::iovec& part = message.msg_iov[i];
        all.append(static_cast<const char*>(part.iov_base),
                   std::min(part.iov_len, most - all.size()));
    }
    return all;
}

void scatter(std::string_view bytes, ::msghdr& message) noexcept {
    for (std::size_t i = 0; i < message.msg_iovlen && !bytes.empty(); ++i) {
        const ::iovec& part = message.msg_iov[i];
        bytes.remove_prefix(bytes.copy(static_cast<char*>(part.iov_base), part.iov_len));
    }
}

void give_name(const address& name, ::msghdr& message) noexcept {
    if (message.msg_name == nullptr) return;
    const auto size = std::min<::socklen_t>(message.msg_namelen, name.size());
    const auto* const raw = reinterpret_cast<const char*>(name.data());
    std::copy_n(raw, size, static_cast<char*>(message.msg_name));
    message.msg_namelen = name.size();
}

}  // namespace priz::sim::detail
