#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/worded.hpp"

namespace priz {

using detail::make_failure;
using detail::patience;
using detail::socket_access;
using detail::system_code;

std::ptrdiff_t detail::recv_now(int fd, void* target, std::size_t size, int flags) noexcept {
    return sys::recv(fd, target, size, flags);
}

namespace {

// Nothing is received without a system call: the kernel would wait for something to be there first.
result<std::size_t> receive(const socket& s, bytes_span target, int flags,
                            int first_error = 0) noexcept {
    if (target.empty()) return 0;
    return socket_access::retry(
        s, "recv", POLLIN,
        [&](int fd) { return sys::recv(fd, target.data(), target.size(), flags); }, first_error);
}

result<datagram_size> receive_from(const socket& s, bytes_span target, int flags) noexcept {
    ::sockaddr_storage name{};
    ::socklen_t size = 0;
    auto* raw = reinterpret_cast<::sockaddr*>(&name);
    const auto count = socket_access::retry(s, "recvfrom", POLLIN, [&](int fd) {
        size = sizeof name;
        return sys::recvfrom(fd, target.data(), target.size(), flags, raw, &size);
    });
    if (!count) return std::unexpected(count.error());
    return datagram_size{*count, address::from_sockaddr(raw, size)};
}

// Receives that fit here go through the stack, and their bytes are allocated at their exact size;
// the others are received where they stay.
constexpr std::size_t small_size = 4096;

// Bytes for `size` filled by `fill(span)`, which returns a result with their count. Never throws.
template <class Fill>
auto filled(std::size_t size, const char* operation, bytes& data, Fill&& fill) noexcept
    -> decltype(fill(bytes_span())) try {
    if (detail::is_negative(size)) return std::unexpected(detail::negative_size(operation));
    if (size <= small_size) {
        std::array<char, small_size> small;
        auto outcome = fill(bytes_span(small.data(), size));
        if (outcome) data.assign(small.data(), std::min(outcome->size, size));
        return outcome;
    }
    data.reserve(size);
    auto outcome = decltype(fill(bytes_span()))(std::unexpect, std::error_code(), operation);
    data.resize_and_overwrite(size, [&](char* target, std::size_t room) {
        outcome = fill(bytes_span(target, room));
        return outcome ? std::min(outcome->size, room) : 0;
    });
    if (data.size() < data.capacity() / 2) data.shrink_to_fit();
    return outcome;
} catch (const std::exception&) {
    return std::unexpected(failure(system_code(ENOMEM), operation));
}

struct plain_size {
    std::size_t size;
};

failure cut_short(const socket& s, std::error_code cause, std::size_t done,
                  std::size_t wanted) noexcept {
    failure why = make_failure(s, cause, "recv_exactly");
    if (cause == errc::end_of_stream)
        detail::worded(why, [&](failure& told) {
            told.with_hint(std::to_string(done) + " of " + std::to_string(wanted) +
                           " bytes had come when the peer ended the stream");
        });
    if (done > 0) why.with_transferred(done);
    return why;
}

}  // namespace

result<bytes> socket::try_recv(std::size_t size, int flags) noexcept {
    bytes data;
    const auto got = filled(size, "recv", data, [&](bytes_span target) -> result<plain_size> {
        auto count = receive(*this, target, flags);
        if (!count) return std::unexpected(std::move(count).error());
        return plain_size{*count};
    });
    if (!got) return std::unexpected(got.error());
    return data;
}

bytes socket::recv(std::size_t size, int flags) { return value_or_throw(try_recv(size, flags)); }

result<std::size_t> socket::try_recv_into(bytes_span target, int flags) noexcept {
    return receive(*this, target, flags);
}

std::size_t socket::recv_into_slowly(bytes_span target, int flags, std::ptrdiff_t outcome) {
    return value_or_throw(receive(*this, target, flags, outcome < 0 ? errno : 0));
}

result<void> socket::try_recv_exactly_into(bytes_span target) noexcept {
    patience patient(*this);
    patient.start();
    std::size_t done = 0;
    while (done < target.size()) {
        const int fd = socket_access::fd(*this);
        const bytes_span rest = target.subspan(done);
        int cause = 0;
        const auto count =
            patient.run([&] { return sys::recv(fd, rest.data(), rest.size(), 0); }, cause);
        std::error_code verdict = errc::end_of_stream;
        if (count > 0) {
            done += static_cast<std::size_t>(count);
            verdict = done < target.size() ? patient.between_parts() : std::error_code();
        } else if (count < 0) {
            verdict = patient.after(cause, fd, POLLIN);
        }
        if (verdict) return std::unexpected(cut_short(*this, verdict, done, target.size()));
    }
    return {};
}

void socket::recv_exactly_into(bytes_span target) { value_or_throw(try_recv_exactly_into(target)); }

result<bytes> socket::try_recv_exactly(std::size_t size) noexcept try {
    if (detail::is_negative(size)) return std::unexpected(detail::negative_size("recv_exactly"));
    bytes data;
    result<void> outcome;
    // libstdc++ 12 may offer more room than was asked for.
    data.resize_and_overwrite(size, [&](char* target, std::size_t) {
        outcome = try_recv_exactly_into(bytes_span(target, size));
        return size;
    });
    if (!outcome) return std::unexpected(outcome.error());
    return data;
} catch (const std::exception&) {
    return std::unexpected(failure(system_code(ENOMEM), "recv_exactly"));
}

bytes socket::recv_exactly(std::size_t size) { return value_or_throw(try_recv_exactly(size)); }

result<datagram_size> socket::try_recvfrom_into(bytes_span target, int flags) noexcept {
    return receive_from(*this, target, flags);
}

datagram_size socket::recvfrom_into(bytes_span target, int flags) {
    return value_or_throw(try_recvfrom_into(target, flags));
}

result<datagram> socket::try_recvfrom(std::size_t size, int flags) noexcept {
    bytes data;
    const auto got = filled(size, "recvfrom", data,
                            [&](bytes_span target) { return receive_from(*this, target, flags); });
    if (!got) return std::unexpected(got.error());
    return datagram{std::move(data), got->from};
}

datagram socket::recvfrom(std::size_t size, int flags) {
    return value_or_throw(try_recvfrom(size, flags));
}

}  // namespace priz
