#include "priz/io/detail/endpoint.hpp"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "io/backend.hpp"
#include "io/endpoint_store.hpp"

namespace priz::io::detail {

int transport::bind(endpoint&, const address&) noexcept { return -EOPNOTSUPP; }
int transport::listen(endpoint&, int) noexcept { return -EOPNOTSUPP; }
int transport::connect(endpoint&, const address&) noexcept { return -EOPNOTSUPP; }
int transport::accept(endpoint&, endpoint*&, address&) noexcept { return -EOPNOTSUPP; }
int transport::getname(endpoint&, bool, address& name) noexcept {
    name = address::unix_unnamed();
    return 0;
}
int transport::getsockopt(endpoint&, int, int, void*, ::socklen_t&) noexcept {
    return -ENOPROTOOPT;
}
int transport::setsockopt(endpoint&, int, int, const void*, ::socklen_t) noexcept {
    return -ENOPROTOOPT;
}

void transport::explain(endpoint&, failure&) noexcept {}

void compact_peer::remember(const address& peer) noexcept {
    family = 0;
    if (peer.family() == AF_INET) {
        ::sockaddr_in exact{};
        std::memcpy(&exact, peer.data(), sizeof exact);
        std::memcpy(host, &exact.sin_addr, sizeof exact.sin_addr);
        port = ntohs(exact.sin_port);
        family = AF_INET;
    } else if (peer.family() == AF_INET6) {
        ::sockaddr_in6 exact{};
        std::memcpy(&exact, peer.data(), sizeof exact);
        std::memcpy(host, &exact.sin6_addr, sizeof host);
        port = ntohs(exact.sin6_port);
        scope = exact.sin6_scope_id;
        family = AF_INET6;
    }
}

address compact_peer::recall() const noexcept {
    if (family == AF_INET) {
        ::in_addr v4{};
        std::memcpy(&v4, host, sizeof v4);
        return address::ipv4(ntohl(v4.s_addr), port);
    }
    if (family == AF_INET6) return address::ipv6(std::as_bytes(std::span(host)), port, 0, scope);
    return {};
}

namespace {

endpoint* next_of(const endpoint& one) noexcept {
    return static_cast<endpoint*>(static_cast<void*>(one.reader));
}

void set_next(endpoint& one, endpoint* next) noexcept {
    one.reader = static_cast<waiter*>(static_cast<void*>(next));
}

}  // namespace

void endpoint_store::list::push(endpoint& one) noexcept {
    set_next(one, first);
    if (first == nullptr) last = &one;
    first = &one;
}

void endpoint_store::list::take_all_of(list& other) noexcept {
    if (other.first == nullptr) return;
    set_next(*other.last, first);
    if (first == nullptr) last = other.last;
    first = other.first;
    other = {};
}

endpoint& endpoint_store::take(const ready_queue& ready) {
    let_go(ready);
    if (free_.first == nullptr) add();
    endpoint& taken = *free_.first;
    free_.first = next_of(taken);
    return taken;
}

void endpoint_store::give_back(endpoint& gone, const ready_queue& ready) noexcept {
    loop_core* const loop = gone.loop;
    gone = endpoint{};
    gone.loop = loop;
    gone.flags = endpoint::closed;
    let_go(ready);
    young_.push(gone);
}

void endpoint_store::let_go(const ready_queue& ready) noexcept {
    if (ready.first() < until_) return;
    free_.take_all_of(old_);
    old_.take_all_of(young_);
    until_ = ready.end();
}

void endpoint_store::add() {
    slabs_.push_back(std::make_unique<endpoint[]>(slab_size));
    for (std::size_t i = slab_size; i-- > 0;) free_.push(slabs_.back()[i]);
}

}  // namespace priz::io::detail
