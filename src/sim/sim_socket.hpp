// sim_socket.hpp: what the simulated sockets of all kinds share: names, options, news for their
// loop, and the faults that their calls are given.
#pragma once

#include <cstddef>
#include <string>

#include "priz/io/detail/endpoint.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "sim/place.hpp"
#include "sim/socket_options.hpp"

namespace priz::sim::detail {

class life;
class machine;
struct packet;

struct readiness {
    bool in = false;
    bool out = false;
    bool ended = false;  // an end or an error is among it
};

class sim_socket : public io::detail::transport {
public:
    sim_socket(life& of, int with_family, int of_type);
    sim_socket(const sim_socket&) = delete;
    sim_socket& operator=(const sim_socket&) = delete;

    machine& on;
    const int family;
    const int type;
    const int fd;  // a number for messages
    place local;
    place remote;  // its port is 0 while there is none
    bool is_bound = false;
    socket_options options;

    virtual bool is_listening() const noexcept { return false; }
    std::string text() const;

    // News for the loop, reported at its next turn; those of a socket of which nobody has asked
    // anything yet are found out by the first call.
    bool is_watched() const noexcept { return where_ != nullptr; }
    void tell(readiness news);
    void report(io::detail::loop_core& loop);

    bool belongs_to(const life& other) const noexcept { return of_ == &other; }
    // Its host has crashed.
    virtual void lose_power() noexcept = 0;
    // Whether a background event of its own will bring what nothing else does: a network whose
    // sockets have such is not at rest.
    virtual bool has_a_question() const noexcept { return false; }

    std::ptrdiff_t recvmsg(io::detail::endpoint& e, ::msghdr& message, int flags) noexcept final;
    std::ptrdiff_t sendmsg(io::detail::endpoint& e, const ::msghdr& message,
                           int flags) noexcept final;
    int shutdown(io::detail::endpoint& e, int how) noexcept final;
    void close(io::detail::endpoint& e) noexcept final;
    int bind(io::detail::endpoint& e, const address& wanted) noexcept final;
    int listen(io::detail::endpoint& e, int backlog) noexcept final;
    int connect(io::detail::endpoint& e, const address& to) noexcept final;
    int accept(io::detail::endpoint& e, io::detail::endpoint*& made, address& from) noexcept final;
    int getname(io::detail::endpoint& e, bool peer, address& name) noexcept final;
    int getsockopt(io::detail::endpoint& e, int level, int option, void* value,
                   ::socklen_t& size) noexcept final;
    int setsockopt(io::detail::endpoint& e, int level, int option, const void* value,
                   ::socklen_t size) noexcept final;

protected:
    // The calls, of a host that is up. `most` bytes at most are given or taken: a fault may want it
    // so.
    virtual std::ptrdiff_t receive(::msghdr& message, int flags, std::size_t most) = 0;
    virtual std::ptrdiff_t transmit(const ::msghdr& message, std::size_t most) = 0;
    virtual int end(int how) = 0;
    virtual int reach(const address& to) = 0;
    int bind_to(const address& wanted);
    virtual int begin_to_listen(int backlog);
    virtual sim_socket* take_connection(int& error);
    virtual bool has_peer() const noexcept { return remote.port != 0; }
    address name(bool peer) const;
    virtual readiness present() const noexcept = 0;
    // The program has closed it; it removes itself, now or when it has done its work.
    virtual void leave() noexcept = 0;

    // Checks an Internet address for this socket; -errno.
    int check(const address& given, place& made) const noexcept;
    // Gives it a local address for packets to `to`; -errno.
    int bind_for(const place& to);
    int take_error() noexcept;
    life* whose() const noexcept { return of_; }

    int error_ = 0;  // the next call's: SO_ERROR

private:
    sim_socket& at(io::detail::endpoint& e) noexcept;
    bool is_dead() const noexcept;
    std::size_t cut_short(double rate, std::size_t size, const char* what);
    bool is_interrupted(const char* what);

    life* of_;  // null when nobody is there to be told
    io::detail::endpoint* where_ = nullptr;
    readiness news_;
    bool has_news_ = false;
    bool was_interrupted_ = false;
};

// The parts of a message.
std::size_t room_of(const ::msghdr& message) noexcept;
std::string gathered(const ::msghdr& message, std::size_t most);
void scatter(std::string_view bytes, ::msghdr& message) noexcept;
void give_name(const address& name, ::msghdr& message) noexcept;

// socket(2) on that host; -errno.
int make_socket(life& of, int family, int type, int proto, sim_socket*& made);

}  // namespace priz::sim::detail
