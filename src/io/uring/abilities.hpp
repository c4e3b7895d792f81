// abilities.hpp: what the kernel's io_uring can do, found by asking it.
#pragma once

#include "priz/error.hpp"

namespace priz::io::uring {

class ring;

// What every ring here has is not among them: Linux 5.18 is the oldest whose rings this room takes,
// and brought waits with a deadline, multishot polls, IOSQE_CQE_SKIP_SUCCESS, msg_ring and
// completion queues that overflow without loss. The number is the version that brought an ability;
// vendors' kernels may have it earlier, and sandboxes not at all.
struct abilities {
    bool multishot_accept = false;      // 5.19
    bool buf_ring = false;              // 5.19
    bool cancel_fd = false;             // 5.19: by descriptor, and all that match at once
    bool multishot_recv = false;        // 6.0
    bool sync_cancel = false;           // 6.0
    bool buf_ring_incremental = false;  // 6.12: a buffer takes several receives
    bool abs_timer = false;             // 6.12: the wait takes the deadline as it is
    bool min_wait = false;              // 6.12
    bool send_msg_ring = false;         // 6.13: a message from a thread without a ring
    bool no_iowait = false;             // 6.15: a wait is not counted as one for a disk
    bool recv_credit = false;           // 6.17: a multishot receive ends after so many bytes

    bool operator==(const abilities&) const = default;
};

// Asks through `asked`, a ring that has nothing to do, and leaves it so: about ten system calls.
// Fails where a ring can be made but not entered.
result<abilities> find_abilities(ring& asked);

}  // namespace priz::io::uring
