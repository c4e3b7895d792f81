// tags.hpp: what a request of the backend is, in its user_data beside the endpoint's address.
#pragma once

#include <linux/io_uring.h>

#include <cstdint>

#include "priz/io/detail/endpoint.hpp"

namespace priz::io::detail::tags {

// Endpoints are aligned to 8 bytes and more. 0 is the poll for reading, which is the most frequent.
enum : std::uint64_t {
    reading = 0,
    writing = 1,
    removal_of_reading = 2,  // the end of a poll's removal
    removal_of_writing = 3,
    message = 4,  // of wake()
    receiving = 5,
    removal_of_receiving = 6,
    sending = 7,
    all = 7,
};

inline std::uint64_t tagged(const endpoint& e, std::uint64_t what) noexcept {
    return reinterpret_cast<std::uint64_t>(&e) | what;
}
inline std::uint64_t kind_of(const ::io_uring_cqe& done) noexcept { return done.user_data & all; }
inline endpoint& endpoint_of(const ::io_uring_cqe& done) noexcept {
    return *reinterpret_cast<endpoint*>(done.user_data & ~std::uint64_t{all});
}

}  // namespace priz::io::detail::tags
