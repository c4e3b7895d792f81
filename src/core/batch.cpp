// recvmmsg(2) and sendmmsg(2): their oddities, and what is made of them.
//
// recvmmsg's own timeout is looked at between two datagrams only: with it, a call that got one
// datagram and then nothing more waits for ever. It is not used. MSG_WAITFORONE makes all but the
// first receive non-blocking, and the socket's timeout does the waiting before the first, as for
// every other verb.
//
// When recvmmsg fails after some messages it returns their number, and keeps the errno as the
// socket's pending error. sendmmsg returns the number too but keeps nothing: the message that
// failed is the first that the next call sends, and fails again if its cause is lasting.
//
// A datagram's control messages may hold descriptors that the kernel has installed. The batch owns
// them until they are taken; it looks for them before it lets the kernel write there again.
#include "priz/batch.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "core/batch_access.hpp"
#include "core/message_parts.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz {

using detail::batch_access;
using detail::socket_access;
using detail::system_code;

namespace {

// What cmsg_space() refuses would be rounded up to nothing.
std::size_t aligned(std::size_t ancillary_size) {
    return cmsg_space(ancillary_size) - CMSG_SPACE(0);
}

// A product that does not fit would make room for less than the kernel is told of.
std::size_t room_for(std::size_t count, std::size_t size) {
    std::size_t all = 0;
    if (!__builtin_mul_overflow(count, size, &all)) return all;
    failure(errc::overflow_error, "receive_batch").raise();
}

}  // namespace

receive_batch::receive_batch(std::size_t count, std::size_t size, std::size_t ancillary_size)
    : headers_(count),
      parts_(count),
      names_(count),
      data_(room_for(count, size)),
      control_(room_for(count, aligned(ancillary_size))),
      data_size_(size),
      control_size_(ancillary_size) {
    for (std::size_t i = 0; i < count; ++i) parts_[i] = {data_.data() + i * size, size};
}

receive_batch::~receive_batch() { clear(); }

void receive_batch::swap(receive_batch& other) noexcept {
    std::swap(headers_, other.headers_);
    std::swap(parts_, other.parts_);
    std::swap(names_, other.names_);
    std::swap(data_, other.data_);
    std::swap(control_, other.control_);
    std::swap(data_size_, other.data_size_);
    std::swap(control_size_, other.control_size_);
    std::swap(filled_, other.filled_);
}

bytes_span receive_batch::control_of(std::size_t index) noexcept {
    const ::msghdr& header = headers_[index].msg_hdr;
    return {header.msg_control, header.msg_controllen};
}

void receive_batch::clear() noexcept {
    for (std::size_t i = 0; i < filled_; ++i) detail::close_descriptors(control_of(i));
    filled_ = 0;
}

void receive_batch::prepare() noexcept {
    for (std::size_t i = 0; i < headers_.size(); ++i) {
        ::msghdr header{};
        header.msg_name = &names_[i];
        header.msg_namelen = sizeof names_[i];
        header.msg_iov = &parts_[i];
        header.msg_iovlen = 1;
        if (control_size_ > 0) header.msg_control = &control_[i * CMSG_ALIGN(control_size_)];
        header.msg_controllen = control_size_;
        headers_[i] = {header, 0};
    }
}

received_message receive_batch::operator[](std::size_t index) const noexcept {
    const ::mmsghdr& slot = headers_[index];
    const ::msghdr& header = slot.msg_hdr;
    return {bytes_view(parts_[index].iov_base, std::min<std::size_t>(slot.msg_len, data_size_)),
            control_view(bytes_view(header.msg_control, header.msg_controllen)), header.msg_flags,
            address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&names_[index]),
                                   header.msg_namelen)};
}

std::vector<unique_fd> receive_batch::take_descriptors(std::size_t index) {
    std::vector<unique_fd> descriptors;
    descriptors.reserve((*this)[index].control.descriptor_count());
    detail::take_descriptors(control_of(index), descriptors);
    return descriptors;
}

std::span<::mmsghdr> batch_access::prepare(receive_batch& batch) noexcept {
    batch.clear();
    batch.prepare();
    return batch.headers_;
}

void batch_access::received(receive_batch& batch, std::size_t count, int flags) noexcept {
    batch.filled_ = count;
    for (std::size_t i = 0; i < count; ++i) {
        int& reported = batch.headers_[i].msg_hdr.msg_flags;
        reported = detail::reported_flags(reported, flags);
    }
}

result<std::size_t> try_recvmmsg(socket& s, receive_batch& batch, int flags) noexcept {
    batch.clear();
    const int all_flags = detail::receive_flags(flags) | MSG_WAITFORONE;
    auto count = socket_access::retry(s, "recvmmsg", POLLIN, [&](int fd) {
        const auto headers = batch_access::prepare(batch);
        return sys::recvmmsg(fd, headers.data(), static_cast<unsigned>(headers.size()), all_flags);
    });
    if (count) batch_access::received(batch, *count, flags);
    return count;
}

std::size_t recvmmsg(socket& s, receive_batch& batch, int flags) {
    return value_or_throw(try_recvmmsg(s, batch, flags));
}

outgoing_control& send_batch::add(bytes_view data, const address& remote) {
    if (empty()) clear();
    if (added_ == slots_.size()) slots_.emplace_back();
    slot& next = slots_[added_];
    next.data = data;
    next.remote = remote;
    next.control.clear();
    ++added_;
    return next.control;
}

void send_batch::prepare() {
    headers_.resize(size());
    for (std::size_t i = 0; i < size(); ++i) {
        slot& one = slots_[sent_ + i];
        // A header's pointers are not const even where the kernel only reads.
        one.part = {const_cast<void*>(one.data.data()), one.data.size()};
        ::msghdr header{};
        header.msg_name = one.remote.empty() ? nullptr : const_cast<::sockaddr*>(one.remote.data());
        header.msg_namelen = one.remote.size();
        header.msg_iov = &one.part;
        header.msg_iovlen = 1;
        header.msg_control = const_cast<void*>(one.control.buffer().data());
        header.msg_controllen = one.control.buffer().size();
        headers_[i] = {header, 0};
    }
}

std::span<::mmsghdr> batch_access::prepare(send_batch& batch) {
    batch.prepare();
    return batch.headers_;
}

const address& batch_access::first_remote(const send_batch& batch) noexcept {
    return batch.slots_[batch.sent_].remote;
}

void batch_access::sent(send_batch& batch, std::size_t count) noexcept { batch.sent_ += count; }

result<std::size_t> try_sendmmsg(socket& s, send_batch& batch, int flags) noexcept try {
    if (batch.empty()) return std::size_t{0};
    const auto headers = batch_access::prepare(batch);
    const address& remote = batch_access::first_remote(batch);
    auto count = socket_access::retry(
        s, "sendmmsg", POLLOUT,
        [&](int fd) {
            return sys::sendmmsg(fd, headers.data(), static_cast<unsigned>(headers.size()), flags);
        },
        0, remote.empty() ? nullptr : &remote);
    if (count) batch_access::sent(batch, *count);
    return count;
} catch (const std::exception&) {
    return std::unexpected(failure(system_code(ENOMEM), "sendmmsg"));
}

std::size_t sendmmsg(socket& s, send_batch& batch, int flags) {
    return value_or_throw(try_sendmmsg(s, batch, flags));
}

}  // namespace priz
