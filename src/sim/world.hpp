// world.hpp: the inside of a network: its clock, its chance, its hosts and what is under way
// between them; and the driver, which decides who goes on.
//
// The clock stands still while a host can go on. Then the earliest event happens, or the earliest
// timer of a host's loop is due, and the clock jumps to it. Everything that happens is an event, or
// a turn of one host's loop: the loops know nothing of each other.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/resolve.hpp"
#include "priz/sim/options.hpp"
#include "sim/event_queue.hpp"
#include "sim/packet.hpp"
#include "sim/random.hpp"
#include "sim/trace_log.hpp"
#include "sim/wire.hpp"

namespace priz::sim::detail {

class life;
class machine;
class sim_socket;

class world {
public:
    explicit world(const network_options& given);
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    ~world();

    network_options options;
    link_options loopback;
    event_queue events;
    chance random;
    trace_log log;
    // Whom hosts ask for names: the network's name servers. Without one each asks itself, in vain.
    resolver names{.hosts_file = "/dev/null", .nsswitch_file = "/dev/null"};

    std::int64_t now() const noexcept { return now_; }
    std::uint64_t steps() const noexcept { return steps_; }
    void note(const machine& who, std::string_view what);
    std::uint64_t new_flow() noexcept { return ++flows_; }

    machine& add_machine(std::string_view name);
    machine& director();
    // Upper and lower case are the same.
    machine* named(std::string_view name) noexcept;
    const std::vector<std::unique_ptr<machine>>& machines() const noexcept { return machines_; }
    void give_address(machine& to, const host_number& which);
    machine* owner_of(const place& where) const noexcept;
    // Of a loopback address, the one that asks.
    template <class Machine>
    Machine* owner_of(const place& where, Machine& asking) const noexcept {
        return where.is_loopback() ? &asking : owner_of(where);
    }

    void link(machine& a, machine& b, const link_options& how);
    void cut(machine& a, machine& b, bool is_cut);
    wire& between(const machine& from, const machine& to);
    bool are_cut_off(const machine& a, const machine& b) const noexcept;

    // Sends a packet out; it arrives at its owner's machine::receive(), or nowhere.
    void send(machine& from, packet what);

    // What is destroyed when the present step has ended.
    void bury(std::unique_ptr<sim_socket> gone);

    // The driver: goes on until `stop()` or a task's failure. False when nothing can happen any
    // more, or not until `limit`.
    template <class Stop>
    bool drive(Stop stop, std::int64_t limit) {
        while (!stop() && failure == nullptr)
            if (!step(limit)) return false;
        return true;
    }
    void pass_time(std::int64_t until) noexcept { now_ = until > now_ ? until : now_; }
    // Cancels all tasks and lets them end.
    void end_all() noexcept;

    std::exception_ptr failure;  // the first one of a task

private:
    bool step(std::int64_t limit);
    life* pick();
    bool advance(std::int64_t limit);
    std::int64_t next_timer() noexcept;
    bool is_computing() noexcept;
    bool has_more_to_come() noexcept;
    void count_step();
    void arrive(machine& at, machine& from, packet what);

    std::int64_t now_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t turns_in_a_row_ = 0;  // since the clock last moved
    std::uint64_t steps_allowed_;
    std::uint64_t flows_ = 0;
    std::vector<std::unique_ptr<machine>> machines_;
    machine* director_ = nullptr;
    std::map<host_number, machine*> owners_;
    std::map<std::pair<std::size_t, std::size_t>, wire> wires_;
    std::vector<std::unique_ptr<sim_socket>> gone_;
    std::vector<life*> runnable_;
};

}  // namespace priz::sim::detail
