// uring.hpp: the ring of the two plain io_uring servers, in the set-up that costs least: one thread
// submits, and completions are worked on when it asks for them.
#pragma once

#include "server.hpp"

#include <liburing.h>

namespace echo {

inline io_uring make_ring() {
    io_uring ring{};
    io_uring_params how{};
    how.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
                IORING_SETUP_CQSIZE;
    how.cq_entries = 4096;
    if (io_uring_queue_init_params(256, &ring, &how) < 0) {
        std::fputs("io_uring: not to be had in this set-up, which Linux has since 6.1\n", stderr);
        std::exit(1);
    }
    io_uring_register_ring_fd(&ring);
    return ring;
}

// The next request, to be prepared and then given its `user_data`.
inline io_uring_sqe* next_request(io_uring& ring) {
    io_uring_sqe* request = io_uring_get_sqe(&ring);
    if (request == nullptr) {
        io_uring_submit(&ring);
        request = io_uring_get_sqe(&ring);
    }
    return request;
}

// Accepts from `listener` for as long as there is no error; completions have the user_data 0.
inline void accept_all(io_uring& ring, int listener) {
    io_uring_sqe* request = next_request(ring);
    io_uring_prep_multishot_accept(request, listener, nullptr, nullptr, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(request, 0);
}

// Calls `handle` with every completion, for ever: a system call a turn, in which the requests made
// by the turn before are submitted.
template <class Handler>
[[noreturn]] void run(io_uring& ring, Handler&& handle) {
    for (;;) {
        io_uring_submit_and_wait(&ring, 1);
        unsigned head = 0;
        unsigned handled = 0;
        io_uring_cqe* completion = nullptr;
        io_uring_for_each_cqe(&ring, head, completion) {
            handle(*completion);
            ++handled;
        }
        io_uring_cq_advance(&ring, handled);
    }
}

}  // namespace echo
