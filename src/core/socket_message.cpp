// recvmsg and sendmsg. All memory that a message needs is got before the system call: after it
// descriptors may have been installed, and nothing that can fail stands between them and their
// owner.
#include <limits.h>

#include <algorithm>
#include <exception>

#include "core/message_parts.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "priz/message.hpp"

namespace priz {

using detail::message_parts;
using detail::socket_access;
using detail::system_code;

namespace {

constexpr std::size_t ancillary_max = 0x7fffffff;

failure bad_ancillary_size(const char* operation) noexcept {
    return failure(make_error_code(errc::value_error), operation)
        .with_subject("ancillary data buffer length");
}

// The kernel says EMSGSIZE, which is what it says of a datagram that is too long.
bool too_many(const message_parts& parts) noexcept { return parts.size() > IOV_MAX; }

failure refused_parts(const char* operation) noexcept {
    return failure(system_code(EMSGSIZE), operation)
        .with_hint("a message is made of at most 1024 pieces");
}

failure no_memory(const char* operation) noexcept {
    return failure(system_code(ENOMEM), operation);
}

// Receives into `parts`; everything but the data.
result<message_size> receive_message(const socket& s, const char* operation, ::iovec* parts,
                                     std::size_t part_count, bytes&& control, int flags) noexcept {
    ::sockaddr_storage name{};
    ::msghdr header{};
    const auto count = socket_access::retry(s, operation, POLLIN, [&](int fd) {
        header.msg_name = &name;
        header.msg_namelen = sizeof name;
        header.msg_iov = parts;
        header.msg_iovlen = part_count;
        header.msg_control = control.empty() ? nullptr : control.data();
        header.msg_controllen = control.size();
        return sys::recvmsg(fd, &header, detail::receive_flags(flags));
    });
    if (!count) return std::unexpected(count.error());
    control.resize(std::min<std::size_t>(header.msg_controllen, control.size()));
    return message_size{
        *count, incoming_control(std::move(control)),
        detail::reported_flags(header.msg_flags, flags),
        address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&name), header.msg_namelen)};
}

}  // namespace

result<message_size> socket::try_recvmsg_into(std::span<const bytes_span> targets,
                                              std::size_t ancillary_size, int flags) noexcept try {
    if (ancillary_size > ancillary_max) return std::unexpected(bad_ancillary_size("recvmsg_into"));
    message_parts parts(targets);
    if (too_many(parts)) return std::unexpected(refused_parts("recvmsg_into"));
    return receive_message(*this, "recvmsg_into", parts.data(), parts.size(),
                           bytes(ancillary_size, '\0'), flags);
} catch (const std::exception&) {
    return std::unexpected(no_memory("recvmsg_into"));
}

message_size socket::recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size,
                                  int flags) {
    return value_or_throw(try_recvmsg_into(targets, ancillary_size, flags));
}

result<message> socket::try_recvmsg(std::size_t size, std::size_t ancillary_size,
                                    int flags) noexcept try {
    if (ancillary_size > ancillary_max) return std::unexpected(bad_ancillary_size("recvmsg"));
    if (detail::is_negative(size)) return std::unexpected(detail::negative_size("recvmsg"));
    bytes control(ancillary_size, '\0');
    bytes data;
    auto got = result<message_size>(std::unexpect, no_memory("recvmsg"));
    // libstdc++ 12 may offer more room than was asked for.
    data.resize_and_overwrite(size, [&](char* target, std::size_t) {
        ::iovec part{target, size};
        got = receive_message(*this, "recvmsg", &part, 1, std::move(control), flags);
        return got ? std::min(got->size, size) : 0;
    });
    if (!got) return std::unexpected(std::move(got).error());
    if (data.size() < data.capacity() / 2) data.shrink_to_fit();
    return message{std::move(data), std::move(got->control), got->flags, got->from};
} catch (const std::exception&) {
    return std::unexpected(no_memory("recvmsg"));
}

message socket::recvmsg(std::size_t size, std::size_t ancillary_size, int flags) {
    return value_or_throw(try_recvmsg(size, ancillary_size, flags));
}

result<std::size_t> socket::try_sendmsg(std::span<const bytes_view> sources,
                                        const outgoing_control& control, int flags,
                                        const address& remote) noexcept try {
    message_parts parts(sources);
    if (too_many(parts)) return std::unexpected(refused_parts("sendmsg"));
    ::msghdr header{};
    header.msg_name = remote.empty() ? nullptr : const_cast<::sockaddr*>(remote.data());
    header.msg_namelen = remote.size();
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    header.msg_control = control.empty() ? nullptr : const_cast<void*>(control.buffer().data());
    header.msg_controllen = control.buffer().size();
    return socket_access::retry(
        *this, "sendmsg", POLLOUT, [&](int fd) { return sys::sendmsg(fd, &header, flags); }, 0,
        remote.empty() ? nullptr : &remote);
} catch (const std::exception&) {
    return std::unexpected(no_memory("sendmsg"));
}

result<std::size_t> socket::try_sendmsg(std::span<const bytes_view> sources) noexcept {
    return try_sendmsg(sources, outgoing_control());
}

std::size_t socket::sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                            int flags, const address& remote) {
    return value_or_throw(try_sendmsg(sources, control, flags, remote));
}

std::size_t socket::sendmsg(std::span<const bytes_view> sources) {
    return value_or_throw(try_sendmsg(sources));
}

}  // namespace priz
