#include "io/uring/abilities.hpp"

#include <linux/io_uring.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "io/uring/abi.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/ring.hpp"
#include "io/uring/sys_uring.hpp"

namespace priz::io::uring {

namespace {

// The kernel reads a request before it looks for the descriptor. One that it understands fails of
// the descriptor, which does not exist: EBADF. One that it does not fails before: EINVAL.
constexpr int no_fd = -1;

struct request {
    bool abilities::*ability;
    void (*prepare)(::io_uring_sqe& sqe, std::uint64_t tag);
};

constexpr std::array requests{
    request{
        &abilities::multishot_accept,
        [](::io_uring_sqe& sqe, std::uint64_t tag) { prep::accept_multishot(sqe, no_fd, tag); }},
    request{&abilities::multishot_recv,
            [](::io_uring_sqe& sqe, std::uint64_t tag) {
                prep::recv_multishot(sqe, no_fd, {.group = 0}, tag);
            }},
    request{&abilities::recv_credit,
            [](::io_uring_sqe& sqe, std::uint64_t tag) {
                prep::recv_multishot(sqe, no_fd, {.group = 0, .credit = 1}, tag);
            }},
    request{&abilities::cancel_fd,
            [](::io_uring_sqe& sqe, std::uint64_t tag) { prep::cancel_fd(sqe, no_fd, tag); }},
};

result<void> ask_by_requests(ring& asked, abilities& found) {
    for (std::size_t each = 0; each < requests.size(); ++each)
        requests[each].prepare(asked.next_sqe(), each);
    for (std::size_t answered = 0; answered < requests.size();) {
        const int error = asked.enter(1, never);
        if (error != 0 && error != -EINTR)
            return std::unexpected(failure({-error, std::system_category()}, "io_uring_enter"));
        answered += asked.for_each_cqe([&](const ::io_uring_cqe& done) {
            found.*requests[done.user_data].ability = done.res == -EBADF;
        });
    }
    return {};
}

// Flags of the wait: refused where they are not known.
bool takes_flag(int fd, unsigned flag) {
    return sys::io_uring_enter(fd, 0, 0, IORING_ENTER_GETEVENTS | flag, nullptr, 0) == 0;
}

// Operations of io_uring_register that take a struct: one that is known fails of where it stands.
bool knows_operation(int fd, unsigned operation) {
    const auto* nowhere = reinterpret_cast<const void*>(std::uintptr_t{1});
    return sys::io_uring_register(fd, operation, nowhere, 1) == -EFAULT;
}

// A buffer ring in the kernel's own memory, made and unmade. Kernels that consume buffers in parts
// know such rings.
bool takes_incremental_buffers(int fd) {
    const abi::buf_reg asked{.ring_addr = 0,
                             .ring_entries = 1,
                             .bgid = UINT16_MAX,
                             .flags = abi::pbuf_ring_mmap | abi::pbuf_ring_inc,
                             .resv = {}};
    if (sys::io_uring_register(fd, IORING_REGISTER_PBUF_RING, &asked, 1) != 0) return false;
    const abi::buf_reg undone{
        .ring_addr = 0, .ring_entries = 0, .bgid = UINT16_MAX, .flags = 0, .resv = {}};
    return sys::io_uring_register(fd, IORING_UNREGISTER_PBUF_RING, &undone, 1) == 0;
}

}  // namespace

result<abilities> find_abilities(ring& asked) {
    abilities found;
    if (result<void> answered = ask_by_requests(asked, found); !answered)
        return std::unexpected(std::move(answered).error());
    const int fd = asked.fileno();
    found.buf_ring = knows_operation(fd, IORING_REGISTER_PBUF_RING);
    found.buf_ring_incremental = takes_incremental_buffers(fd);
    found.sync_cancel = knows_operation(fd, IORING_REGISTER_SYNC_CANCEL);
    found.send_msg_ring = knows_operation(-1, abi::register_send_msg_ring);
    found.abs_timer = takes_flag(fd, abi::enter_abs_timer);
    found.no_iowait = takes_flag(fd, abi::enter_no_iowait);
    found.min_wait = asked.has_feature(abi::feat_min_timeout);
    return found;
}

}  // namespace priz::io::uring
