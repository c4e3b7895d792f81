// port_table.hpp: who has which port of a host, and who gets a packet.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "sim/place.hpp"
#include "sim/random.hpp"

namespace priz::sim::detail {

class sim_socket;
class tcp_socket;
class udp_socket;

class port_table {
public:
    // Gives the socket its local address; a port of 0 takes one from 32768 to 60999, drawn. Zero or
    // a negative errno.
    int bind(sim_socket& who, place local, chance& random);
    void unbind(sim_socket& who) noexcept;
    // Whether a socket that is bound may begin to listen: another one may have begun before.
    bool may_listen(const sim_socket& who) const noexcept;

    // A connection that a listener was given, which shares its port.
    void adopt(tcp_socket& child);

    // By both ends.
    bool connect(const place& local, const place& remote, tcp_socket& who);
    void disconnect(const place& local, const place& remote, const tcp_socket& who) noexcept;
    tcp_socket* connection(const place& local, const place& remote) const noexcept;

    // Who listens there; the most exact address first. Of several that share a port (SO_REUSEPORT)
    // each connection has its own.
    tcp_socket* listener(const place& local, const place& remote) const noexcept;
    udp_socket* receiver(const place& local, const place& remote) const noexcept;

    void clear() noexcept;

private:
    using port_key = std::pair<int, std::uint16_t>;  // of a type of socket

    bool is_free(const sim_socket& who, const place& local) const noexcept;
    template <class Fits>
    sim_socket* best(int type, const place& local, const place& remote, Fits fits) const noexcept;

    std::multimap<port_key, sim_socket*> bound_;
    std::map<std::pair<place, place>, tcp_socket*> connections_;
};

}  // namespace priz::sim::detail
