#include "sim/port_table.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "sim/tcp_socket.hpp"
#include "sim/udp_socket.hpp"

namespace priz::sim::detail {

namespace {

constexpr std::uint16_t first_ephemeral = 32768;
constexpr std::uint16_t ephemeral_ports = 60999 - 32768 + 1;

// How exactly a socket that is bound to `has` is meant by packets to `local`: 0 is not at all.
int exactness(const sim_socket& who, const place& local) noexcept {
    if (who.local.host == local.host) return 4;
    if (!who.local.is_any()) return 0;
    if (who.local.is_v4()) return local.is_v4() ? 3 : 0;
    if (!local.is_v4()) return 3;
    return who.options.v6_only ? 0 : 2;
}

bool do_overlap(const sim_socket& a, const sim_socket& b, const place& of_b) noexcept {
    if (exactness(a, of_b) > 0) return true;
    if (!of_b.is_any()) return false;
    if (of_b.is_v4()) return a.local.is_v4();
    return !b.options.v6_only || !a.local.is_v4();
}

bool may_share(const sim_socket& a, const sim_socket& b) noexcept {
    if (a.options.reuse_port && b.options.reuse_port) return true;
    return a.options.reuse_address && b.options.reuse_address && !a.is_listening();
}

std::uint64_t flow_hash(const place& remote) noexcept {
    std::uint64_t mixed = 0xcbf29ce484222325U;
    for (const unsigned char each : remote.host) mixed = (mixed ^ each) * 0x100000001b3U;
    return chance(mixed ^ remote.port).next();
}

}  // namespace

bool port_table::is_free(const sim_socket& who, const place& local) const noexcept {
    const auto [first, end] = bound_.equal_range({who.type, local.port});
    for (auto each = first; each != end; ++each)
        if (do_overlap(*each->second, who, local) && !may_share(*each->second, who)) return false;
    return true;
}

int port_table::bind(sim_socket& who, place local, chance& random) {
    if (local.port == 0) {
        const auto begin = static_cast<std::uint16_t>(random.below(ephemeral_ports));
        for (std::uint16_t i = 0; i < ephemeral_ports && local.port == 0; ++i) {
            const auto tried =
                static_cast<std::uint16_t>(first_ephemeral + (begin + i) % ephemeral_ports);
            if (!bound_.contains({who.type, tried})) local.port = tried;
        }
        if (local.port == 0) return -EADDRINUSE;
    } else if (!is_free(who, local)) {
        return -EADDRINUSE;
    }
    who.local = local;
    who.is_bound = true;
    bound_.emplace(port_key{who.type, local.port}, &who);
    return 0;
}

void port_table::unbind(sim_socket& who) noexcept {
    const auto [first, end] = bound_.equal_range({who.type, who.local.port});
    for (auto each = first; each != end; ++each)
        if (each->second == &who) {
            bound_.erase(each);
            return;
        }
}

bool port_table::may_listen(const sim_socket& who) const noexcept {
    const auto [first, end] = bound_.equal_range({who.type, who.local.port});
    for (auto each = first; each != end; ++each) {
        const sim_socket& other = *each->second;
        if (&other != &who && other.is_listening() && do_overlap(other, who, who.local) &&
            !may_share(other, who))
            return false;
    }
    return true;
}

void port_table::adopt(tcp_socket& child) {
    bound_.emplace(port_key{child.type, child.local.port}, &child);
    connections_.emplace(std::pair(child.local, child.remote), &child);
}

bool port_table::connect(const place& local, const place& remote, tcp_socket& who) {
    return connections_.emplace(std::pair(local, remote), &who).second;
}

void port_table::disconnect(const place& local, const place& remote,
                            const tcp_socket& who) noexcept {
    const auto found = connections_.find({local, remote});
    if (found != connections_.end() && found->second == &who) connections_.erase(found);
}

tcp_socket* port_table::connection(const place& local, const place& remote) const noexcept {
    const auto found = connections_.find({local, remote});
    return found == connections_.end() ? nullptr : found->second;
}

template <class Fits>
sim_socket* port_table::best(int type, const place& local, const place& remote,
                             Fits fits) const noexcept {
    int best = 0;
    std::vector<sim_socket*> found;
    const auto [first, end] = bound_.equal_range({type, local.port});
    for (auto each = first; each != end; ++each) {
        const int how = fits(*each->second, exactness(*each->second, local));
        if (how == 0 || how < best) continue;
        if (how > best) found.clear();
        best = how;
        found.push_back(each->second);
    }
    if (found.empty()) return nullptr;
    return found[found.size() == 1 ? 0 : flow_hash(remote) % found.size()];
}

tcp_socket* port_table::listener(const place& local, const place& remote) const noexcept {
    return static_cast<tcp_socket*>(
        best(SOCK_STREAM, local, remote,
             [](const sim_socket& who, int exact) { return who.is_listening() ? exact : 0; }));
}

udp_socket* port_table::receiver(const place& local, const place& remote) const noexcept {
    return static_cast<udp_socket*>(
        best(SOCK_DGRAM, local, remote, [&](const sim_socket& who, int exact) {
            if (exact == 0 || who.remote.port == 0) return exact;
            return who.remote == remote ? exact + 8 : 0;
        }));
}

void port_table::clear() noexcept {
    bound_.clear();
    connections_.clear();
}

}  // namespace priz::sim::detail
