// How bytes from the kernel become an address, and how addresses compare: address_layout.hpp says
// which form each family has here.
#include <algorithm>

#include "address_layout.hpp"
#include "priz/address.hpp"

namespace priz {

namespace {

constexpr std::size_t ipv6_size_least = offsetof(::sockaddr_in6, sin6_scope_id);

// The bytes of a sockaddr, all 128 of them, and how many count.
struct raw_address {
    ::sockaddr_storage storage{};
    std::size_t size = 0;

    template <class T>
    T as() const noexcept {
        T form;
        std::memcpy(&form, &storage, sizeof(T));
        return form;
    }
    template <class T>
    void become(const T& form) noexcept {
        storage = {};
        std::memcpy(&storage, &form, sizeof(T));
        size = sizeof(T);
    }
    // Forgets what lies at and behind `offset`.
    void clear_from(std::size_t offset) noexcept {
        std::memset(reinterpret_cast<char*>(&storage) + offset, 0, sizeof(storage) - offset);
    }
};

void settle_ipv4(raw_address& raw) noexcept {
    if (raw.size < sizeof(::sockaddr_in)) return;
    auto form = raw.as<::sockaddr_in>();
    std::ranges::fill(form.sin_zero, std::uint8_t{0});
    raw.become(form);
}

void settle_ipv6(raw_address& raw) noexcept {
    if (raw.size < ipv6_size_least) return;
    raw.become(raw.as<::sockaddr_in6>());
}

void settle_unix(raw_address& raw) noexcept {
    const auto form = raw.as<::sockaddr_un>();
    if (raw.size <= detail::family_size || form.sun_path[0] == '\0') return;
    const std::size_t room = std::min(raw.size - detail::family_size, detail::unix_path_max);
    const std::size_t length = ::strnlen(form.sun_path, room);
    raw.clear_from(detail::family_size + length);
    raw.size = detail::family_size + std::min(length + 1, detail::unix_path_max);
}

void settle_vsock(raw_address& raw) noexcept {
    if (raw.size < sizeof(::sockaddr_vm)) return;
    auto form = raw.as<::sockaddr_vm>();
    form.svm_reserved1 = 0;
    std::ranges::fill(form.svm_zero, std::uint8_t{0});
    raw.become(form);
}

void settle_netlink(raw_address& raw) noexcept {
    if (raw.size < sizeof(::sockaddr_nl)) return;
    auto form = raw.as<::sockaddr_nl>();
    form.nl_pad = 0;
    raw.become(form);
}

void settle_packet(raw_address& raw) noexcept {
    const std::size_t end = detail::packet_header + raw.as<::sockaddr_ll>().sll_halen;
    if (raw.size < sizeof(::sockaddr_ll) || raw.size < end) return;
    raw.clear_from(end);
    raw.size = std::max(end, sizeof(::sockaddr_ll));
}

void settle(raw_address& raw) noexcept {
    switch (raw.storage.ss_family) {
        case AF_INET:
            return settle_ipv4(raw);
        case AF_INET6:
            return settle_ipv6(raw);
        case AF_UNIX:
            return settle_unix(raw);
        case AF_VSOCK:
            return settle_vsock(raw);
        case AF_NETLINK:
            return settle_netlink(raw);
        case AF_PACKET:
            return settle_packet(raw);
        default:
            return;
    }
}

std::string_view all_bytes(const address& a) noexcept {
    return {reinterpret_cast<const char*>(a.data()), a.size()};
}

// What addresses of one family are ordered by first, so that a host's ports stand together.
std::string_view host_bytes(const address& a) noexcept {
    if (detail::is_ipv4(a)) return all_bytes(a).substr(offsetof(::sockaddr_in, sin_addr), 4);
    if (detail::is_ipv6(a)) return all_bytes(a).substr(offsetof(::sockaddr_in6, sin6_addr), 16);
    return {};
}

}  // namespace

// Internet addresses come with every connection and every datagram: whole ones, which is how the
// kernel gives them, are made in place.
address address::from_sockaddr(const ::sockaddr* sockaddr, ::socklen_t size) noexcept {
    address made;
    if (sockaddr != nullptr && size >= sizeof(::sockaddr_in) && sockaddr->sa_family == AF_INET) {
        std::memcpy(&made.storage_, sockaddr, offsetof(::sockaddr_in, sin_zero));
        made.size_ = sizeof(::sockaddr_in);
        return made;
    }
    if (sockaddr != nullptr && size >= sizeof(::sockaddr_in6) && sockaddr->sa_family == AF_INET6) {
        std::memcpy(&made.storage_, sockaddr, sizeof(::sockaddr_in6));
        made.size_ = sizeof(::sockaddr_in6);
        return made;
    }
    raw_address raw;
    raw.size = std::min<std::size_t>(size, sizeof(raw.storage));
    if (sockaddr == nullptr || raw.size < detail::family_size) return made;
    std::memcpy(&raw.storage, sockaddr, raw.size);
    settle(raw);
    made.storage_ = raw.storage;
    made.size_ = static_cast<::socklen_t>(raw.size);
    return made;
}

bool operator==(const address& a, const address& b) noexcept {
    return all_bytes(a) == all_bytes(b);
}

std::strong_ordering operator<=>(const address& a, const address& b) noexcept {
    if (const auto order = a.family() <=> b.family(); order != 0) return order;
    if (const auto order = host_bytes(a) <=> host_bytes(b); order != 0) return order;
    return all_bytes(a) <=> all_bytes(b);
}

// FNV-1a.
std::size_t hash_value(const address& a) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : all_bytes(a))
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return static_cast<std::size_t>(hash);
}

}  // namespace priz
