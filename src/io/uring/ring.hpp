// ring.hpp: one io_uring: what is asked of the kernel, the wait, and what has come of it.
//
// A ring is two queues in memory shared with the kernel. next_sqe() gives the place for one request
// (prep.hpp fills it in), enter() hands all of them over and waits, for_each_cqe() shows the
// completions. A turn of a loop is one enter() and one for_each_cqe():
//
//     prep::poll_multishot(r.next_sqe(), fd, POLLIN, tag);
//     r.enter(1, deadline_ns);
//     r.for_each_cqe([](const io_uring_cqe& done) { … });
//
// What holds of every ring here, and what follows from it:
//
// The kernel does the work of a completion on our thread and inside enter() (DEFER_TASKRUN). So
// nothing is interrupted, several completions cost one wake-up, and a thread that never enters
// never sees one. For the same reason the ring belongs to the thread that made it: made, used and
// destroyed there. Another thread reaches it by a message alone (prep::msg_ring, send_message).
//
// No completion is lost. When the completion queue is full the kernel keeps what follows, in order,
// and moves it in when there is room and somebody enters; for_each_cqe() does that by itself.
//
// A request may be given up, but is over only with its last completion, the one without
// IORING_CQE_F_MORE. Until then its memory is the kernel's.
//
// liburing is not used: what this room needs of it is this file, and half of the constants are
// newer than the liburing of the systems that priz is built on.
#pragma once

#include <linux/io_uring.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "io/uring/abi.hpp"
#include "io/uring/abilities.hpp"
#include "io/uring/mapping.hpp"
#include "io/uring/sys_uring.hpp"
#include "priz/error.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::uring {

// A deadline that never comes.
inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// What is asked of the kernel. It may take less of the flags, and clamps the sizes.
struct wishes {
    // Rounded up to a power of two. The completion queue is made the larger one in any case.
    unsigned sq_entries = 256;
    unsigned cq_entries = 4096;

    // What may be used of what the kernel offers. With fewer a new kernel plays an old one, for
    // tests, and for people who have met a bug in a new one.
    unsigned setup_flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                           IORING_SETUP_COOP_TASKRUN | abi::setup_no_sqarray;
    unsigned enter_flags =
        IORING_ENTER_REGISTERED_RING | abi::enter_abs_timer | abi::enter_no_iowait;
};

class ring {
public:
    // A ring for the calling thread. The failure says in words why there can be none.
    static result<ring> make(const wishes& wished = {});

    ring(ring&&) noexcept = default;
    ring& operator=(ring&&) = delete;
    ~ring();

    // The next place in the submission queue, all zero; the request is whatever stands there at the
    // next enter(). Where the queue is full it is submitted first. Where even that is impossible
    // the place leads nowhere, and every enter() from then on says why.
    ::io_uring_sqe& next_sqe() noexcept {
        if (to_submit() == sq_.entries) [[unlikely]]
            make_room();
        ::io_uring_sqe& sqe = sq_.sqes[sq_.tail++ & sq_.mask];
        sqe = {};
        return sqe;
    }

    // How many requests wait for the next enter().
    unsigned to_submit() const noexcept {
        return sq_.tail - std::atomic_ref(*sq_.kernel_head).load(std::memory_order_acquire);
    }

    // Submits, and waits until there are `min_complete` completions or CLOCK_MONOTONIC has reached
    // `deadline_ns`; one system call. With a `min_complete` of 0 it does not wait, and still lets
    // the kernel finish what is ready: recent kernels 20 requests in one call, or `min_complete`
    // where that is more, and the rest in the next.
    //
    // Zero, or -errno. Zero promises nothing: there may be fewer completions than asked for, when
    // there were requests to submit and the wait then ended early. -ETIME and -EINTR are how a wait
    // ends. Others end the ring's use: -EBADR, completions were lost since the kernel had no memory
    // to keep them; and what a sandbox answers that has come later than the ring.
    int enter(unsigned min_complete, std::int64_t deadline_ns) noexcept;

    // enter(1, never), for the turns of a busy server.
    int enter_for_one() noexcept {
        const int result = sys::io_uring_enter(enter_fd_, publish(), 1, enter_flags_, nullptr, 0);
        if (result >= 0) [[likely]]
            return 0;
        return explain(result);
    }

