// priz/sim/network.hpp: a network in memory, on which programs run unchanged.
//
//     sim::network net(7);  // the seed
//     sim::host& server = net.add_host("server", "10.0.0.1");
//     sim::host& client = net.add_host("client", "10.0.0.2");
//     net.link(server, client, {.latency = 0.05, .loss = 0.1});
//     server.spawn_daemon(serve_echo());
//     client.spawn(talk());
//     net.run();
//
// Each host has an event loop of its own; sockets, timers and deadlines of the tasks that run there
// are the network's. Time is virtual: it stands still while anything can go on and then jumps to
// what comes next, so that an hour of retries takes no time. Which host goes on next, which packet
// is lost, how long one takes: all of it is drawn from the seed. The same seed gives the same run,
// to the byte of its trace(), with any compiler; another seed another run that is just as possible.
// A failure is found by trying seeds, and kept by its seed.
//
// What the model promises and what it leaves out is in docs/internals/the-simulator.md. One thread.
// Elsewhere: the options (options.hpp). Python: nothing like it
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "priz/address.hpp"
#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/io/task.hpp"
#include "priz/sim/options.hpp"

namespace priz::sim {

namespace detail {

class machine;
class world;

template <class Make>
io::task<> run_made(Make make) {
    co_await make();
}

}  // namespace detail

// Tasks wait and nothing can happen any more that they could wait for.
class PRIZ_API deadlock : public std::runtime_error {
public:
    struct waiting {
        std::string host;
        std::size_t tasks;
    };

    explicit deadlock(std::vector<waiting> hosts);
    const std::vector<waiting>& hosts() const noexcept { return *hosts_; }

private:
    std::shared_ptr<const std::vector<waiting>> hosts_;
};

// The run took more steps than network_options::step_limit: something goes round in circles.
class PRIZ_API too_many_steps : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A machine of the network, made by network::add_host(), which owns it.
class PRIZ_API host {
public:
    explicit host(detail::machine& inside) noexcept : inside_(inside) {}
    host(const host&) = delete;
    host& operator=(const host&) = delete;
    ~host() = default;

    const std::string& name() const noexcept;
    // Its first address, with a port if one is given.
    address at(std::uint16_t port = 0) const noexcept;

    // Starts a task on this host, or a function that makes one (which is kept as long as the task
    // lives, so that a lambda may have captures). It begins to run when the network does; run()
    // waits for its end. A host that is down starts nothing.
    void spawn(io::task<> task) { start(std::move(task), false); }
    template <class Make>
    requires std::is_same_v<std::invoke_result_t<Make&>, io::task<>>
    void spawn(Make make) { spawn(detail::run_made(std::move(make))); }

    // The same for a task that need not end, such as a server: run() does not wait for it.
    void spawn_daemon(io::task<> task) { start(std::move(task), true); }
    template <class Make>
    requires std::is_same_v<std::invoke_result_t<Make&>, io::task<>>
    void spawn_daemon(Make make) { spawn_daemon(detail::run_made(std::move(make))); }

    // Loses power: its tasks are cancelled, its connections are gone without a word to their peers,
    // what is sent to it arrives nowhere. What its tasks still do, sockets refuse with ENETDOWN.
    void crash();
    // Comes back, without tasks and connections; packets of old connections are answered with
    // resets. Of a host that is up: crash() and restart().
    void restart();
    bool is_up() const noexcept;

    // How many of its tasks have not ended.
    std::size_t tasks() const noexcept;

private:
    friend class network;
    void start(io::task<> task, bool daemon);

    detail::machine& inside_;
};

class PRIZ_API network {
public:
    explicit network(std::uint64_t seed);
    explicit network(const network_options& options);
    network(const network&) = delete;
    network& operator=(const network&) = delete;
    // Cancels the tasks that are left, and lets them end.
    ~network();

    // A host with that name and these addresses, each in text, IPv4 or IPv6; it has 127.0.0.1 and
    // ::1 besides. The name, in upper or lower case, is what resolve() knows it by.
    //
    // Errors:        value_error for a text that is no address; std::invalid_argument for a name or
    //                an address that another host has.
    host& add_host(std::string_view name, std::initializer_list<std::string_view> addresses);
    host& add_host(std::string_view name, std::string_view address) {
        return add_host(name, {address});
    }

    // A name server: UDP port 53 of a host of its own at this address answers questions for A and
    // AAAA records from the hosts' names. Every host asks it for the names that its programs look
    // up (io::connect, io::getaddrinfo); of several, the next one when one does not answer.
    host& add_name_server(std::string_view address);

    // How packets go between two hosts. Every two hosts are linked, to begin with as
    // network_options::link says.
    void link(host& a, host& b, const link_options& options);
    // How fast and how reliable a host is to itself: by default 10 microseconds, without a fault.
    void link_loopback(const link_options& options);

    // Cuts the link: packets vanish, also those under way. heal() mends it.
    void partition(host& a, host& b);
    void heal(host& a, host& b);

    // Runs a task beside the hosts: a script that crashes, cuts and heals as time goes by. It has
    // io::sleep and no addresses. As a daemon: run() does not wait for it.
    void spawn(io::task<> script);
    template <class Make>
    requires std::is_same_v<std::invoke_result_t<Make&>, io::task<>>
    void spawn(Make make) { spawn(detail::run_made(std::move(make))); }

    // Runs until every task that is no daemon has ended.
    //
    // Errors:        what a task threw, a daemon's included; deadlock when nothing can happen any
    //                more and tasks still wait; too_many_steps. All tasks are cancelled, and have
    //                ended, before an error is thrown.
    void run();
    // Runs until `holds()`, which is asked before each step.
    //
    // Errors:        as run(); deadlock also when nothing can happen any more and it does not hold.
    template <class Predicate>
    requires std::is_invocable_r_v<bool, Predicate&>
    void run_until(Predicate holds) {
        run_until([](void* what) { return static_cast<bool>((*static_cast<Predicate*>(what))()); },
                  &holds);
    }
    // Runs that long; at rest, time passes all the same.
    //
    // Errors:        what a task threw; too_many_steps.
    void run_for(duration length);

    // How long it has run.
    duration now() const noexcept;
    std::uint64_t steps() const noexcept;

    // The addresses of the host with that name; none where there is no such host.
    std::vector<address> resolve(std::string_view name) const;

    // What happened, a line each: seconds, host, event. The same for the same seed, byte for byte.
    std::string trace() const;
    // A number that tells two traces apart, of all their lines, also of those no longer kept.
    std::uint64_t fingerprint() const noexcept;

private:
    void run_until(bool (*holds)(void*), void* what);
    host& add(std::string_view name);

    std::unique_ptr<detail::world> inside_;
    std::vector<std::unique_ptr<host>> hosts_;
};

}  // namespace priz::sim
