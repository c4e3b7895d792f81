// sim_backend.hpp: a host's loop on the simulated network.
//
// A socket that becomes ready while something else runs, a packet's arrival or another host's
// coroutine, only puts itself on the list of those that have news. The list is reported when the
// loop has its turn, in an order drawn from the seed, as a kernel promises none.
#pragma once

#include <atomic>
#include <vector>

#include "io/backend.hpp"

namespace priz::sim::detail {

class life;
class sim_socket;

class sim_backend final : public io::detail::backend {
public:
    explicit sim_backend(life& of) noexcept : of_(of) {}

    const char* name() const noexcept override { return "simulated"; }
    int open(int family, int type, int proto, io::detail::opened& made) noexcept override;
    int watch(io::detail::endpoint& e, bool writing) noexcept override;
    void forget(io::detail::endpoint& e) noexcept override;
    // Reports what is new and returns at once: waiting is the driver's.
    void wait(io::detail::loop_core& loop, std::int64_t deadline) noexcept override;
    void wake() noexcept override { is_woken_.store(true, std::memory_order_relaxed); }
    bool hears_signals() const noexcept override { return false; }
    const resolver* names() const noexcept override;
    std::int64_t now() noexcept override;

    bool has_news() const noexcept {
        return !news_.empty() || is_woken_.load(std::memory_order_relaxed);
    }
    void add_news(sim_socket& of) { news_.push_back(&of); }
    void drop_news(sim_socket& of) noexcept;

private:
    void wake_for_nothing();

    life& of_;
    std::atomic<bool> is_woken_ = false;
    bool is_reporting_ = false;
    std::vector<sim_socket*> news_;
    std::vector<sim_socket*> reporting_;
    std::vector<io::detail::endpoint*> gone_;  // while reporting
};

}  // namespace priz::sim::detail
