#include "http/client/pool.hpp"

#include <algorithm>

#include "priz/io/cancel_scope.hpp"
#include "priz/io/loop.hpp"

namespace priz::http::detail {

io::task<pool::lease> pool::acquire(identity who, bool fresh) {
    // Whoever looked whether a connection is quiet tells those who waited for that.
    struct teller {
        explicit teller(group& given) noexcept : whose(given) {}
        teller(const teller&) = delete;
        teller& operator=(const teller&) = delete;
        ~teller() {
            whose.changed.set();
            whose.changed.clear();
        }
        group& whose;
    };
    drop_expired();
    const auto whose = groups_.try_emplace(std::move(who)).first;
    group& of = whose->second;
    lease made(shared_from_this(), whose);
    for (;;) {
        std::shared_ptr<client_connection> found;
        if (!fresh)
            // The one that was used last is the least likely to have been closed.
            for (auto at = of.entries.rbegin(); at != of.entries.rend() && found == nullptr; ++at)
                if (at->what->room() > 0) found = at->what;
        if (found != nullptr) {
            bool is_good = true;
            if (found->carries_none()) {
                const teller at_the_end{of};
                is_good = co_await found->is_quiet();
            }
            if (is_good && found->room() > 0) {
                made.what_ = std::move(found);
                co_return made;
            }
            if (!is_good) drop(of, found.get());
            continue;
        }
        // One that is being opened, or that does not know yet, may have room for this too.
        const bool is_coming = !fresh && ((of.is_shared && of.opening > 0) ||
                                          std::ranges::any_of(of.entries, [](const entry& each) {
                                              return each.what->expects_room();
                                          }));
        if (!is_coming &&
            (of.entries.size() + of.opening < limits_.connections_max || drop_one_idle(of))) {
            ++of.opening;
            made.is_opening_ = true;
            co_return made;
        }
        co_await of.changed.wait();
    }
}

void pool::lease::opened(std::shared_ptr<client_connection> made) {
    group& of = group_->second;
    of.is_shared = made->expects_room();
    made->on_room = &of.changed;
    of.entries.push_back({made, deadline()});
    what_ = std::move(made);
    --of.opening;
    is_opening_ = false;
    of_->tell(of);
}

void pool::take_back(lease& given) noexcept {
    const auto whose = given.group_;
    group& of = whose->second;
    if (given.is_opening_) --of.opening;
    if (const std::shared_ptr<client_connection> what = std::move(given.what_)) {
        // Without a loop, as at a program's end, nothing is kept.
        if (what->carries_none() && (what->is_over() || !io::loop::is_running())) {
            drop(of, what.get());
        } else if (what->carries_none()) {
            for (entry& each : of.entries)
                if (each.what == what)
                    each.expires = io::detail::after_on_this_loop(limits_.idle_time);
        }
    }
    --of.users;
    tell(of);
    drop_expired();
    const std::shared_ptr<pool> last = std::move(given.of_);
}

// Those who wait look again, first come, first served.
void pool::tell(group& of) noexcept {
    of.changed.set();
    of.changed.clear();
}

void pool::drop(group& from, const client_connection* what) noexcept {
    std::erase_if(from.entries, [&](const entry& each) { return each.what.get() == what; });
}

bool pool::drop_one_idle(group& from) noexcept {
    const auto found = std::ranges::find_if(from.entries, [](const entry& each) {
        return each.what->carries_none() && each.what->room() > 0;
    });
    if (found == from.entries.end()) return false;
    from.entries.erase(found);
    return true;
}

// And what is too much: the oldest goes first.
void pool::drop_expired() noexcept {
    if (!io::loop::is_running()) return;
    const deadline now = io::loop::current().now();
    std::size_t count = 0;
    for (auto at = groups_.begin(); at != groups_.end();) {
        group& of = at->second;
        std::erase_if(of.entries, [&](const entry& each) {
            return each.what->carries_none() && each.what->room() > 0 && each.expires <= now;
        });
        count += static_cast<std::size_t>(std::ranges::count_if(
            of.entries, [](const entry& each) { return each.what->carries_none(); }));
        if (of.entries.empty() && of.users == 0)
            at = groups_.erase(at);
        else
            ++at;
    }
    for (; count > limits_.idle_max; --count) {
        group* oldest_of = nullptr;
        const entry* oldest = nullptr;
        for (auto& [who, of] : groups_)
            for (const entry& each : of.entries)
                if (each.what->carries_none() &&
                    (oldest == nullptr || each.expires < oldest->expires)) {
                    oldest = &each;
                    oldest_of = &of;
                }
        if (oldest == nullptr) return;
        drop(*oldest_of, oldest->what.get());
    }
}

void pool::clear() noexcept {
    for (auto& [who, of] : groups_)
        std::erase_if(of.entries, [](const entry& each) { return each.what->carries_none(); });
    std::erase_if(groups_, [](const auto& each) {
        return each.second.entries.empty() && each.second.users == 0;
    });
}

std::size_t pool::idle() const noexcept {
    std::size_t count = 0;
    for (const auto& [who, of] : groups_)
        for (const entry& each : of.entries)
            if (each.what->carries_none()) ++count;
    return count;
}

std::size_t pool::size() const noexcept {
    std::size_t count = 0;
    for (const auto& [who, of] : groups_) count += of.entries.size();
    return count;
}

}  // namespace priz::http::detail
