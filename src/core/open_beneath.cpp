#include "core/open_beneath.hpp"

#include <cerrno>
#include <system_error>

#include "core/sys.hpp"

namespace priz::detail {

result<unique_fd> open_beneath(int folder, const char* path) noexcept {
    ::open_how how{};
    how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: something on the way was moved meanwhile, and it is not known where to.
    for (int left = 10;; --left) {
        const int fd = sys::openat2(folder, path, how);
        if (fd >= 0) return unique_fd(fd);
        const bool may_be_other = errno == EINTR || (errno == EAGAIN && left > 0);
        if (!may_be_other)
            return std::unexpected(failure(std::error_code(errno, std::system_category()), "open"));
    }
}

result<void> look_at(int folder, const char* path, struct ::stat& found) noexcept {
    if (sys::fstatat(folder, path, &found, 0) == 0) return {};
    return std::unexpected(failure(std::error_code(errno, std::system_category()), "stat"));
}

}  // namespace priz::detail
