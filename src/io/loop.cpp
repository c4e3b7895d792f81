#include "priz/io/loop.hpp"

#include <utility>

#include "io/endpoint_store.hpp"
#include "io/loop_state.hpp"
#include "priz/error.hpp"
#include "priz/io/offload.hpp"

namespace priz::io {

namespace detail {

namespace {

// How many coroutines go on before the kernel is asked for news.
constexpr int resumed_in_a_row = 61;

// At a fixed place from the thread's pointer: the dynamic loader keeps room for that, and no call
// looks for it.
[[gnu::tls_model("initial-exec")]] constinit thread_local loop_state* running = nullptr;

[[noreturn]] void complain_of_no_loop() {
    failure why(errc::value_error, "loop");
    why.with_hint("no event loop runs in this thread (see: priz::io::run)").raise();
}

}  // namespace

loop_core::loop_core(backend& given) noexcept
    : current(nullptr), kernel(&given), store_(std::make_unique<endpoint_store>()) {
    root.enter(*this);
}

loop_core::~loop_core() { root.leave(); }

void loop_core::end_lasting() noexcept {
    while (lasting_.after != &lasting_) {
        auto& w = static_cast<waiter&>(*lasting_.after);
        w.unlink();
        w.kind->withdraw(w);
    }
}

endpoint& loop_core::new_endpoint(int fd, transport* via) {
    endpoint& made = store_->take(ready);
    made = endpoint{};
    made.loop = this;
    made.via = via;
    made.fd = fd;
    made.flags =
        endpoint::may_read | endpoint::may_write | (via != nullptr ? endpoint::has_transport : 0);
    ++counts.endpoints;
    return made;
}

void loop_core::tidy_up() noexcept {
    counts.turns_before += loop_counts::turns_between_looks;
    counts.turns_left = loop_counts::turns_between_looks;
    if (buffers.is_large()) buffers.trim();
}

namespace {

constexpr int any_news = endpoint::news_in | endpoint::news_out | endpoint::news_end;

}  // namespace

void loop_core::report_later(endpoint& e, int news) {
    if ((e.flags & any_news) == 0) news_.push_back(&e);
    if ((news & endpoint::may_read) != 0) e.set(endpoint::news_in);
    if ((news & endpoint::may_write) != 0) e.set(endpoint::news_out);
    if ((news & endpoint::has_ended) != 0) e.set(endpoint::news_end);
}

void loop_core::report_news() {
    for (std::size_t count = news_.size(); count > 0 && !news_.empty(); --count) {
        endpoint& e = *news_.front();
        news_.erase(news_.begin());
        const int told = e.flags & any_news;
        e.flags = static_cast<std::uint16_t>(e.flags & ~any_news);
        report(e, ((told & endpoint::news_in) != 0 ? endpoint::may_read : 0) |
                      ((told & endpoint::news_out) != 0 ? endpoint::may_write : 0) |
                      ((told & endpoint::news_end) != 0 ? endpoint::has_ended : 0));
    }
}

void loop_core::free_endpoint(endpoint& gone) noexcept {
    if ((gone.flags & any_news) != 0) std::erase(news_, &gone);
    --counts.endpoints;
    store_->give_back(gone, ready);
}

std::int64_t loop_core::now() noexcept { return kernel->now(); }

loop_core& this_loop_core() {
    if (running == nullptr) complain_of_no_loop();
    return running->core;
}

loop_state& current_state() {
    if (running == nullptr) complain_of_no_loop();
    return *running;
}

loop_state::loop_state(std::unique_ptr<backend> kernel)
    : core(*kernel), kernel_(std::move(kernel)) {
    kernel_->belong_to(core);
}

loop_state::~loop_state() {
    core.end_lasting();
    if (box_ != nullptr) box_->close();
}

void loop_state::run_until(const bool& done) noexcept {
    while (!done) {
        core.count_turn();
        // What most turns of a busy server have nothing of.
        const bool has_more = !core.ready.empty() || !core.timers.empty() ||
                              core.looks_outside != 0 || core.has_news();
        if (has_more) {
            run_timers();
            const bool is_busy = run_ready();
            if (done) return;
            wait(!is_busy);
        } else {
            kernel_->wait(core, never);
        }
    }
}

void loop_state::run_timers() noexcept {
    if (core.timers.empty()) return;
    const std::int64_t now = core.now();
    if (core.timers.next() > now) return;
    while (timer* const due = core.timers.take_due(now)) due->fire(*due);
}

bool loop_state::run_ready() noexcept {
    core.looks_outside &= loop_core::has_box;
    if (box_ != nullptr) box_->open_all();
    if (signals_ != nullptr) signals_->take_left();
    if (core.has_news()) core.report_news();
    for (int left = resumed_in_a_row; !core.ready.empty() && left > 0; --left) {
        const auto next = core.ready.pop();
        core.resume(next.coroutine, next.scope);
    }
    return !core.ready.empty() || core.has_news();
}

void loop_state::wait(bool may_sleep) noexcept {
    const bool sleeps = may_sleep && (box_ == nullptr || box_->may_sleep());
    const std::int64_t until = sleeps ? core.timers.next() : 0;
    if (std::exchange(core.sends_late, false))
        kernel_->wait_sending(core, until);
    else
        kernel_->wait(core, until);
    if (box_ != nullptr) box_->has_woken();
}

std::shared_ptr<mailbox> loop_state::box() {
    if (box_ == nullptr) {
        box_ = std::make_shared<mailbox>(*kernel_);
        core.looks_outside |= loop_core::has_box;
    }
    return box_;
}

signal_hub& loop_state::signals() {
    if (signals_ == nullptr) signals_ = std::make_unique<signal_hub>(core, *kernel_);
    return *signals_;
}

thread_pool& loop_state::pool() {
    if (pool_ == nullptr) pool_ = std::make_unique<thread_pool>(pool_size_);
    return *pool_;
}

running_loop::running_loop(loop_state& loop) noexcept : before_(std::exchange(running, &loop)) {}

running_loop::~running_loop() { running = before_; }

}  // namespace detail

loop_handle::loop_handle(std::shared_ptr<detail::mailbox> box) noexcept : box_(std::move(box)) {}

bool loop_handle::send(detail::letter& given) const noexcept { return box_->send(given); }

loop& loop::current() {
    if (detail::running == nullptr) detail::complain_of_no_loop();
    return *detail::running;
}

bool loop::is_running() noexcept { return detail::running != nullptr; }

namespace {

const detail::loop_state& state_of(const loop& l) noexcept {
    return static_cast<const detail::loop_state&>(l);
}

}  // namespace

const char* loop::backend_name() const noexcept { return state_of(*this).core.kernel->name(); }

deadline loop::now() const noexcept { return deadline::at(state_of(*this).core.kernel->now()); }

loop_handle loop::handle() { return loop_handle(static_cast<detail::loop_state&>(*this).box()); }

loop_statistics loop::statistics() const noexcept {
    const auto& core = state_of(*this).core;
    return {
        .turns = core.turns(), .endpoints = core.counts.endpoints, .timers = core.timers.size()};
}

}  // namespace priz::io
