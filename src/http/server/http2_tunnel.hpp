// http2_tunnel.hpp: a stream of HTTP/2 that carries another protocol (RFC 8441), as an io::stream.
//
// What comes is taken from where the request's content comes, so that the window opens as it is
// received. What is sent is queued up to a limit: one part is with the session, the rest waits for
// its turn. The stream outlives its io::stream by as long as that takes.
#pragma once

#include <cstddef>
#include <string>

#include "priz/io/detail/endpoint.hpp"
#include "priz/io/stream.hpp"

namespace priz::http::detail {

class http2_stream;

// What is to be sent on it: http2_stream's.
struct tunnel_queue {
    std::string offered;  // the session refers to it
    std::string waiting;
    bool ends = false;  // behind that
    bool has_ended = false;
    bool is_open = false;  // there is an io::stream

    std::size_t size() const noexcept { return offered.size() + waiting.size(); }
};

class http2_tunnel final : public io::detail::transport {
public:
    explicit http2_tunnel(http2_stream& of) noexcept : of_(&of) {}

    // Errors: no memory.
    static io::stream open(http2_stream& of);

    // The stream has changed, or is gone.
    void tell() noexcept;
    void leave() noexcept;

    std::ptrdiff_t recvmsg(io::detail::endpoint& e, ::msghdr& message, int flags) noexcept override;
    std::ptrdiff_t sendmsg(io::detail::endpoint& e, const ::msghdr& message,
                           int flags) noexcept override;
    int shutdown(io::detail::endpoint& e, int how) noexcept override;
    void close(io::detail::endpoint& e) noexcept override;
    int getname(io::detail::endpoint& e, bool peer, address& name) noexcept override;
    int setsockopt(io::detail::endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept override;

private:
    void report(int news) noexcept;

    http2_stream* of_;  // null: it is gone
    io::detail::endpoint* mine_ = nullptr;
    bool is_hungry_ = false;
    bool is_stalled_ = false;
    bool is_shut_for_reading_ = false;
    bool resets_ = false;  // on closing
};

}  // namespace priz::http::detail
