#include "io/signal_hub.hpp"

#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include "core/sys.hpp"
#include "io/backend.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::detail {

namespace {

// The hubs of the process that read signals.
std::mutex of_listening;
constinit std::vector<signal_hub*> listening;

// Calls with each number in the set.
template <class Use>
void for_each_signal(std::uint64_t bits, Use use) {
    for (; bits != 0; bits &= bits - 1) use(std::countr_zero(bits) + 1);
}

::sigset_t set_of(std::uint64_t bits) noexcept {
    ::sigset_t set;
    ::sigemptyset(&set);
    for_each_signal(bits, [&](int number) { ::sigaddset(&set, number); });
    return set;
}

// Blocks them; which of them were not blocked before.
std::uint64_t block_here(std::uint64_t bits) noexcept {
    const ::sigset_t set = set_of(bits);
    ::sigset_t before;
    sys::pthread_sigmask(SIG_BLOCK, &set, &before);
    std::uint64_t fresh = 0;
    for_each_signal(bits, [&](int number) {
        if (::sigismember(&before, number) == 0) fresh |= signal_list::bit(number);
    });
    return fresh;
}

void unblock_here(std::uint64_t bits) noexcept {
    const ::sigset_t set = set_of(bits);
    sys::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

failure failed(int error) {
    return failure(std::error_code(error, std::system_category()), "signal_set");
}

}  // namespace

constexpr waiter_kind signal_hub::kind_of_wait{proceed, withdraw};

signal_hub::signal_hub(loop_core& loop, backend& kernel) noexcept
    : waiter(kind_of_wait), loop_(loop), kernel_(kernel) {}

signal_hub::~signal_hub() { stop(); }

result<void> signal_hub::add(signal_subscription& opened) {
    open_.push_back(&opened);
    opened.hub = this;
    if (!kernel_.hears_signals()) return {};
    const std::uint64_t fresh = block_here(opened.wanted);
    blocked_here_ |= fresh;
    result<void> outcome = listen(all_wanted());
    if (outcome) return outcome;
    open_.pop_back();
    blocked_here_ &= ~fresh;
    unblock_here(fresh);
    return outcome;
}

void signal_hub::remove(signal_subscription& closed) noexcept {
    // What had come by now came while this set was open.
    if (source_ != nullptr) hear();
    std::erase(open_, &closed);
    if (source_ == nullptr) return;
    const std::uint64_t wanted = all_wanted();
    if (wanted == 0) {
        stop();
    } else {
        // A signal that nobody wants any more is not read: it only stays in the descriptor's set.
        static_cast<void>(listen(wanted));
    }
    unblock_here(std::exchange(blocked_here_, blocked_here_ & wanted) & ~wanted);
}

// Has the kernel tell of these signals, from now on.
result<void> signal_hub::listen(std::uint64_t wanted) noexcept try {
    const ::sigset_t set = set_of(wanted);
    if (source_ != nullptr) {
        if (sys::signalfd(source_->fd, &set, SFD_NONBLOCK) < 0)
            return std::unexpected(failed(errno));
        hear();
        return {};
    }
    unique_fd fresh(sys::signalfd(-1, &set, SFD_NONBLOCK));
    if (!fresh) return std::unexpected(failed(errno));
    const std::lock_guard held(of_listening);
    listening.reserve(listening.size() + 1);
    endpoint& made = loop_.new_endpoint(fresh.get(), nullptr);
    // The descriptor is the endpoint's already.
    static_cast<void>(fresh.release());
    if (const int error = kernel_.watch(made, false); error != 0) {
        close_endpoint(made);
        return std::unexpected(failed(-error));
    }
    made.reader = this;
    source_ = &made;
    listening.push_back(this);
    return {};
} catch (const std::bad_alloc&) {
    return std::unexpected(failed(ENOMEM));
}

void signal_hub::stop() noexcept {
    if (source_ == nullptr) return;
    {
        const std::lock_guard held(of_listening);
        std::erase(listening, this);
    }
    left_.store(0, std::memory_order_relaxed);
    source_->reader = nullptr;
    close_endpoint(*std::exchange(source_, nullptr));
}

void signal_hub::proceed(waiter& w) { static_cast<signal_hub&>(w).hear(); }

void signal_hub::hear() noexcept {
    source_->unset(endpoint::may_read);
    std::array<::signalfd_siginfo, 8> come;
    for (;;) {
        const ::ssize_t size = sys::read(source_->fd, come.data(), sizeof come);
        if (size <= 0) return;
        for (std::size_t i = 0; i < static_cast<std::size_t>(size) / sizeof come[0]; ++i) {
            const auto number = static_cast<int>(come[i].ssi_signo);
            raise(number);
            const std::lock_guard held(of_listening);
            for (signal_hub* const other : listening)
                if (other != this) other->leave(number);
        }
    }
}

void signal_hub::leave(int number) noexcept {
    left_.fetch_or(signal_list::bit(number), std::memory_order_relaxed);
    kernel_.wake();
}

void signal_hub::raise_left() noexcept {
    for_each_signal(left_.exchange(0, std::memory_order_relaxed),
                    [this](int number) { raise(number); });
}

void signal_hub::raise(int number) noexcept {
    for (signal_subscription* const set : open_) {
        if ((set->wanted & signal_list::bit(number)) == 0) continue;
        if (set->first == nullptr) set->kept |= signal_list::bit(number);
        while (signal_wait* const told = set->first) {
            set->first = told->next_;
            told->heard_ = number;
            loop_.make_ready(*told);
        }
    }
}

std::uint64_t signal_hub::all_wanted() const noexcept {
    std::uint64_t all = 0;
    for (const signal_subscription* const set : open_) all |= set->wanted;
    return all;
}

}  // namespace priz::io::detail
