#include "priz/unique_fd.hpp"

#include "core/sys.hpp"

namespace priz {

void unique_fd::reset(int fd) noexcept {
    const int old = std::exchange(fd_, fd);
    if (old >= 0) sys::close(old);
}

}  // namespace priz
