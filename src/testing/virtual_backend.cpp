#include "testing/virtual_backend.hpp"

#include <algorithm>
#include <cerrno>

#include "core/sys.hpp"
#include "priz/error.hpp"

namespace priz::testing::detail {

using io::detail::endpoint;

namespace {

std::int64_t later(std::int64_t time, std::int64_t by) noexcept {
    std::int64_t sum = 0;
    return __builtin_add_overflow(time, by, &sum) ? io::detail::never - 1 : sum;
}

}  // namespace

virtual_backend::virtual_backend(std::int64_t limit, bool& gives_up) noexcept
    : limit_(limit), end_(later(beginning, limit)), gives_up_(&gives_up) {}

int virtual_backend::open(int, int, int, io::detail::opened&) noexcept { return -EOPNOTSUPP; }

int virtual_backend::watch(endpoint& e, bool) noexcept {
    return e.via != nullptr ? 0 : -EOPNOTSUPP;
}

void virtual_backend::forget(endpoint& e) noexcept {
    if (e.via != nullptr)
        e.via->close(e);
    else
        sys::close(e.fd);
    e.loop->free_endpoint(e);
}

void virtual_backend::wait(io::detail::loop_core& loop, std::int64_t deadline) noexcept {
    if (deadline == 0) return;
    if (!patients.empty()) {
        const patient next = patients.front();
        patients.pop_front();
        return loop.ready.push(next.coroutine, next.scope);
    }
    if (deadline <= end_) {
        now_ = std::max(now_, deadline);
        return;
    }
    if (is_stuck()) {
        *gives_up_ = true;
        return;
    }
    stuck_at_ = now_;
    is_over_limit_ = deadline != io::detail::never;
    // What is cancelled ends, and may need time for that.
    end_ = later(end_, limit_);
    loop.root.cancel();
}

virtual_backend& this_virtual_backend(const char* operation) {
    auto* const mine = dynamic_cast<virtual_backend*>(io::detail::this_loop_core().kernel);
    if (mine != nullptr) return *mine;
    failure why(errc::value_error, operation);
    why.with_hint("the loop is not one of priz::testing::run").raise();
}

}  // namespace priz::testing::detail
