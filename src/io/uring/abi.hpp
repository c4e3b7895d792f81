// abi.hpp: what the kernel knows of io_uring and Debian 12's <linux/io_uring.h>, of Linux 6.1, does
// not name.
//
// Constants have the kernel's names without their IORING_ or IOU_, in a namespace of their own: a
// newer header names most of them as enumerators, which no #ifndef sees. The structs are those
// whose padding has got a meaning since.
#pragma once

#include <linux/io_uring.h>

#include <cstddef>
#include <cstdint>

namespace priz::io::uring::abi {

inline constexpr unsigned setup_no_sqarray = 1U << 16;  // Linux 6.6

inline constexpr unsigned enter_abs_timer = 1U << 5;  // Linux 6.12
inline constexpr unsigned enter_no_iowait = 1U << 7;  // Linux 6.15

inline constexpr unsigned feat_min_timeout = 1U << 15;  // Linux 6.12

inline constexpr unsigned cqe_f_buf_more = 1U << 4;  // Linux 6.12

inline constexpr std::uint16_t pbuf_ring_mmap = 1;  // Linux 6.4
inline constexpr std::uint16_t pbuf_ring_inc = 2;   // Linux 6.12

inline constexpr unsigned register_send_msg_ring = 31;  // Linux 6.13

// io_uring_getevents_arg
struct getevents_arg {
    std::uint64_t sigmask;
    std::uint32_t sigmask_sz;
    std::uint32_t min_wait_usec;  // Linux 6.12
    std::uint64_t ts;
};
static_assert(sizeof(getevents_arg) == sizeof(::io_uring_getevents_arg));
static_assert(offsetof(getevents_arg, ts) == offsetof(::io_uring_getevents_arg, ts));

// io_uring_buf_reg
struct buf_reg {
    std::uint64_t ring_addr;
    std::uint32_t ring_entries;
    std::uint16_t bgid;
    std::uint16_t flags;  // Linux 6.4
    std::uint64_t resv[3];
};
static_assert(sizeof(buf_reg) == sizeof(::io_uring_buf_reg));
static_assert(offsetof(buf_reg, bgid) == offsetof(::io_uring_buf_reg, bgid));

// io_uring_sqe::optlen, which shares its place with file_index: of a multishot receive, how many
// bytes it takes in all before it ends. Linux 6.17.
inline void set_optlen(::io_uring_sqe& sqe, std::uint32_t bytes) noexcept {
    sqe.file_index = bytes;
}

}  // namespace priz::io::uring::abi
