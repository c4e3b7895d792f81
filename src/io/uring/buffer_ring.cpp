#include "io/uring/buffer_ring.hpp"

#include <atomic>
#include <bit>
#include <cerrno>

#include "io/uring/abi.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/ring.hpp"
#include "io/uring/sys_uring.hpp"

namespace priz::io::uring {

// The slots, which the kernel reads and, for incremental buffers, writes, begin the mapping; the
// buffers follow. The number of slots given so far is in the first slot, in the field that the
// kernel's struct io_uring_buf_ring has for it; that struct itself is not used, because what it
// means in C it does not mean in C++, where its empty member takes room.
static_assert(offsetof(::io_uring_buf, resv) == 14);

namespace {

constexpr std::size_t page = 4096;
constexpr unsigned entries_max = 32'768;

std::size_t slots_size(unsigned entries) noexcept {
    return (entries * sizeof(::io_uring_buf) + page - 1) / page * page;
}

bool makes_sense(const buffer_ring::shape& wished) noexcept {
    return std::has_single_bit(wished.entries) && wished.entries <= entries_max &&
           wished.buffer_size > 0;
}

failure failed(const char* operation, int cause) {
    return failure({cause, std::system_category()}, operation).with_subject("of a buffer ring");
}

}  // namespace

auto buffer_ring::make(const ring& of, const shape& wished)
    -> result<std::unique_ptr<buffer_ring>> {
    if (!makes_sense(wished))
        return std::unexpected(failure(errc::value_error, "buffer_ring")
                                   .with_hint("a power of two of buffers, none of them empty"));
    mapping memory = mapping::of_memory(slots_size(wished.entries) +
                                        std::size_t{wished.entries} * wished.buffer_size);
    if (!memory) return std::unexpected(failed("mmap", errno));
    std::unique_ptr<buffer_ring> made(new buffer_ring(of, wished, std::move(memory)));
    const bool incremental = wished.incremental && of.can().buf_ring_incremental;
    if (const int error = made->enlist(incremental); error != 0)
        return std::unexpected(failed("io_uring_register", -error));
    return made;
}

buffer_ring::buffer_ring(const ring& of, const shape& wished, mapping memory)
    : slots_(memory.at<::io_uring_buf>(0)),
      first_(memory.at<std::byte>(slots_size(wished.entries))),
      buffer_size_(wished.buffer_size),
      buffers_(wished.entries),
      group_(wished.group),
      ring_fd_(of.fileno()),
      memory_(std::move(memory)) {}

buffer_ring::~buffer_ring() {
    if (!enlisted_) return;
    const abi::buf_reg gone{
        .ring_addr = 0, .ring_entries = 0, .bgid = group_, .flags = 0, .resv = {}};
    // It was registered, and of what the kernel could say against it nothing can be acted upon.
    static_cast<void>(sys::io_uring_register(ring_fd_, IORING_UNREGISTER_PBUF_RING, &gone, 1));
}

// Makes the buffers known to the kernel and gives them to it. Zero, or -errno.
int buffer_ring::enlist(bool incremental) noexcept {
    const abi::buf_reg ours{.ring_addr = prep::address_of(slots_),
                            .ring_entries = entries(),
                            .bgid = group_,
                            .flags = incremental ? abi::pbuf_ring_inc : std::uint16_t{0},
                            .resv = {}};
    const int error = sys::io_uring_register(ring_fd_, IORING_REGISTER_PBUF_RING, &ours, 1);
    if (error != 0) return error;
    enlisted_ = true;
    incremental_ = incremental;
    for (unsigned number = 0; number < entries(); ++number)
        give(static_cast<std::uint16_t>(number));
    return 0;
}

// Puts the buffer, empty, behind those that the kernel has. Each is there at most once, so that
// there is always a slot. Field by field: `resv` of the first slot is the tail.
void buffer_ring::give(std::uint16_t number) noexcept {
    buffers_[number] = {.owners = 1, .filled = 0};
    ::io_uring_buf& slot = slots_[tail_ & (entries() - 1)];
    slot.addr = prep::address_of(memory_of(number));
    slot.len = static_cast<std::uint32_t>(buffer_size_);
    slot.bid = number;
    ++available_;
    std::atomic_ref(slots_[0].resv).store(++tail_, std::memory_order_release);
}

// Whether the kernel goes on with the buffer is told by IORING_CQE_F_BUF_MORE; except that a
// receive of nothing, such as the end of a stream, uses up no incremental buffer, and kernels
// differ in what they say then.
auto buffer_ring::take(const ::io_uring_cqe& done) noexcept -> lease {
    if ((done.flags & IORING_CQE_F_BUFFER) == 0) return {};
    const auto number = static_cast<std::uint16_t>(done.flags >> IORING_CQE_BUFFER_SHIFT);
    const bool goes_on = (done.flags & abi::cqe_f_buf_more) != 0 || (incremental_ && done.res <= 0);
    buffer& used = buffers_[number];
    lease taken;
    if (done.res > 0) {
        const auto size = static_cast<std::uint32_t>(done.res);
        taken = lease(this, number, memory_of(number) + used.filled, size);
        used.filled += size;
        ++used.owners;
    }
    if (!goes_on) {
        --available_;
        release(number);
    }
    return taken;
}

}  // namespace priz::io::uring
