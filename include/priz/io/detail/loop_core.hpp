// priz/io/detail/loop_core.hpp: the inside of a loop, for the verbs.
//
// What every awaited verb touches, and nothing else: the scope of the running coroutine, the queue
// of coroutines that can go on, timers, buffers. The loop as programs see it is loop.hpp.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "priz/export.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/buffers.hpp"
#include "priz/io/detail/endpoint.hpp"
#include "priz/io/detail/timer.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io::detail {

class backend;
class endpoint_store;

struct loop_counts {
    static constexpr unsigned turns_between_looks = 1024;

    // Rounds of the loop, counted down from one look at what could be tidied up to the next.
    std::uint64_t turns_before = 0;
    unsigned turns_left = turns_between_looks;
    std::uint64_t endpoints = 0;  // open now
};

struct PRIZ_API loop_core {
    explicit loop_core(backend& kernel) noexcept;
    loop_core(const loop_core&) = delete;
    loop_core& operator=(const loop_core&) = delete;
    ~loop_core();

    // The running coroutine's scope. Whoever resumes a coroutine sets it.
    cancel_scope* current;
    // How many verbs of it may succeed at once before others have their turn; none when its scope
    // was cancelled.
    int verbs_left = verbs_in_a_row;
    ready_queue ready;
    timer_heap timers;
    block_pool buffers;
    backend* kernel;
    bool sends_late = false;  // backend::send_late
    // Whether other threads may have left something: always, where they can (has_box), or since the
    // backend was woken.
    enum outside { has_box = 1, woken = 2 };
    int looks_outside = 0;
    loop_counts counts;
    cancel_scope root;

    bool is_cancelled() const noexcept { return current->ends_waits(); }

    // Whether a verb that has succeeded at once lets its coroutine go on, or has to let others go
    // first.
    bool may_go_on() noexcept { return --verbs_left > 0; }

    // Makes a coroutine wait, in the current scope.
    void park(waiter& w, std::coroutine_handle<> self) noexcept {
        w.coroutine = self.address();
        current->link(w);
    }

    // The coroutine of a waiter that has its outcome goes on: in its turn; in its turn, after the
    // scope itself has let go of it (waiter_kind::withdraw); at once.
    void make_ready(waiter& w) {
        w.unlink();
        ready.push(w.handle(), w.scope);
    }
    void make_ready_unlinked(waiter& w) { ready.push(w.handle(), w.scope); }
    void resume(waiter& w) {
        w.unlink();
        resume(w.handle(), w.scope);
    }
    void resume(std::coroutine_handle<> coroutine, cancel_scope* scope) {
        current = scope;
        verbs_left = scope->verbs_allowed();
        coroutine.resume();
    }

    // A backend's report: what may be possible now, of endpoint::may_read, may_write, and has_ended
    // for an end or an error. Whoever waits for it does its work and goes on.
    static void report(endpoint& e, int news) {
        e.flags = static_cast<std::uint16_t>(e.flags | news);
        if ((news & endpoint::may_read) != 0 && e.reader != nullptr)
            e.reader->kind->proceed(*e.reader);
        if ((news & endpoint::may_write) != 0 && e.has(endpoint::has_writer))
            e.writer->kind->proceed(*e.writer);
    }

    // report(e, may_read).
    static void report_readable(endpoint& e) {
        e.set(endpoint::may_read);
        if (e.reader != nullptr) e.reader->kind->proceed(*e.reader);
    }

    // The same for a transport that finds out while a coroutine runs: reported when that coroutine
    // waits.
    void report_later(endpoint& e, int news);

    // Both, said one by one: whether a receive may get something, a send may take something, the
    // end is near.
    static constexpr int news_of(bool in, bool out, bool ended) noexcept {
        return (in ? endpoint::may_read : 0) | (out ? endpoint::may_write : 0) |
               (ended ? endpoint::has_ended : 0);
    }
    static void report(endpoint& e, bool in, bool out, bool ended) {
        report(e, news_of(in, out, ended));
    }
    void report_later(endpoint& e, bool in, bool out, bool ended) {
        report_later(e, news_of(in, out, ended));
    }
    bool has_news() const noexcept { return !news_.empty(); }
    void report_news();

    // Counts a turn of the loop.
    void count_turn() noexcept {
        if (--counts.turns_left == 0) [[unlikely]]
            tidy_up();
    }
    std::uint64_t turns() const noexcept {
        return counts.turns_before + loop_counts::turns_between_looks - counts.turns_left;
    }

    // Until `w` is unlinked, it is withdrawn when the loop ends: for what goes on when its endpoint
    // has closed, such as sending what was given to it.
    void outlast(waiter& w) noexcept {
        w.before = lasting_.before;
        w.after = &lasting_;
        lasting_.before->after = &w;
        lasting_.before = &w;
    }
    void end_lasting() noexcept;

    // An endpoint from the store, cleared; and back, when no report about it can come any more.
    endpoint& new_endpoint(int fd, transport* via);
    void free_endpoint(endpoint& gone) noexcept;

    // The nanoseconds of the loop's clock.
    std::int64_t now() noexcept;

private:
    void tidy_up() noexcept;

    std::unique_ptr<endpoint_store> store_;
    waiter_link lasting_{&lasting_, &lasting_};
    std::vector<endpoint*> news_;
};

// That of the loop that runs in this thread. Throws where none does.
PRIZ_API loop_core& this_loop_core();

}  // namespace priz::io::detail
