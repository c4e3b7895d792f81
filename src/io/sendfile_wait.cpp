// Sending a file without waiting for the socket.
//
// sendfile(2) knows no MSG_DONTWAIT: whether it waits is a matter of the socket's mode. Sockets
// that a loop opens are non-blocking; those that it accepts are not, since no other verb needs it,
// and become so when the first file is sent. The call waits for the file all the same: it is meant
// for files that are in memory or on a disk.
//
// What sendfile(2) cannot map (EINVAL, ENOSYS), and what goes over a transport, is read and sent.
// Nothing is kept between two attempts but how far the transfer has come: what was read and could
// not be sent is read again, so that neither a failure nor a cancellation loses bytes.
//
// A fast peer could keep the verb, and so the loop, busy for as long as the file lasts. After a
// mebibyte it waits like one whose socket is full, with the news that it is not on their way.
#include "priz/io/detail/sendfile_wait.hpp"

#include <fcntl.h>

#include <algorithm>

#include "core/sigpipe.hpp"
#include "io/socket_calls.hpp"
#include "io/wait_outcome.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

namespace {

constexpr std::size_t at_a_time = 1U << 20;

int make_nonblocking(int fd) noexcept {
    const int flags = sys::fcntl(fd, F_GETFL, 0);
    if (flags < 0) return errno;
    if ((flags & O_NONBLOCK) != 0) return 0;
    return sys::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? errno : 0;
}

}  // namespace

bool sendfile_wait::attempt() noexcept {
    if (means == way::unknown) {
        if (const int cause = prepare(); cause != 0) return end(cause);
    }
    const std::size_t done_before = done;
    const bool has_ended = send();
    // The file stands behind what was sent; where nothing was, as it stood.
    if (done != done_before) sys::lseek(file, static_cast<::off_t>(start + done), SEEK_SET);
    return has_ended;
}

int sendfile_wait::prepare() noexcept {
    if (wanted && *wanted == 0) return EINVAL;
    struct ::stat status {};
    if (sys::fstat(file, &status) != 0) return errno;
    if (sys::lseek(file, 0, SEEK_CUR) < 0) return errno;
    const bool is_mapped = where->via == nullptr && S_ISREG(status.st_mode);
    means = is_mapped ? way::by_kernel : way::by_reading;
    return is_mapped ? make_nonblocking(where->fd) : 0;
}

std::size_t sendfile_wait::left(std::size_t most) const noexcept {
    return wanted ? std::min(*wanted - done, most) : most;
}

bool sendfile_wait::send() noexcept {
    for (std::size_t sent = 0; left(1) > 0;) {
        if (sent >= at_a_time) return go_on_later();
        const std::size_t most = left(at_a_time - sent);
        const auto outcome = means == way::by_kernel ? send_by_kernel(most) : send_by_reading(most);
        if (outcome == 0) break;
        if (outcome < 0) return refused(*this, outcome);
        sent += static_cast<std::size_t>(outcome);
        done += static_cast<std::size_t>(outcome);
    }
    return end(0);
}

std::ptrdiff_t sendfile_wait::send_by_kernel(std::size_t most) noexcept {
    auto offset = static_cast<::off_t>(start + done);
    const auto outcome = unless_interrupted([&] {
        const priz::detail::without_sigpipe guard;
        return or_error(sys::sendfile(where->fd, file, &offset, most));
    });
    if (done > 0 || (outcome != -EINVAL && outcome != -ENOSYS)) return outcome;
    means = way::by_reading;
    return send_by_reading(most);
}

std::ptrdiff_t sendfile_wait::send_by_reading(std::size_t most) noexcept {
    block* const buffer = where->loop->buffers.take();
    if (buffer == nullptr) return -ENOMEM;
    const chunk holder(*buffer, 0);
    // What the connection does not take is read again.
    constexpr std::size_t size_max = std::size_t{64} * 1024;
    const std::size_t size = std::min(most, size_max);
    const std::ptrdiff_t count = unless_interrupted([&] {
        return or_error(sys::pread(file, buffer->memory, size, static_cast<::off_t>(start + done)));
    });
    if (count <= 0) return count;
    return send_now(*where, buffer->memory, static_cast<std::size_t>(count), 0);
}

bool sendfile_wait::go_on_later() noexcept {
    where->loop->report_later(*where, endpoint::may_write);
    return false;
}

failure sendfile_wait::why(const char* verb, std::size_t count) const noexcept {
    failure told = socket_wait::why(verb, count);
    if (error == EINVAL && wanted && *wanted == 0) {
        told = told.with_cause(errc::value_error);
        told.with_hint("count must be a positive integer");
    }
    if (error == ESPIPE) told.with_hint("what is sent needs a position: read a pipe and send that");
    return told;
}

}  // namespace priz::io::detail
