#include "sim/life.hpp"

#include <utility>

#include "priz/error.hpp"
#include "sim/machine.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

life::life(machine& of)
    : on(of),
      kernel_(new sim_backend(*this)),
      loop_(std::unique_ptr<io::detail::backend>(kernel_)),
      box_(loop_.box()) {
    // What another thread does takes no virtual time, and has no place in it.
    loop_.set_pool_size(0);
}

void life::start(io::task<> task, bool is_daemon) {
    roots_.emplace_front(*this, is_daemon);
    root& made = roots_.front();
    made.place = roots_.begin();
    if (is_daemon) ++daemons_;
    const auto frame = task.release();
    frame.promise().set_owner(made);
    loop_.core.ready.push(frame, &loop_.core.root);
}

void life::root::child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept {
    child.destroy();
    life& of = of_;
    if (is_daemon) --of.daemons_;
    of.roots_.erase(place);
    if (why != nullptr) of.has_failed(std::move(why));
}

void life::has_failed(std::exception_ptr why) noexcept {
    world& net = on.net;
    try {
        std::rethrow_exception(why);
    } catch (const cancelled&) {
        if (is_cancelled_) return;
        net.note(on, "a task was cancelled");
    } catch (const std::exception& error) {
        net.note(on, std::string("a task failed: ") + error.what());
    } catch (...) {
        net.note(on, "a task failed");
    }
    if (net.failure == nullptr) net.failure = std::move(why);
}

void life::cancel() noexcept {
    is_cancelled_ = true;
    loop_.core.root.cancel();
}

bool life::is_runnable() noexcept {
    if (on.net.now() < held_until_) return false;
    auto& core = loop_.core;
    const bool can_go_on = !core.ready.empty() || core.has_news() || kernel_->has_news() ||
                           core.timers.next() <= on.net.now();
    return can_go_on || !box_->may_sleep();
}

// Whether the host does not get the processor now.
bool life::stalls() {
    world& net = on.net;
    const auto longest = net.options.faults.longest_stall.nanoseconds();
    if (has_stalled_ || longest <= 0 || !net.random.happens(net.options.faults.stalls)) {
        has_stalled_ = false;
        return false;
    }
    has_stalled_ = true;
    held_until_ = net.now() + 1 +
                  static_cast<std::int64_t>(net.random.below(static_cast<std::uint64_t>(longest)));
    net.note(on, "fault: stalls until " + time_text(held_until_));
    net.events.plan(held_until_, [] {});
    return true;
}

void life::turn() {
    if (stalls()) return;
    loop_.core.count_turn();
    const io::detail::running_loop here(loop_);
    loop_.run_timers();
    kernel_->wait(loop_.core, 0);
    loop_.run_ready();
    box_->has_woken();
}

}  // namespace priz::sim::detail
