// udp_socket.hpp: UDP: datagrams that arrive whole, or twice, or out of order, or not at all.
#pragma once

#include <cstddef>
#include <deque>

#include "sim/packet.hpp"
#include "sim/sim_socket.hpp"

namespace priz::sim::detail {

class udp_socket final : public sim_socket {
public:
    udp_socket(life& of, int with_family);

    void lose_power() noexcept override;

    void arrive(packet& p);
    // ICMP's answer to a datagram; only a connected socket is told.
    void has_failed(const place& there, int why);

protected:
    std::ptrdiff_t receive(::msghdr& message, int flags, std::size_t most) override;
    std::ptrdiff_t transmit(const ::msghdr& message, std::size_t most) override;
    int end(int how) override;
    int reach(const address& to) override;
    readiness present() const noexcept override;
    void leave() noexcept override;

private:
    int destination(const ::msghdr& message, place& to) const;

    std::deque<packet> received_;
    std::size_t held_ = 0;  // bytes of the receive buffer that are in use
    bool read_shut_ = false;
    bool write_shut_ = false;
};

}  // namespace priz::sim::detail
