// Sending a file.
//
// sendfile(2) copies from a file to a socket inside the kernel. It takes at most 2^31 - 4096 bytes
// a call, may take fewer, and refuses (EINVAL, ENOSYS) what it cannot map: pipes, some special
// files. Those are read and sent instead. The descriptor's position is not touched while the file
// is sent and set behind the last byte sent at the end, also after an error, so that a caller can
// go on where it stopped; where no byte went out it stays (as in Python). A pipe has no position:
// it is read where it is.

#include <algorithm>
#include <array>

#include "core/sigpipe.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz {

using detail::make_failure;
using detail::patience;
using detail::socket_access;
using detail::system_code;
using detail::without_sigpipe;

namespace {

constexpr std::size_t piece = 65536;
constexpr std::size_t most_at_once = 0x7ffff000;

// One transfer of a file's bytes to a socket, and how far it has come.
class transfer {
public:
    transfer(const socket& s, int file, std::size_t offset, std::optional<std::size_t> count)
        : socket_(s), patient_(s), file_(file), start_(offset), wanted_(count) {
        patient_.start();
    }

    std::error_code run() {
        struct ::stat status {};
        if (sys::fstat(file_, &status) != 0) return system_code(errno);
        seekable_ = S_ISREG(status.st_mode) || sys::lseek(file_, 0, SEEK_CUR) >= 0;
        if (!seekable_ && start_ != 0) return system_code(ESPIPE);
        if (!S_ISREG(status.st_mode)) return by_reading();
        const std::error_code cause = by_kernel();
        const bool refused = cause == system_code(EINVAL) || cause == system_code(ENOSYS);
        return refused && done_ == 0 ? by_reading() : cause;
    }

    // Leaves the file positioned behind what was sent; where nothing was, as it stood.
    void position() const noexcept {
        if (seekable_ && done_ > 0)
            sys::lseek(file_, static_cast<::off_t>(start_ + done_), SEEK_SET);
    }

    std::size_t done() const noexcept { return done_; }

private:
    std::size_t left(std::size_t most) const noexcept {
        return wanted_ ? std::min(*wanted_ - done_, most) : most;
    }

    std::error_code by_kernel() noexcept {
        while (left(most_at_once) > 0) {
            const int fd = socket_access::fd(socket_);
            const auto offset = static_cast<::off_t>(start_ + done_);
            int cause = 0;
            const auto count = patient_.run([&] { return send_file(fd, offset); }, cause);
            if (count == 0) return {};
            if (count > 0) done_ += static_cast<std::size_t>(count);
            const std::error_code verdict =
                count > 0 ? patient_.between_parts() : patient_.after(cause, fd, POLLOUT);
            if (verdict && left(most_at_once) > 0) return verdict;
        }
        return {};
    }

    ::ssize_t send_file(int fd, ::off_t offset) const noexcept {
        const without_sigpipe guard;
        return sys::sendfile(fd, file_, &offset, left(most_at_once));
    }

    std::error_code by_reading() noexcept {
        std::array<char, piece> buffer;
        while (left(piece) > 0) {
            int cause = 0;
            const auto count = patient_.run([&] { return read_into(buffer); }, cause);
            if (count == 0) return {};
            const std::error_code verdict =
                count > 0 ? send_whole(bytes_view(buffer.data(), static_cast<std::size_t>(count)))
                          : patient_.after(cause, file_, POLLIN);
            if (verdict) return verdict;
        }
        return {};
    }

    ::ssize_t read_into(std::array<char, piece>& buffer) const noexcept {
        const std::size_t size = left(piece);
        if (!seekable_) return sys::read(file_, buffer.data(), size);
        return sys::pread(file_, buffer.data(), size, static_cast<::off_t>(start_ + done_));
    }

    std::error_code send_whole(bytes_view source) noexcept {
        while (!source.empty()) {
            const int fd = socket_access::fd(socket_);
            int cause = 0;
            const auto count =
                patient_.run([&] { return sys::send(fd, source.data(), source.size(), 0); }, cause);
            if (count > 0) {
                done_ += static_cast<std::size_t>(count);
                source = source.subview(static_cast<std::size_t>(count));
            }
            const std::error_code verdict =
                count >= 0 ? patient_.between_parts() : patient_.after(cause, fd, POLLOUT);
            if (verdict && !source.empty()) return verdict;
        }
        return {};
    }

    const socket& socket_;
    patience patient_;
    int file_;
    std::size_t start_;
    std::optional<std::size_t> wanted_;
    std::size_t done_ = 0;
    bool seekable_ = false;
};

const char* reason_against(const socket& s, std::optional<std::size_t> count) noexcept {
    if (s.type() != SOCK_STREAM) return "only SOCK_STREAM type sockets are supported";
    if (!s.getblocking()) return "non-blocking sockets are not supported";
    if (count && *count == 0) return "count must be a positive integer";
    return nullptr;
}

}  // namespace

result<std::size_t> socket::try_sendfile(int file, std::size_t offset,
                                         std::optional<std::size_t> count) noexcept {
    if (const char* reason = reason_against(*this, count))
        return std::unexpected(failure(errc::value_error, "sendfile").with_hint(reason));
    transfer all(*this, file, offset, count);
    const std::error_code cause = all.run();
    all.position();
    if (!cause) return all.done();
    return std::unexpected(
        std::move(make_failure(*this, cause, "sendfile").with_transferred(all.done())));
}

std::size_t socket::sendfile(int file, std::size_t offset, std::optional<std::size_t> count) {
    return value_or_throw(try_sendfile(file, offset, count));
}

}  // namespace priz
