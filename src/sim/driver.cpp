// The driver of a world: who goes on, and when the clock does.
#include <algorithm>

#include "priz/sim/network.hpp"
#include "sim/life.hpp"
#include "sim/machine.hpp"
#include "sim/sim_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

// So many steps are allowed to tasks that were told to end.
constexpr std::uint64_t steps_to_end = 1'000'000;

}  // namespace

void world::count_step() {
    if (++steps_ > steps_allowed_)
        throw too_many_steps("the simulation took " + std::to_string(steps_allowed_) +
                             " steps (network_options::step_limit) and has not come to its end");
}

// A coroutine that only looks again and again whether something has happened (io::yield) would
// stop the clock, and wait for ever: after so many turns in which no time has passed it is taken to
// have used some up.
bool world::is_computing() noexcept {
    const std::uint64_t many = 200 + 10 * machines_.size();
    return ++turns_in_a_row_ > many;
}

bool world::step(std::int64_t limit) {
    gone_.clear();
    life* const next = pick();
    if (next == nullptr) return advance(limit);
    if (is_computing() && (limit != io::detail::never || has_more_to_come())) return advance(limit);
    count_step();
    next->turn();
    return true;
}

life* world::pick() {
    runnable_.clear();
    for (const auto& each : machines_)
        for (const auto& one : each->lives())
            if (one->is_runnable()) runnable_.push_back(one.get());
    return runnable_.empty() ? nullptr : runnable_[random.below(runnable_.size())];
}

std::int64_t world::next_timer() noexcept {
    std::int64_t next = io::detail::never;
    for (const auto& each : machines_)
        for (const auto& one : each->lives()) next = std::min(next, one->next_timer());
    return next;
}

// The clock goes on to what comes next. False when nothing does, or not until the limit.
bool world::advance(std::int64_t limit) {
    if (limit == io::detail::never && !has_more_to_come()) return false;
    const std::int64_t next = std::min(next_timer(), events.next());
    if (next == io::detail::never || next > limit) return false;
    now_ = std::max(now_, next);
    turns_in_a_row_ = 0;
    if (events.next() <= now_) {
        count_step();
        events.take()();
    }
    return true;
}

bool world::has_more_to_come() noexcept {
    return !events.is_at_rest() || next_timer() != io::detail::never ||
           std::ranges::any_of(machines_, [](const auto& each) { return each->has_a_question(); });
}

void world::end_all() noexcept try {
    for (const auto& each : machines_) each->end_life();
    steps_allowed_ = steps_ + steps_to_end;
    const auto have_ended = [this] {
        failure = nullptr;
        return std::ranges::all_of(machines_, [](const auto& each) { return each->tasks() == 0; });
    };
    drive(have_ended, io::detail::never);
    failure = nullptr;
    steps_allowed_ = steps_ + options.step_limit;
} catch (const too_many_steps&) {
    // A task that was told to end goes on for ever. It is left where it is.
    steps_allowed_ = steps_ + options.step_limit;
}

}  // namespace priz::sim::detail
