// uring_backend.hpp: a loop on io_uring.
//
// Readiness comes from polls that stay armed (multishot) and report each change, once: edges, as
// with epoll. Verbs receive and send by their own calls, into and from the program's memory, so
// that a cancelled verb leaves nothing behind in the kernel. Being writable is asked for only by a
// send that would have had to wait, once each time. Requests are handed over by the one call a turn
// that also waits.
//
// Closing a descriptor does not end a poll of it: the poll holds the open file, and the peer would
// see no end. So the poll is stopped first, which takes a call of the kernel for each connection
// that has waited, and the endpoint is freed with the poll's last word.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "io/backend.hpp"
#include "io/uring/ring.hpp"
#include "io/uring/ring_receiver.hpp"
#include "priz/error.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::detail {

class uring_backend final : public backend {
public:
    // `by_ring`: connections are received by ring_receiver.
    static result<std::unique_ptr<backend>> make(bool by_ring = false);
    uring_backend(uring::ring&& ring, unique_fd waker) noexcept;
    ~uring_backend();

    const char* name() const noexcept override { return "io_uring"; }
    int open(int family, int type, int proto, opened& made) noexcept override;
    int watch(endpoint& e, bool writing) noexcept override;
    void forget(endpoint& e) noexcept override;
    void wait(loop_core& loop, std::int64_t deadline) noexcept override;
    bool send_late(late_sender& sender) noexcept override;
    void finish_sends() noexcept override;
    void wait_sending(loop_core& loop, std::int64_t deadline) noexcept override;
    void wake() noexcept override;
    std::int64_t now() noexcept override;

    // For a request's last word, after which reports may have to be asked for anew: reports it and
    // does so.
    void report_last(endpoint& e, int news) noexcept;
    // A closed one that nothing is due for.
    void free_endpoint(endpoint& e) noexcept;

private:
    [[gnu::noinline]] void take(::io_uring_cqe& done) noexcept;
    void take_last(endpoint& e, bool writing, int news) noexcept;
    bool adopts(const endpoint& e) const noexcept;
    void enter(std::int64_t deadline) noexcept;
    void take_all() noexcept;
    void finish_late() noexcept;
    std::ptrdiff_t outcome_of_sending(const late_sender& sender) const noexcept;
    bool take_word(endpoint& e) noexcept;
    void stop(endpoint& e, bool writing) noexcept;
    int outcome_of_removal(endpoint& e, bool writing) const noexcept;
    void watch_waker() noexcept;

    uring::ring ring_;
    std::unique_ptr<ring_receiver> receiver_;  // null: all are polled
    unique_fd waker_;  // an eventfd; none where a message can be sent without a ring
    endpoint wakes_{};
    // All of their completions have room in the queue.
    static constexpr std::size_t late_max = 2048;
    std::vector<late_sender*> late_;  // what they have due goes with the next enter()
};

}  // namespace priz::io::detail
