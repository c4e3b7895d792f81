#include "sim/socket_options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>

namespace priz::sim::detail {

namespace {

struct known {
    int level;
    int option;
    int initially;
};

// Remembered; only TCP_NODELAY has an effect.
constexpr known remembered[] = {
    {SOL_SOCKET, SO_KEEPALIVE, 0},
    {SOL_SOCKET, SO_BROADCAST, 0},
    {SOL_SOCKET, SO_OOBINLINE, 0},
    {SOL_SOCKET, SO_PRIORITY, 0},
    {SOL_SOCKET, SO_RCVLOWAT, 1},
    {IPPROTO_TCP, TCP_NODELAY, 0},
    {IPPROTO_TCP, TCP_QUICKACK, 1},
    {IPPROTO_TCP, TCP_CORK, 0},
    {IPPROTO_TCP, TCP_KEEPIDLE, 7200},
    {IPPROTO_TCP, TCP_KEEPINTVL, 75},
    {IPPROTO_TCP, TCP_KEEPCNT, 9},
    {IPPROTO_TCP, TCP_USER_TIMEOUT, 0},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT, 0},
    {IPPROTO_IP, IP_TOS, 0},
    {IPPROTO_IP, IP_TTL, 64},
    {IPPROTO_IP, IP_RECVERR, 0},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64},
    {IPPROTO_IPV6, IPV6_TCLASS, 0},
    {IPPROTO_IPV6, IPV6_RECVERR, 0},
};

const known* find(int level, int option) noexcept {
    const auto* const found = std::ranges::find_if(
        remembered, [&](const known& one) { return one.level == level && one.option == option; });
    return found == std::end(remembered) ? nullptr : found;
}

// Linux's floors.
constexpr std::size_t least_send_buffer = 4608 / 2;
constexpr std::size_t least_receive_buffer = 2304 / 2;

std::size_t size_of_buffer(int wanted, std::size_t least) noexcept {
    const std::size_t most = std::numeric_limits<int>::max() / 2;
    return std::clamp(static_cast<std::size_t>(std::max(wanted, 0)), least, most);
}

int as_option(std::size_t buffer) noexcept { return static_cast<int>(buffer * 2); }

}  // namespace

int give_option(int value, void* target, ::socklen_t& size) noexcept {
    size = std::min<::socklen_t>(size, sizeof value);
    std::memcpy(target, &value, size);
    return 0;
}

bool socket_options::no_delay() const noexcept {
    const auto kept = others_.find({IPPROTO_TCP, TCP_NODELAY});
    return kept != others_.end() && kept->second != 0;
}

int socket_options::get(int level, int option, void* value, ::socklen_t& size) const {
    if (level == SOL_SOCKET) switch (option) {
            case SO_REUSEADDR:
                return give_option(reuse_address, value, size);
            case SO_REUSEPORT:
                return give_option(reuse_port, value, size);
            case SO_SNDBUF:
                return give_option(as_option(send_buffer), value, size);
            case SO_RCVBUF:
                return give_option(as_option(receive_buffer), value, size);
            case SO_LINGER:
                size = std::min<::socklen_t>(size, sizeof linger_);
                std::memcpy(value, &linger_, size);
                return 0;
            case SO_RCVTIMEO:
            case SO_SNDTIMEO:
                size = std::min<::socklen_t>(size, sizeof patience_[0]);
                std::memcpy(value, &patience_[option == SO_SNDTIMEO], size);
                return 0;
            default:
                break;
        }
    if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY) return give_option(v6_only, value, size);
    const known* const one = find(level, option);
    if (one == nullptr) return -ENOPROTOOPT;
    const auto kept = others_.find({level, option});
    return give_option(kept == others_.end() ? one->initially : kept->second, value, size);
}

int socket_options::set(int level, int option, const void* value, ::socklen_t size) {
    if (level == SOL_SOCKET && option == SO_LINGER) {
        if (size < sizeof linger_) return -EINVAL;
        std::memcpy(&linger_, value, sizeof linger_);
        resets_on_close = linger_.l_onoff != 0 && linger_.l_linger == 0;
        return 0;
    }
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
        ::timeval wanted{};
        if (size < sizeof wanted) return -EINVAL;
        std::memcpy(&wanted, value, sizeof wanted);
        if (wanted.tv_usec < 0 || wanted.tv_usec >= 1'000'000) return -EDOM;
        patience_[option == SO_SNDTIMEO] = wanted.tv_sec < 0 ? ::timeval{} : wanted;
        return 0;
    }
    int number = 0;
    if (size < sizeof number) return -EINVAL;
    std::memcpy(&number, value, sizeof number);
    if (level == SOL_SOCKET) switch (option) {
            case SO_REUSEADDR:
                reuse_address = number != 0;
                return 0;
            case SO_REUSEPORT:
                reuse_port = number != 0;
                return 0;
            case SO_SNDBUF:
                send_buffer = size_of_buffer(number, least_send_buffer);
                return 0;
            case SO_RCVBUF:
                receive_buffer = size_of_buffer(number, least_receive_buffer);
                return 0;
            default:
                break;
        }
    if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY) {
        v6_only = number != 0;
        return 0;
    }
    if (find(level, option) == nullptr) return -ENOPROTOOPT;
    others_[{level, option}] = number;
    return 0;
}

}  // namespace priz::sim::detail
