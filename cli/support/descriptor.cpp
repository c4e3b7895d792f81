#include "descriptor.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace priz::cli {

namespace {

std::error_code last_error() noexcept { return {errno, std::system_category()}; }

bool is_regular(int fd) noexcept {
    struct stat status = {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

bool wait_writable(int fd, int milliseconds) noexcept {
    pollfd one{.fd = fd, .events = POLLOUT, .revents = 0};
    int ready = 0;
    do ready = ::poll(&one, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

}  // namespace

transfer read_some(int fd, std::string& target, std::size_t limit) {
    target.resize(limit);
    const auto count = ::read(fd, target.data(), limit);
    target.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return count < 0 ? transfer{0, last_error()} : transfer{target.size(), {}};
}

transfer write_some(int fd, std::string_view data) {
    const auto size = std::min<std::size_t>(data.size(), is_regular(fd) ? 1 << 20 : PIPE_BUF);
    const auto count = ::write(fd, data.data(), size);
    return count < 0 ? transfer{0, last_error()} : transfer{static_cast<std::size_t>(count), {}};
}

std::error_code write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const auto [count, error] = write_some(fd, data);
        if (error == std::errc::operation_would_block)
            wait_writable(fd, -1);
        else if (error && error != std::errc::interrupted)
            return error;
        data.remove_prefix(count);
    }
    return {};
}

std::error_code write_hurriedly(int fd, std::string_view data) {
    constexpr int patience_ms = 2000;
    while (!data.empty() && wait_writable(fd, patience_ms)) {
        const auto [count, error] = write_some(fd, data);
        if (error) return error;
        data.remove_prefix(count);
    }
    return {};
}

void fill_standard_descriptors() noexcept {
    int fd = 0;
    do fd = ::open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) ::close(fd);
}

void spare_descriptors::take() noexcept {
    for (auto* one : {&first_, &second_})
        if (!*one) one->reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void spare_descriptors::give() noexcept {
    first_.reset();
    second_.reset();
}

bool is_terminal(int fd) noexcept { return ::isatty(fd) == 1; }

}  // namespace priz::cli
