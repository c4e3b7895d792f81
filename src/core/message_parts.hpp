// message_parts.hpp: the pieces of memory of a message, as the kernel takes them.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <span>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/control.hpp"

namespace priz::detail {

// The iovecs for some bytes_views or bytes_spans; allocates only for more than a few.
class message_parts {
public:
    template <class Piece>
    explicit message_parts(std::span<const Piece> pieces) : size_(pieces.size()) {
        if (size_ > few_.size()) many_.resize(size_);
        ::iovec* target = data();
        // An iovec's base is not const even where the kernel only reads.
        for (const Piece& piece : pieces)
            *target++ = {const_cast<void*>(static_cast<const void*>(piece.data())), piece.size()};
    }
    message_parts(const message_parts&) = delete;
    message_parts& operator=(const message_parts&) = delete;

    ::iovec* data() noexcept { return many_.empty() ? few_.data() : many_.data(); }
    std::size_t size() const noexcept { return size_; }

private:
    std::array<::iovec, 16> few_;
    std::vector<::iovec> many_;
    std::size_t size_;
};

// The flags of a receive that makes descriptors: close-on-exec unless the caller wants the
// kernel's.
inline int receive_flags(int flags) noexcept {
    const int real = flags & ~inheritable_descriptors;
    return (flags & inheritable_descriptors) != 0 ? real : real | MSG_CMSG_CLOEXEC;
}

// What a receive reports: the kernel repeats MSG_CMSG_CLOEXEC, which only a caller who asked for it
// expects.
inline int reported_flags(int reported, int asked) noexcept {
    return reported & (asked | ~MSG_CMSG_CLOEXEC);
}

}  // namespace priz::detail
