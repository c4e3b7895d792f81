// resolve_sockets.hpp: the kernel's sockets for name servers, through the doors.
#pragma once

#include "priz/lookup_steps.hpp"

namespace priz::detail {

// Close-on-exec from their first moment; a name server that closes its end of a TCP connection
// raises no SIGPIPE.
class kernel_sockets final : public lookup_sockets {
public:
    int open(int family, int type, int proto) noexcept override;
    int connect(int socket, const address& to) noexcept override;
    ::ssize_t recvfrom(int socket, bytes_span target, address* from) noexcept override;
    ::ssize_t sendv(int socket, std::span<const ::iovec> pieces) noexcept override;
    void close(int socket) noexcept override;
};

}  // namespace priz::detail
