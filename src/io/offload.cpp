#include "priz/io/offload.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/sys.hpp"
#include "io/loop_state.hpp"

namespace priz::io {

namespace detail {

namespace {

// While it lives, this thread and those it starts take no signals.
class without_signals {
public:
    without_signals() noexcept {
        ::sigset_t all;
        sigfillset(&all);
        sys::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }
    without_signals(const without_signals&) = delete;
    without_signals& operator=(const without_signals&) = delete;
    ~without_signals() { sys::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    ::sigset_t before_{};
};

}  // namespace

struct pool_state {
    explicit pool_state(std::size_t most) noexcept : threads_max(most) {}

    void submit(offload_base& job);
    // False when it has begun.
    bool withdraw(offload_base& job) noexcept;
    void end() noexcept;
    void work() noexcept;

    const std::size_t threads_max;
    mutable std::mutex lock;
    std::condition_variable has_news;
    wait_queue line;
    thread_pool_statistics counts;
    bool ends = false;
    std::vector<std::thread> threads;

private:
    void start_thread();
    void do_next(std::unique_lock<std::mutex>& held) noexcept;
};

void pool_state::submit(offload_base& job) {
    const std::lock_guard held(lock);
    if (counts.queued >= counts.idle && threads.size() < threads_max) start_thread();
    line.push(job);
    ++counts.queued;
    has_news.notify_one();
}

// Where there are threads already, work can wait for one of them.
void pool_state::start_thread() {
    const without_signals quiet;
    try {
        threads.emplace_back([this] { work(); });
        counts.threads = threads.size();
    } catch (const std::system_error&) {
        if (threads.empty()) throw;
    }
}

bool pool_state::withdraw(offload_base& job) noexcept {
    const std::lock_guard held(lock);
    if (job.has_begun_) return false;
    line.remove(job);
    --counts.queued;
    ++counts.withdrawn;
    return true;
}

void pool_state::end() noexcept {
    {
        const std::lock_guard held(lock);
        ends = true;
        has_news.notify_all();
    }
    for (std::thread& each : threads) each.join();
}

void pool_state::work() noexcept {
    std::unique_lock held(lock);
    for (;;) {
        ++counts.idle;
        has_news.wait(held, [this] { return ends || !line.empty(); });
        --counts.idle;
        if (line.empty()) return;
        do_next(held);
    }
}

// The answer is the last that is seen of the job: its loop may have ended a moment later.
void pool_state::do_next(std::unique_lock<std::mutex>& held) noexcept {
    auto& job = static_cast<offload_base&>(*line.pop());
    job.has_begun_ = true;
    --counts.queued;
    ++counts.begun;
    held.unlock();
    job.call_(job);
    const std::shared_ptr<mailbox> box = std::move(job.box_);
    box->send(job.answer_);
    held.lock();
}

constexpr waiter_kind offload_base::kind_of_wait{proceed, withdraw};

void offload_base::await_suspend(std::coroutine_handle<> self) {
    auto& here = static_cast<loop_state&>(loop::current());
    pool_ = (given_ != nullptr ? *given_ : here.pool()).state_.get();
    answer_.whose = this;
    answer_.open = &on_answer;
    box_ = here.box();
    if (pool_->threads_max == 0)
        box_->send(answer_);
    else
        pool_->submit(*this);
    park(self);
}

void offload_base::on_answer(letter& arrived, bool is_alive) noexcept {
    if (!is_alive) return;
    auto& mine = *static_cast<answer&>(arrived).whose;
    if (mine.pool_->threads_max == 0 && !mine.is_cancelled) mine.call_(mine);
    mine.finish();
}

void offload_base::withdraw(waiter& w) noexcept {
    auto& mine = static_cast<offload_base&>(w);
    mine.is_in_scope = false;
    if (mine.pool_->threads_max == 0)
        mine.is_cancelled = true;
    else if (mine.pool_->withdraw(mine))
        mine.finish_cancelled();
}

}  // namespace detail

thread_pool::thread_pool(std::size_t threads_max)
    : state_(std::make_unique<detail::pool_state>(threads_max)) {}

thread_pool::~thread_pool() { state_->end(); }

thread_pool_statistics thread_pool::statistics() const {
    const std::lock_guard held(state_->lock);
    return state_->counts;
}

}  // namespace priz::io
