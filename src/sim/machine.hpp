// machine.hpp: the inside of a host: its addresses, its sockets and their ports, its lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "priz/io/task.hpp"
#include "priz/sim/options.hpp"
#include "sim/life.hpp"
#include "sim/packet.hpp"
#include "sim/port_table.hpp"
#include "sim/sim_socket.hpp"

namespace priz::sim::detail {

class name_server;
class world;

class machine {
public:
    machine(world& of, std::size_t number, std::string_view called);
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    ~machine();

    world& net;
    const std::size_t index;
    const std::string name;
    std::vector<host_number> addresses;
    port_table ports;
    std::unique_ptr<name_server> names;  // of a host that is one

    bool is_up() const noexcept { return is_up_; }
    void start(io::task<> task, bool is_daemon);
    void crash();
    void restart();
    // The present life's tasks are cancelled; the next task begins another one.
    void end_life() noexcept;
    const std::vector<std::unique_ptr<life>>& lives() const noexcept { return lives_; }
    std::size_t tasks() const noexcept;
    std::size_t tasks_to_wait_for() const noexcept;

    // A packet has arrived.
    void receive(packet what);
    void send_reset(const packet& to);

    template <class Socket, class... Given>
    Socket& add_socket(life& of, Given... given) {
        auto made = std::make_unique<Socket>(of, given...);
        Socket& added = *made;
        sockets_.emplace(added.fd, std::move(made));
        return added;
    }
    void remove(sim_socket& gone);
    sim_socket* socket(int fd) noexcept;
    // One of that life's sockets, drawn.
    sim_socket* any_socket(const life& of);
    // Whether one of its sockets waits for what only a background event will bring.
    bool has_a_question() const noexcept;
    int new_number() noexcept { return ++last_number_; }

    bool has(const place& local) const noexcept;
    // The address that packets to `remote` come from; false where there is none of its family.
    bool source_for(const place& remote, place& local) const noexcept;
    std::size_t mtu_to(const place& remote) noexcept;

    // Draws whether that fault happens now; then it is in the trace.
    bool has_fault(double fault_rates::*which, std::string_view what);

private:
    life& present();
    void receive_tcp(packet& what);
    void receive_udp(packet& what);
    void receive_error(packet& what);

    bool is_up_ = true;
    int last_number_ = 2;
    life* present_ = nullptr;
    std::vector<std::unique_ptr<life>> lives_;
    std::map<int, std::unique_ptr<sim_socket>> sockets_;
};

}  // namespace priz::sim::detail