    // How many completions for_each_cqe() would show.
    unsigned ready() const noexcept {
        return std::atomic_ref(*cq_.kernel_tail).load(std::memory_order_acquire) - *cq_.kernel_head;
    }

    // Calls `f(cqe)` for each completion that is there, oldest first, and then gives their places
    // back; returns how many. `f` may write to the completion (it is shown again by look_at_cqes()
    // until all are done), and ask for more by next_sqe(); it does not throw and does not
    // call for_each_cqe().
    template <class F>
    unsigned for_each_cqe(F&& f) noexcept {
        const unsigned head = *cq_.kernel_head;
        const unsigned tail = std::atomic_ref(*cq_.kernel_tail).load(std::memory_order_acquire);
        for (unsigned at = head; at != tail; ++at) f(cq_.cqes[at & cq_.mask]);
        std::atomic_ref(*cq_.kernel_head).store(tail, std::memory_order_release);
        if (overflowed()) [[unlikely]]
            take_overflow();
        return tail - head;
    }

    // The same without taking them: they are shown again.
    template <class F>
    void look_at_cqes(F&& f) const noexcept {
        const unsigned tail = std::atomic_ref(*cq_.kernel_tail).load(std::memory_order_acquire);
        for (unsigned at = *cq_.kernel_head; at != tail; ++at)
            f(static_cast<const ::io_uring_cqe&>(cq_.cqes[at & cq_.mask]));
    }

    // Whether the kernel holds completions for which the queue has no room.
    bool overflowed() const noexcept {
        const unsigned flags = std::atomic_ref(*sq_.kernel_flags).load(std::memory_order_relaxed);
        return (flags & IORING_SQ_CQ_OVERFLOW) != 0;
    }

    // The descriptor, for messages from other rings.
    int fileno() const noexcept { return fd_.fileno(); }

    const abilities& can() const noexcept { return can_; }

    // What the kernel has granted, IORING_SETUP_… and IORING_FEAT_….
    unsigned setup_flags() const noexcept { return setup_flags_; }
    bool has_feature(unsigned flag) const noexcept { return (features_ & flag) != 0; }
    unsigned sq_entries() const noexcept { return sq_.entries; }
    unsigned cq_entries() const noexcept { return cq_.mask + 1; }

private:
    ring(unique_fd fd, const ::io_uring_params& granted) noexcept;

    bool map(const ::io_uring_params& granted) noexcept;
    void choose_enter_flags(unsigned wished) noexcept;
    [[gnu::cold]] void make_room() noexcept;
    [[gnu::cold]] void take_overflow() noexcept;
    // Shows the kernel what has been filled in; returns how many requests that is.
    unsigned publish() noexcept {
        std::atomic_ref(*sq_.kernel_tail).store(sq_.tail, std::memory_order_release);
        return to_submit();
    }
    int call(unsigned min_complete, unsigned flags, const void* argument,
             std::size_t size) noexcept;
    [[gnu::cold]] int explain(int result) noexcept;

    // Our side of the submission queue. The kernel reads up to *kernel_tail, which publish() moves
    // to `tail`.
    struct submission_queue {
        ::io_uring_sqe* sqes = nullptr;
        unsigned* kernel_head = nullptr;
        unsigned* kernel_tail = nullptr;
        unsigned* kernel_flags = nullptr;
        unsigned tail = 0;
        unsigned mask = 0;
        unsigned entries = 0;
    };
    // Our side of the completion queue.
    struct completion_queue {
        ::io_uring_cqe* cqes = nullptr;
        unsigned* kernel_head = nullptr;
        unsigned* kernel_tail = nullptr;
        unsigned mask = 0;
    };

    submission_queue sq_;
    completion_queue cq_;
    int enter_fd_;          // the descriptor, or registered_
    unsigned enter_flags_;  // with every enter()
    unsigned timed_flags_;  // with those that have a deadline
    abilities can_;
    int broken_ = 0;       // why no enter() is possible any more, -errno
    int registered_ = -1;  // the ring's number among those that the thread has registered
    unsigned setup_flags_;
    unsigned features_;
    unique_fd fd_;
    mapping queues_;
    mapping sqes_;
};

// Posts a completion to the ring `fd` from a thread that has no ring (abilities::send_msg_ring).
// Zero, or -errno.
int send_message(int fd, std::int32_t result, std::uint64_t user_data) noexcept;

}  // namespace priz::io::uring
