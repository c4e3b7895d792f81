// shared_fd.hpp: how a socket and the files made from it share one descriptor.
//
// A socket alone owns its descriptor and has no shared_fd. The first makefile() makes one; from
// then on the descriptor belongs to whoever lets go last, the socket or a file, and the files see
// the socket's timeout and hook here, since a socket may be moved or gone while they live. What
// detach() takes away is gone for the files too: they find -1. The counts and values are atomic, so
// that a reader and a writer may each close theirs on its own thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace priz {
class blocking_hook;
}

namespace priz::detail {

struct shared_fd {
    std::atomic<int> owners;  // the socket, while it has not let go, and the files
    std::atomic<int> fd;
    std::atomic<std::int64_t> timeout_ns;
    std::atomic<blocking_hook*> hook;
};

// One owner fewer; the last deletes `shared` and is told so.
inline bool drop_owner(shared_fd* shared) noexcept {
    if (shared->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return false;
    delete shared;
    return true;
}

// For socket::close() and the destructor: the socket lets go. True when it has to close its
// descriptor itself, because no file is open (any more). `shared` is not to be used afterwards.
[[nodiscard]] inline bool release_socket_side(shared_fd* shared) noexcept {
    return drop_owner(shared);
}

// For socket::detach(): the caller of detach() owns the descriptor, the files have none any more.
inline void abandon_fd(shared_fd* shared) noexcept {
    shared->fd.store(-1, std::memory_order_release);
    drop_owner(shared);
}

// For socket::settimeout(): the files' verbs follow.
inline void update_timeout(shared_fd& shared, std::int64_t timeout_ns) noexcept {
    shared.timeout_ns.store(timeout_ns, std::memory_order_release);
}

// For socket::set_blocking_hook(): the files' verbs follow.
inline void update_hook(shared_fd& shared, blocking_hook* hook) noexcept {
    shared.hook.store(hook, std::memory_order_release);
}

}  // namespace priz::detail
