#include "priz/io/descriptor.hpp"

#include <fcntl.h>

#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io {

namespace {

failure failed(const char* operation) noexcept {
    return {std::error_code(errno, std::system_category()), operation};
}

}  // namespace

descriptor::descriptor(unique_fd owned) {
    constexpr const char* op = "descriptor";
    detail::loop_core& loop = detail::this_loop_core();
    const int mode = sys::fcntl(owned.get(), F_GETFL, 0);
    if (mode < 0) failed(op).raise();
    where_ = &loop.new_endpoint(owned.get(), nullptr);
    // The descriptor is the endpoint's already.
    static_cast<void>(owned.release());
    if ((mode & O_NONBLOCK) != 0) return;
    if (sys::fcntl(where_->fd, F_SETFL, mode | O_NONBLOCK) < 0) {
        const failure why = failed(op);
        reset();
        why.raise();
    }
    mode_before_ = mode;
}

int descriptor::fileno() const noexcept { return where_ != nullptr ? where_->fd : -1; }

void descriptor::reset() noexcept {
    detail::endpoint* const gone = std::exchange(where_, nullptr);
    if (gone == nullptr) return;
    if (mode_before_ >= 0) sys::fcntl(gone->fd, F_SETFL, mode_before_);
    mode_before_ = -1;
    detail::close_endpoint(*gone);
}

result<unique_fd> descriptor::try_release() noexcept {
    if (where_ == nullptr) return unique_fd();
    // The loop's backend closes what it has watched, when the kernel has let go of it.
    unique_fd kept(sys::dup(where_->fd));
    if (!kept) return std::unexpected(failed("release"));
    reset();
    return kept;
}

unique_fd descriptor::release() { return value_or_throw(try_release()); }

}  // namespace priz::io
