// priz/io/socket_handle.hpp: what streams, listeners and datagram sockets have in common.
//
// Each of them owns a socket of its loop, moves and does not copy, has names and options, and
// closes with its end. Programs meet this only as the part of those classes that is the same in
// all. Elsewhere: their verbs (stream.hpp, listener.hpp, datagram.hpp), descriptors that are no
// sockets (descriptor.hpp).
#pragma once

#include <utility>

#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::io {

namespace detail {
struct endpoint;
}

class PRIZ_API socket_handle {
public:
    explicit operator bool() const noexcept { return where_ != nullptr; }

    // The kernel's descriptor; -1 where there is none.
    int fileno() const noexcept;

    // Closes now. Verbs that wait, or that tasks have yet to begin, end with EBADF. What was sent
    // still goes out; connections that nobody accepted, and those whose bytes were not all
    // received, are reset.
    void reset() noexcept;

    // The local and the peer's address. Errors: EBADF, ENOTCONN.
    address getsockname() const;
    result<address> try_getsockname() const noexcept;
    address getpeername() const;
    result<address> try_getpeername() const noexcept;

    // As those of a socket. Errors: EBADF, ENOPROTOOPT.
    int getsockopt(int level, int option) const;
    result<int> try_getsockopt(int level, int option) const noexcept;
    void setsockopt(int level, int option, int value);
    result<void> try_setsockopt(int level, int option, int value) noexcept;

    // How the library reaches what they are made of, and makes something else of it.
    detail::endpoint* native_endpoint() const noexcept { return where_; }
    detail::endpoint* release_endpoint() noexcept { return std::exchange(where_, nullptr); }

protected:
    socket_handle() noexcept = default;
    explicit socket_handle(detail::endpoint* where) noexcept : where_(where) {}
    socket_handle(socket_handle&& other) noexcept : where_(other.release_endpoint()) {}
    socket_handle& operator=(socket_handle&& other) noexcept {
        if (this != &other) {
            if (where_ != nullptr) reset();
            where_ = other.release_endpoint();
        }
        return *this;
    }
    ~socket_handle() {
        if (where_ != nullptr) reset();
    }

    detail::endpoint* where_ = nullptr;
};

}  // namespace priz::io
