// accept_error.hpp: what an error of accept(2) means for those who go on accepting.
#pragma once

#include <cerrno>

namespace priz::io::detail {

// For how many seconds to let a shortage pass.
inline constexpr double shortage_pause_s = 0.1;

enum class accept_error { connection_is_gone, shortage, fatal };

// A pending network error of the new connection is given as accept's own.
inline accept_error meaning_of_accept(int error) noexcept {
    switch (error) {
        case ECONNABORTED:
        case EINTR:
        case EPERM:  // a firewall's rule
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
        case ETIMEDOUT:
            return accept_error::connection_is_gone;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return accept_error::shortage;
        default:
            return accept_error::fatal;
    }
}

}  // namespace priz::io::detail
