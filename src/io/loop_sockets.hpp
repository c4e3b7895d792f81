// loop_sockets.hpp: a loop's own network, for look-ups of names: c-ares on this loop's sockets.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "priz/io/detail/endpoint.hpp"
#include "priz/io/task.hpp"
#include "priz/lookup_steps.hpp"

namespace priz::io::detail {

struct loop_core;

// What is known of a socket's readiness is in its endpoint, and stays there until a call would have
// had to wait: so what lookup_steps wants level-triggered is so on every backend.
class loop_sockets final : public lookup_sockets {
public:
    using watched = lookup_steps::watched;

    explicit loop_sockets(loop_core& loop) noexcept : loop_(loop) {}

    int open(int family, int type, int proto) noexcept override;
    int connect(int socket, const address& to) noexcept override;
    ::ssize_t recvfrom(int socket, bytes_span target, address* from) noexcept override;
    ::ssize_t sendv(int socket, std::span<const ::iovec> pieces) noexcept override;
    void close(int socket) noexcept override;
    address source_towards(const address& where) noexcept override;
    std::optional<deadline> clock() noexcept override;

    // Waits until one of them is ready, or for that time; which ones are. Cancellation: safe.
    task<std::vector<watched>> wait(std::span<const watched> all, deadline until);

private:
    endpoint& at(int socket) noexcept { return *opened_.at(socket); }

    loop_core& loop_;
    int last_number_ = 0;  // never given twice
    std::map<int, endpoint*> opened_;
};

}  // namespace priz::io::detail
