#include "priz/io/detail/message_waits.hpp"

#include <limits.h>
#include <poll.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/batch_access.hpp"
#include "core/message_parts.hpp"
#include "io/socket_calls.hpp"
#include "io/wait_outcome.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/message.hpp"
#include "priz/message.hpp"

namespace priz::io::detail {

using priz::detail::batch_access;
using priz::detail::message_parts;
using priz::detail::reported_flags;

namespace {

constexpr std::size_t ancillary_max = 0x7fffffff;
constexpr std::int64_t asks_again_after_ns = 2'000'000;
constexpr std::size_t fds_limit = 0x1000000;
constexpr int other_queues = MSG_ERRQUEUE | MSG_OOB;

::sockaddr* as_sockaddr(::sockaddr_storage& name) noexcept {
    return reinterpret_cast<::sockaddr*>(&name);
}

void address_to(::msghdr& header, const address& to) noexcept {
    // A header's pointers are not const even where the kernel only reads.
    header.msg_name = to.empty() ? nullptr : const_cast<::sockaddr*>(to.data());
    header.msg_namelen = to.size();
}

// The end of a receive. What was only looked at is still there; and the error queue and urgent data
// say nothing about what else there is.
bool took_with(socket_wait& w, std::ptrdiff_t outcome, std::size_t asked, int flags) noexcept {
    if (is_would_block(outcome) && (flags & other_queues) != 0) return false;
    return took(w, outcome, (flags & (MSG_PEEK | other_queues)) != 0 ? 0 : asked);
}

// What a receive has put into a block; where that is nothing, the block goes back with it. With
// MSG_TRUNC the kernel tells the size that the datagram had.
chunk lend(block& buffer, std::ptrdiff_t outcome, std::uint32_t limit) noexcept {
    const auto size = std::clamp<std::ptrdiff_t>(outcome, 0, limit);
    return {buffer, static_cast<std::size_t>(size)};
}

std::ptrdiff_t recvfrom_now(endpoint& e, bytes_span target, int flags, address& from) noexcept {
    ::sockaddr_storage name{};
    if (e.via != nullptr) {
        ::iovec part{target.data(), target.size()};
        ::msghdr header{};
        header.msg_name = &name;
        header.msg_namelen = sizeof name;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        const auto outcome = recvmsg_now(e, header, flags);
        if (outcome >= 0) from = address::from_sockaddr(as_sockaddr(name), header.msg_namelen);
        return outcome;
    }
    ::socklen_t size = sizeof name;
    const auto outcome = unless_interrupted([&] {
        size = sizeof name;
        return or_error(sys::recvfrom(e.fd, target.data(), target.size(), flags | MSG_DONTWAIT,
                                      as_sockaddr(name), &size));
    });
    if (outcome >= 0) from = address::from_sockaddr(as_sockaddr(name), size);
    return outcome;
}

std::ptrdiff_t receive_now(endpoint& e, message_head& head, ::iovec* parts,
                           std::size_t count) noexcept try {
    if (head.ancillary_size > ancillary_max) return -EINVAL;
    if (count > IOV_MAX) return -EMSGSIZE;
    head.room.resize(head.ancillary_size);
    if (head.takes_descriptors) head.descriptors.reserve(head.ancillary_size / sizeof(int));
    ::sockaddr_storage name{};
    ::msghdr header{};
    header.msg_name = &name;
    header.msg_namelen = sizeof name;
    header.msg_iov = parts;
    header.msg_iovlen = count;
    header.msg_control = head.room.empty() ? nullptr : head.room.data();
    header.msg_controllen = head.room.size();
    const auto outcome = recvmsg_now(e, header, head.flags);
    if (outcome < 0) return outcome;
    head.room.resize(std::min<std::size_t>(header.msg_controllen, head.room.size()));
    if (head.takes_descriptors) priz::detail::take_descriptors(head.room, head.descriptors);
    head.control = incoming_control(std::move(head.room));
    head.flags = reported_flags(header.msg_flags, head.flags);
    head.from = address::from_sockaddr(as_sockaddr(name), header.msg_namelen);
    return outcome;
} catch (const std::exception&) {
    return -ENOMEM;
}

// As recvmmsg(2) does it: an error ends the list, and is told only where the list is empty.
std::ptrdiff_t recvmmsg_via(endpoint& e, std::span<::mmsghdr> headers, int flags) noexcept {
    std::size_t count = 0;
    for (::mmsghdr& one : headers) {
        const auto outcome = recvmsg_now(e, one.msg_hdr, flags);
        if (outcome < 0 && count == 0) return outcome;
        if (outcome < 0) break;
        one.msg_len = static_cast<unsigned>(outcome);
        ++count;
    }
    return static_cast<std::ptrdiff_t>(count);
}

std::ptrdiff_t sendmmsg_via(endpoint& e, std::span<::mmsghdr> headers, int flags) noexcept {
    std::size_t count = 0;
    for (::mmsghdr& one : headers) {
        const auto outcome = sendmsg_now(e, one.msg_hdr, flags);
        if (outcome < 0 && count == 0) return outcome;
        if (outcome < 0) break;
        one.msg_len = static_cast<unsigned>(outcome);
        ++count;
    }
    return static_cast<std::ptrdiff_t>(count);
}

}  // namespace

bool recvfrom_wait::attempt() noexcept {
    block* const buffer = where->loop->buffers.take();
    if (buffer == nullptr) return end(ENOMEM);
    const auto outcome = recvfrom_now(*where, {buffer->memory, limit}, flags, from);
    chunk lent = lend(*buffer, outcome, limit);
    if (outcome > 0) data = std::move(lent);
    return took_with(*this, outcome, limit, flags);
}

packet recvfrom_wait::value() noexcept { return {std::move(data), from}; }

bool recvfrom_into_wait::attempt() noexcept {
    const auto outcome = recvfrom_now(*where, target, flags, from);
    if (outcome >= 0) count = static_cast<std::size_t>(outcome);
    return took_with(*this, outcome, target.size(), flags);
}

datagram_size recvfrom_into_wait::value() const noexcept { return {count, from}; }

bool recvmsg_wait::attempt() noexcept {
    block* const buffer = where->loop->buffers.take();
    if (buffer == nullptr) return end(ENOMEM);
    ::iovec part{buffer->memory, limit};
    const int asked = head.flags;
    const auto outcome = receive_now(*where, head, &part, 1);
    chunk lent = lend(*buffer, outcome, limit);
    if (outcome > 0) data = std::move(lent);
    return took_with(*this, outcome, limit, asked);
}

message recvmsg_wait::value() noexcept {
    return {std::move(data), std::move(head.control), head.flags, head.from};
}

std::size_t recv_fds_wait::room_for(std::size_t fds_max) noexcept {
    return fds_max > fds_limit ? ancillary_max + 1 : cmsg_len(fds_max * sizeof(int));
}

received_fds recv_fds_wait::value() noexcept {
    return {std::move(data), std::move(head.descriptors), head.flags, head.from};
}

bool recvmsg_into_wait::attempt() noexcept try {
    message_parts parts(targets.list());
    const int asked = head.flags;
    const auto outcome = receive_now(*where, head, parts.data(), parts.size());
    if (outcome >= 0) count = static_cast<std::size_t>(outcome);
    std::size_t room = 0;
    for (const bytes_span& one : targets.list()) room += one.size();
    return took_with(*this, outcome, room, asked);
} catch (const std::exception&) {
    return end(ENOMEM);
}

message_size recvmsg_into_wait::value() noexcept {
    return {count, std::move(head.control), head.flags, head.from};
}

bool recvmmsg_wait::attempt() noexcept {
    const auto headers = batch_access::prepare(*batch);
    const int all_flags = priz::detail::receive_flags(flags) | MSG_DONTWAIT;
    const auto count_of = static_cast<unsigned>(headers.size());
    const auto outcome = unless_interrupted([&] {
        if (where->via != nullptr) return recvmmsg_via(*where, headers, flags);
        return or_error(
            std::ptrdiff_t{sys::recvmmsg(where->fd, headers.data(), count_of, all_flags)});
    });
    if (outcome >= 0) {
        count = static_cast<std::size_t>(outcome);
        batch_access::received(*batch, count, flags);
    }
    return took_with(*this, outcome, 0, flags);
}

failure addressed_wait::why(const char* operation, std::size_t transferred) const noexcept {
    failure told = socket_wait::why(operation, transferred);
    if (remote_ != nullptr) told.with(nullptr, remote_);
    return told;
}

bool addressed_wait::refused_by(const address& to, std::ptrdiff_t outcome) noexcept {
    remote_ = to.empty() ? nullptr : &to;
    if (refused(*this, outcome)) return true;
    if (where->via != nullptr || to.family() != AF_UNIX) return false;
    ::pollfd own{where->fd, POLLOUT, 0};
    const ::timespec at_once{};
    if (sys::ppoll(&own, 1, &at_once, nullptr) != 1 || (own.revents & POLLOUT) == 0) return false;
    again_.whose = this;
    again_.loop = where->loop;
    again_.loop->timers.arm(again_, again_.loop->now() + asks_again_after_ns);
    return false;
}

void addressed_wait::stop_asking() noexcept {
    if (again_.is_armed()) again_.loop->timers.disarm(again_);
}

void addressed_wait::on_time(timer& due) noexcept {
    const addressed_wait& self = *static_cast<own_timer&>(due).whose;
    // Closed meanwhile, it has its outcome and no endpoint.
    if (!self.is_done()) self.again_.loop->report(*self.where, endpoint::may_write);
}

void addressed_wait::withdraw_writing(waiter& w) noexcept {
    static_cast<addressed_wait&>(w).stop_asking();
    socket_wait::withdraw_writing(w);
}

bool sendto_wait::attempt() noexcept {
    stop_asking();
    std::ptrdiff_t outcome = 0;
    if (where->via != nullptr) {
        ::iovec part{const_cast<void*>(source.data()), source.size()};
        ::msghdr header{};
        address_to(header, to);
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        outcome = sendmsg_now(*where, header, flags);
    } else {
        outcome = unless_interrupted([&] {
            return or_error(sys::sendto(where->fd, source.data(), source.size(),
                                        flags | MSG_DONTWAIT, to.data(), to.size()));
        });
    }
    if (outcome < 0) return refused_by(to, outcome);
    count = static_cast<std::size_t>(outcome);
    return end(0);
}

bool sendmsg_wait::attempt() noexcept try {
    stop_asking();
    message_parts parts(sources.list());
    if (parts.size() > IOV_MAX) return end(EMSGSIZE);
    const bytes_view beside = (control != nullptr ? *control : own).buffer();
    ::msghdr header{};
    address_to(header, to);
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    header.msg_control = beside.empty() ? nullptr : const_cast<void*>(beside.data());
    header.msg_controllen = beside.size();
    const auto outcome = sendmsg_now(*where, header, flags);
    if (outcome < 0) return refused_by(to, outcome);
    count = static_cast<std::size_t>(outcome);
    return end(0);
} catch (const std::exception&) {
    return end(ENOMEM);
}

bool sendmmsg_wait::attempt() noexcept try {
    stop_asking();
    if (batch->empty()) return end(0);
    const auto headers = batch_access::prepare(*batch);
    const auto count_of = static_cast<unsigned>(headers.size());
    const auto outcome = unless_interrupted([&] {
        if (where->via != nullptr) return sendmmsg_via(*where, headers, flags);
        return or_error(std::ptrdiff_t{
            sys::sendmmsg(where->fd, headers.data(), count_of, flags | MSG_DONTWAIT)});
    });
    if (outcome < 0) return refused_by(batch_access::first_remote(*batch), outcome);
    count = static_cast<std::size_t>(outcome);
    batch_access::sent(*batch, count);
    return end(0);
} catch (const std::exception&) {
    return end(ENOMEM);
}

}  // namespace priz::io::detail
