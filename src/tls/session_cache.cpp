#include "tls/session_cache.hpp"

#include <algorithm>
#include <utility>

namespace priz::tls::detail {

std::list<session_cache::place>::iterator session_cache::find(const std::string& host) noexcept {
    return std::ranges::find(places_, host, &place::host);
}

void session_cache::put(const std::string& host, owned<SSL_SESSION> given,
                        std::uint64_t generation) {
    const std::lock_guard guard(lock_);
    if (generation != generation_) return;
    const auto known = find(host);
    if (known == places_.end())
        places_.emplace_front().host = host;
    else
        places_.splice(places_.begin(), places_, known);
    auto& tickets = places_.front().tickets;
    // A session of the old kind stands for all that came before it.
    if (SSL_SESSION_get_protocol_version(given.get()) < TLS1_3_VERSION) tickets.clear();
    if (tickets.size() == tickets_max) tickets.erase(tickets.begin());
    tickets.push_back(std::move(given));
    if (places_.size() > hosts_max) places_.pop_back();
}

void session_cache::clear() noexcept {
    const std::lock_guard guard(lock_);
    ++generation_;
    places_.clear();
}

std::uint64_t session_cache::generation() noexcept {
    const std::lock_guard guard(lock_);
    return generation_;
}

owned<SSL_SESSION> session_cache::take(const std::string& host) noexcept {
    const std::lock_guard guard(lock_);
    const auto known = find(host);
    if (known == places_.end() || known->tickets.empty()) return nullptr;
    places_.splice(places_.begin(), places_, known);
    auto& newest = known->tickets.back();
    if (SSL_SESSION_get_protocol_version(newest.get()) < TLS1_3_VERSION) {
        SSL_SESSION_up_ref(newest.get());
        return owned<SSL_SESSION>(newest.get());
    }
    owned<SSL_SESSION> taken = std::move(newest);
    known->tickets.pop_back();
    return taken;
}

}  // namespace priz::tls::detail
