// buffer_ring.hpp: buffers that the kernel takes from as data comes in, and leases of what it
// wrote.
//
// A receive that is armed for many sockets would hold one buffer for each of them, empty most of
// the time. From a buffer ring the kernel takes a buffer only when there are bytes for it. Where it
// can (Linux 6.12), it fills one buffer with several receives, one behind the other, also of
// different sockets, so that small messages take no more room than they need.
//
// take() makes a lease of a receive's completion. The bytes stay in place as long as the lease
// does; leases end in any order. A buffer goes back to the kernel when the kernel has finished with
// it and the last lease of it has ended. A lease that is kept thus keeps a whole buffer, and when
// none is left, receives end with -ENOBUFS: they are to be armed again when available() says so.
// Who wants to keep bytes copies them.
//
// Belongs to the thread of its ring, as do the leases. The ring outlives the buffer ring, and the
// buffer ring its leases.
#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "io/uring/mapping.hpp"
#include "priz/bytes.hpp"
#include "priz/error.hpp"

namespace priz::io::uring {

class ring;

class buffer_ring {
public:
    struct shape {
        std::uint16_t group = 0;        // the number by which receives name this buffer ring
        unsigned entries = 64;          // a power of two up to 32768: how many buffers
        unsigned buffer_size = 32'768;  // bytes
        bool incremental = true;        // several receives into one buffer, where the kernel can
    };

    // Bytes that one receive has brought.
    class lease {
    public:
        lease() noexcept = default;
        lease(lease&& other) noexcept
            : from_(std::exchange(other.from_, nullptr)),
              data_(std::exchange(other.data_, nullptr)),
              size_(std::exchange(other.size_, 0)),
              buffer_(other.buffer_) {}
        lease& operator=(lease other) noexcept {
            std::swap(from_, other.from_);
            std::swap(data_, other.data_);
            std::swap(size_, other.size_);
            std::swap(buffer_, other.buffer_);
            return *this;
        }
        ~lease() {
            if (from_ != nullptr) from_->release(buffer_);
        }

        const std::byte* data() const noexcept { return data_; }
        std::size_t size() const noexcept { return size_; }
        bytes_view bytes() const noexcept { return {data_, size_}; }

    private:
        friend class buffer_ring;
        lease(buffer_ring* from, std::uint16_t buffer, const std::byte* data,
              std::uint32_t size) noexcept
            : from_(from), data_(data), size_(size), buffer_(buffer) {}

        buffer_ring* from_ = nullptr;
        const std::byte* data_ = nullptr;
        std::uint32_t size_ = 0;
        std::uint16_t buffer_ = 0;
    };

    static result<std::unique_ptr<buffer_ring>> make(const ring& of, const shape& wished);
    buffer_ring(const buffer_ring&) = delete;
    buffer_ring& operator=(const buffer_ring&) = delete;
    ~buffer_ring();

    // The bytes of a completed receive that named this group; empty when it brought none. To be
    // called once for each completion that has IORING_CQE_F_BUFFER, in the order of the queue.
    lease take(const ::io_uring_cqe& done) noexcept;

    // How many buffers the kernel may write to.
    unsigned available() const noexcept { return available_; }

    bool incremental() const noexcept { return incremental_; }
    std::uint16_t group() const noexcept { return group_; }
    unsigned entries() const noexcept { return static_cast<unsigned>(buffers_.size()); }
    std::size_t buffer_size() const noexcept { return buffer_size_; }

private:
    struct buffer {
        std::uint32_t owners = 0;  // its leases, and the kernel while it may write
        std::uint32_t filled = 0;  // bytes
    };

    buffer_ring(const ring& of, const shape& wished, mapping memory);
    int enlist(bool incremental) noexcept;
    void give(std::uint16_t number) noexcept;
    void release(std::uint16_t number) noexcept {
        if (--buffers_[number].owners == 0) give(number);
    }
    std::byte* memory_of(std::uint16_t number) const noexcept {
        return first_ + number * buffer_size_;
    }

    ::io_uring_buf* slots_;
    std::byte* first_;
    std::size_t buffer_size_;
    std::vector<buffer> buffers_;
    unsigned available_ = 0;
    std::uint16_t tail_ = 0;
    std::uint16_t group_;
    bool incremental_ = false;
    bool enlisted_ = false;
    int ring_fd_;
    mapping memory_;
};

}  // namespace priz::io::uring
