// session_cache.hpp: what a client keeps of servers in order to go on where it was.
//
// A ticket of TLS 1.3 is used once: two connections with the same one could be told to be the same
// client's by who sees them. A session of TLS 1.2 is used again until the server gives another.
// What is kept is bounded: so many hosts, so many tickets of each; the oldest go. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include "tls/openssl.hpp"

namespace priz::tls::detail {

class session_cache {
public:
    static constexpr std::size_t hosts_max = 256;
    static constexpr std::size_t tickets_max = 4;

    // Errors: bad_alloc.
    // What belongs to an earlier generation than the present one is not kept.
    void put(const std::string& host, owned<SSL_SESSION> given, std::uint64_t generation);
    // Null where there is none.
    owned<SSL_SESSION> take(const std::string& host) noexcept;

    // Forgets all, and what connections of before will give. Whoever makes a connection takes its
    // generation first.
    void clear() noexcept;
    std::uint64_t generation() noexcept;

private:
    struct place {
        std::string host;
        std::vector<owned<SSL_SESSION>> tickets;  // the newest last
    };

    std::list<place>::iterator find(const std::string& host) noexcept;

    std::mutex lock_;
    std::uint64_t generation_ = 0;
    std::list<place> places_;  // used last, first
};

}  // namespace priz::tls::detail
