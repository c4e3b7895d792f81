#include "priz/lookup_steps.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include "core/resolve_guard.hpp"
#include "core/resolve_info_search.hpp"

namespace priz {

namespace {

constexpr const char* op = "getaddrinfo";

// The terms of a look-up that others wait for.
detail::lookup terms_through(const resolver& through, lookup_sockets* sockets) noexcept {
    return {.until = {}, .hook = nullptr, .through = &through, .sockets = sockets};
}

}  // namespace

struct lookup_steps::state {
    explicit state(const resolver* given) : through(given != nullptr ? *given : resolver()) {}

    // A step; one that throws is the last.
    template <class Step>
    void take_step(Step&& step) noexcept {
        const auto taken = detail::guarded(op, [&]() -> result<void> {
            step();
            return {};
        });
        if (taken) return;
        search.reset();
        broken = taken.error();
    }

    detail::dns_query* pending() noexcept { return search ? search->pending() : nullptr; }

    resolver through;
    std::optional<detail::info_search> search = {};
    std::optional<failure> broken = {};
};

lookup_steps::lookup_steps(const host& name, const service& service, int family, int type,
                           int proto, int flags, const resolve_options& options,
                           lookup_sockets* sockets)
    : state_(std::make_unique<state>(options.through)) {
    state_->take_step([&] {
        state_->search.emplace(detail::info_query{name, service, family, type, proto, flags},
                               terms_through(state_->through, sockets), op);
    });
}

lookup_steps::lookup_steps(lookup_steps&&) noexcept = default;
lookup_steps& lookup_steps::operator=(lookup_steps&&) noexcept = default;
lookup_steps::~lookup_steps() = default;

bool lookup_steps::is_done() const noexcept { return state_->broken || state_->search->is_done(); }

bool lookup_steps::needs_thread() const noexcept {
    return state_->search && state_->search->for_libc() != nullptr;
}

std::span<const lookup_steps::watched> lookup_steps::watches() noexcept {
    detail::dns_query* const servers = state_->pending();
    return servers != nullptr ? servers->watches() : std::span<const watched>();
}

deadline lookup_steps::next() const noexcept {
    const detail::dns_query* const servers = state_->pending();
    return servers != nullptr ? servers->next() : deadline();
}

void lookup_steps::advance(std::span<const watched> ready) noexcept {
    detail::dns_query* const servers = state_->pending();
    if (servers == nullptr) return;
    servers->advance(ready);
    if (servers->is_done()) state_->take_step([&] { state_->search->go_on(); });
}

result<std::vector<address_info>> lookup_steps::take() noexcept {
    if (state_->broken) return std::unexpected(*state_->broken);
    if (is_done()) return state_->search->take();
    return std::unexpected(failure({EAGAIN, std::system_category()}, op));
}

}  // namespace priz
