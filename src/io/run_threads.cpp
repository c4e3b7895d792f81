#include <signal.h>

#include <algorithm>
#include <array>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "core/sys.hpp"
#include "io/drive.hpp"
#include "io/loop_state.hpp"
#include "io/make_backend.hpp"
#include "priz/error.hpp"
#include "priz/io/run.hpp"

namespace priz::io::detail {

namespace {

// This thread's signals: those that threads are started with are blocked, save what a fault raises.
class own_signals {
public:
    own_signals() noexcept { block(&before_); }
    own_signals(const own_signals&) = delete;
    own_signals& operator=(const own_signals&) = delete;
    ~own_signals() { let_in(); }

    void block(::sigset_t* before = nullptr) noexcept {
        ::sigset_t all;
        ::sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF})
            ::sigdelset(&all, fault);
        sys::pthread_sigmask(SIG_BLOCK, &all, before);
    }
    void let_in() noexcept { sys::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    ::sigset_t before_;
};

// The loops that run, and what went wrong first.
class crew {
public:
    crew(main_maker mains, const run_options& options) noexcept
        : mains_(mains), options_(options) {}

    // One thread's part.
    void work(unsigned index) noexcept {
        try {
            loop_state loop(value_or_throw(make_backend(options_.backend, options_.receive)));
            const running_loop here(loop);
            join(loop);
            if (auto error = drive(loop, mains_.make(mains_.maker, index))) fail(std::move(error));
        } catch (...) {
            fail(std::current_exception());
        }
    }

    // Cancels everyone, those who are still to come included.
    void fail(std::exception_ptr why) noexcept {
        const std::lock_guard held(changing_);
        if (first_ != nullptr) return;
        first_ = std::move(why);
        for (const member& each : members_) cancel(each);
    }

    void throw_first() const {
        if (first_ != nullptr) std::rethrow_exception(first_);
    }

private:
    struct member {
        loop_handle handle;
        loop_state* loop;
    };

    // A letter that no loop opens any more is not opened at all.
    static void cancel(const member& who) noexcept {
        who.handle.post([loop = who.loop]() noexcept { loop->core.root.cancel(); });
    }

    void join(loop_state& loop) {
        const std::lock_guard held(changing_);
        members_.push_back({loop.handle(), &loop});
        if (first_ != nullptr) cancel(members_.back());
    }

    main_maker mains_;
    const run_options& options_;
    std::mutex changing_;
    std::vector<member> members_;
    std::exception_ptr first_;
};

// Without std::jthread, whose means of stopping nobody uses here make system calls of their own.
struct joined_threads {
    joined_threads() = default;
    joined_threads(const joined_threads&) = delete;
    joined_threads& operator=(const joined_threads&) = delete;
    ~joined_threads() {
        for (std::thread& each : all) each.join();
    }
    std::vector<std::thread> all;
};

std::exception_ptr thrown_by(const failure& why) noexcept {
    try {
        why.raise();
    } catch (...) {
        return std::current_exception();
    }
}

unsigned cores_of_this_process() noexcept {
    std::array<::cpu_set_t, 8> cpus{};
    if (sys::sched_getaffinity(0, sizeof cpus, cpus.data()) != 0)
        return std::max(std::thread::hardware_concurrency(), 1U);
    return static_cast<unsigned>(CPU_COUNT_S(sizeof cpus, cpus.data()));
}

}  // namespace

void run_threads(unsigned threads, main_maker mains, const run_options& options) {
    if (loop::is_running()) {
        failure why(errc::value_error, "run");
        why.with_hint("a loop runs in this thread already").raise();
    }
    const unsigned count = threads != 0 ? threads : cores_of_this_process();
    crew all(mains, options);
    own_signals signals;
    {
        joined_threads others;
        try {
            others.all.reserve(count - 1);
            for (unsigned index = 1; index < count; ++index)
                others.all.emplace_back([&all, index] { all.work(index); });
        } catch (const std::system_error& refused) {
            all.fail(thrown_by(failure(refused.code(), "run")));
        }
        signals.let_in();
        all.work(0);
        // What comes while the others end is theirs, or waits.
        signals.block();
    }
    all.throw_first();
}

}  // namespace priz::io::detail
