// virtual_backend.hpp: a world in which nothing happens but the passing of time.
//
// Endpoints are those with a transport, which report by themselves, so that there is nothing to
// watch. A loop that has nothing to do asks to wait until its next timer, and finds that it is that
// time already. A loop that has no timer would wait for ever: its tasks are cancelled, once, and if
// that does not end the run, the run is given up.
#pragma once

#include <coroutine>
#include <cstdint>
#include <deque>

#include "io/backend.hpp"

namespace priz::testing::detail {

class virtual_backend final : public io::detail::backend {
public:
    // Not zero, so that a time that somebody forgot to set is in the past.
    static constexpr std::int64_t beginning = 1'000'000'000'000;

    // Who waits until all is quiet (wait_all_tasks_blocked), first come, first served.
    struct patient {
        std::coroutine_handle<> coroutine;
        io::cancel_scope* scope;
    };
    std::deque<patient> patients;

    // How long the run may take, and what ends it.
    virtual_backend(std::int64_t limit, bool& gives_up) noexcept;

    bool is_stuck() const noexcept { return stuck_at_ != 0; }
    // Since the beginning, when it was found to be stuck.
    std::int64_t stuck_after() const noexcept { return stuck_at_ - beginning; }
    // There were timers, but the time was up.
    bool is_over_limit() const noexcept { return is_over_limit_; }

    const char* name() const noexcept override { return "virtual"; }
    int open(int family, int type, int proto, io::detail::opened& made) noexcept override;
    int watch(io::detail::endpoint& e, bool writing) noexcept override;
    void forget(io::detail::endpoint& e) noexcept override;
    void wait(io::detail::loop_core& loop, std::int64_t deadline) noexcept override;
    void wake() noexcept override {}
    std::int64_t now() noexcept override { return now_; }

private:
    std::int64_t now_ = beginning;
    std::int64_t limit_;
    std::int64_t end_;
    std::int64_t stuck_at_ = 0;
    bool is_over_limit_ = false;
    bool* gives_up_;
};

// The backend of the running loop. Errors: value_error when that is not testing::run()'s.
virtual_backend& this_virtual_backend(const char* operation);

}  // namespace priz::testing::detail
