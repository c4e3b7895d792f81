#include "sim/sim_backend.hpp"

#include <cerrno>
#include <new>
#include <utility>

#include "sim/life.hpp"
#include "sim/machine.hpp"
#include "sim/sim_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

using io::detail::endpoint;

int sim_backend::open(int family, int type, int proto, io::detail::opened& made) noexcept try {
    if (of_.is_dead()) return -ENETDOWN;
    if (of_.on.has_fault(&fault_rates::no_descriptors, "EMFILE for a new socket")) return -EMFILE;
    sim_socket* fresh = nullptr;
    if (const int error = make_socket(of_, family, type, proto, fresh); error != 0) return error;
    made.fd = fresh->fd;
    made.via = fresh;
    return 0;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

// Sockets report from their first call on.
int sim_backend::watch(endpoint& e, bool) noexcept {
    e.set(endpoint::watched_in);
    e.set(endpoint::watched_out);
    return 0;
}

void sim_backend::forget(endpoint& e) noexcept {
    e.via->close(e);
    if (!is_reporting_) return e.loop->free_endpoint(e);
    gone_.push_back(&e);
}

void sim_backend::drop_news(sim_socket& of) noexcept {
    std::erase(news_, &of);
    for (sim_socket*& each : reporting_)
        if (each == &of) each = nullptr;
}

void sim_backend::wait(io::detail::loop_core& loop, std::int64_t) noexcept {
    is_woken_.store(false, std::memory_order_relaxed);
    wake_for_nothing();
    auto& random = of_.on.net.random;
    std::swap(news_, reporting_);
    for (std::size_t left = reporting_.size(); left > 1; --left)
        std::swap(reporting_[left - 1], reporting_[random.below(left)]);
    is_reporting_ = true;
    for (std::size_t i = 0; i < reporting_.size(); ++i)
        if (reporting_[i] != nullptr) reporting_[i]->report(loop);
    is_reporting_ = false;
    reporting_.clear();
    for (endpoint* const each : gone_) loop.free_endpoint(*each);
    gone_.clear();
}

void sim_backend::wake_for_nothing() {
    machine& on = of_.on;
    if (!on.net.random.happens(on.net.options.faults.spurious_wakes)) return;
    sim_socket* const who = on.any_socket(of_);
    if (who == nullptr || !who->is_watched()) return;
    on.net.note(on, "fault: " + who->text() + " is said to be ready");
    who->tell({.in = true, .out = true});
}

const resolver* sim_backend::names() const noexcept { return &of_.on.net.names; }

std::int64_t sim_backend::now() noexcept { return of_.on.net.now(); }

}  // namespace priz::sim::detail
