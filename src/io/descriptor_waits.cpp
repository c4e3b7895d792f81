#include "priz/io/detail/descriptor_waits.hpp"

#include <poll.h>

#include "core/sigpipe.hpp"
#include "io/socket_calls.hpp"
#include "io/wait_outcome.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

namespace {

std::ptrdiff_t write_now(const endpoint& e, bytes_view source) noexcept {
    const priz::detail::without_sigpipe guard;
    return unless_interrupted(
        [&] { return or_error(sys::write(e.fd, source.data(), source.size())); });
}

bool is_ready(const endpoint& e, short events) noexcept {
    ::pollfd one{e.fd, events, 0};
    const ::timespec at_once{};
    return sys::ppoll(&one, 1, &at_once, nullptr) != 0;
}

}  // namespace

bool read_wait::attempt() noexcept {
    block* const buffer = where->loop->buffers.take();
    if (buffer == nullptr) return end(ENOMEM);
    const auto outcome =
        unless_interrupted([&] { return or_error(sys::read(where->fd, buffer->memory, limit)); });
    chunk lent(*buffer, outcome > 0 ? static_cast<std::size_t>(outcome) : 0);
    if (outcome > 0) data = std::move(lent);
    return took(*this, outcome, limit);
}

bool read_into_wait::attempt() noexcept {
    const auto outcome = unless_interrupted(
        [&] { return or_error(sys::read(where->fd, target.data(), target.size())); });
    if (outcome >= 0) count = static_cast<std::size_t>(outcome);
    return took(*this, outcome, target.size());
}

bool write_wait::attempt() noexcept {
    const auto outcome = write_now(*where, source);
    if (outcome < 0) return refused(*this, outcome);
    count = static_cast<std::size_t>(outcome);
    return end(0);
}

bool writeall_wait::attempt() noexcept {
    while (count < source.size()) {
        const auto outcome = write_now(*where, source.subview(count));
        if (outcome < 0) return refused(*this, outcome);
        count += static_cast<std::size_t>(outcome);
    }
    return end(0);
}

bool fd_readable_wait::attempt() noexcept {
    if (is_ready(*where, POLLIN | POLLPRI | POLLRDHUP)) return end(0);
    where->unset(endpoint::may_read);
    return false;
}

bool fd_writable_wait::attempt() noexcept {
    if (is_ready(*where, POLLOUT)) return end(0);
    where->unset(endpoint::may_write);
    return false;
}

}  // namespace priz::io::detail
