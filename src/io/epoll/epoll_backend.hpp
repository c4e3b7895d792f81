// epoll_backend.hpp: a loop on epoll(7).
//
// Each descriptor is registered once, for its whole life, edge-triggered for reading and writing:
// changing a registration costs a system call, and an edge that nobody waits for costs nothing but
// a bit that is set in its endpoint. Closing a descriptor takes it out of the set; where it was
// duplicated, the open file lives on and would report events of an endpoint that is gone, so that
// it is taken out explicitly first. Events that had been fetched by then are the reason why an
// endpoint is freed only when the batch has been worked through.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <memory>
#include <vector>

#include "io/backend.hpp"
#include "priz/error.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::detail {

class epoll_backend final : public backend {
public:
    static result<std::unique_ptr<backend>> make();

    const char* name() const noexcept override { return "epoll"; }
    int open(int family, int type, int proto, opened& made) noexcept override;
    int watch(endpoint& e, bool writing) noexcept override;
    void forget(endpoint& e) noexcept override;
    void wait(loop_core& loop, std::int64_t deadline) noexcept override;
    void wake() noexcept override;
    std::int64_t now() noexcept override;

private:
    static constexpr int batch = 512;

    epoll_backend(unique_fd set, unique_fd waker) noexcept
        : set_(std::move(set)), waker_(std::move(waker)) {}

    int fetch(std::int64_t deadline) noexcept;
    int fetch_in_milliseconds(std::int64_t left) noexcept;
    void free_gone(loop_core& loop) noexcept;

    unique_fd set_;
    unique_fd waker_;
    bool has_pwait2_ = true;
    endpoint wakes_{};             // stands for waker_
    std::vector<endpoint*> gone_;  // until the batch has been worked through
    std::array<::epoll_event, batch> events_{};
};

}  // namespace priz::io::detail
