// trial.hpp: one run of a scenario by a seed, and what may not happen in it.
//
// A scenario is a program of a few hosts whose verbs are cancelled at random moments, on a network
// whose links and calls misbehave. Everything is drawn from the seed: the network, the faults, what
// the program does and when it is cancelled. The scenario says what it finds wrong (expect); what
// every run has to keep is found out around it: an end in time, nothing left behind, the same trace
// the second time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "priz/io.hpp"
#include "priz/io/when.hpp"
#include "priz/sim.hpp"
#include "sim/random.hpp"

namespace law {

namespace io = priz::io;
namespace sim = priz::sim;
using priz::duration;

class trial;

struct message {
    std::string data;
    priz::address from;
};

// The verbs that scenarios have cancelled after a while, some way or other (verbs.cpp). What a
// planted bug replaces.
struct verbs {
    // What came, "" at the end; nothing when it was cancelled.
    using recv_verb = io::task<std::optional<std::string>>(trial&, io::stream&, duration);
    // How many bytes were sent.
    using send_verb = io::task<std::size_t>(trial&, io::stream&, priz::bytes_view, duration);
    using accept_verb = io::task<std::optional<io::accepted>>(trial&, io::listener&, duration);
    using recvfrom_verb = io::task<std::optional<message>>(trial&, io::datagram&, duration);
    // As recv, and send: of a reader, and a writer.
    using read_verb = io::task<std::optional<std::string>>(trial&, io::reader&, duration);
    using write_verb = io::task<std::size_t>(trial&, io::writer&, priz::bytes_view, duration);

    recv_verb* recv;
    send_verb* send;
    accept_verb* accept;
    recvfrom_verb* recvfrom;
    read_verb* read;
    write_verb* write;
    bool losers_count = true;  // what came second in a race
};
extern const verbs as_they_are;

// Which faults a scenario can be told to meet.
struct hardships {
    bool loss = true;  // also doubled packets
    bool no_descriptors = false;
    bool no_buffers = false;
    bool aborted_accepts = false;
};

struct scenario {
    const char* name;
    void (*play)(trial& t);  // adds hosts and tasks
    hardships allowed = {};

    friend std::ostream& operator<<(std::ostream& out, const scenario& one) {
        return out << one.name;
    }
};

std::span<const scenario> stream_scenarios();
std::span<const scenario> listener_scenarios();
std::span<const scenario> race_scenarios();
std::span<const scenario> datagram_scenarios();
std::span<const scenario> task_scenarios();
std::span<const scenario> server_scenarios();
std::vector<scenario> all_scenarios();

class trial {
public:
    trial(const scenario& what, std::uint64_t seed, const verbs& with);

    sim::detail::chance random;  // the program's
    const verbs& use;
    sim::network net;

    sim::host& add_host(std::string_view name, std::string_view address);

    bool happens(double probability) noexcept { return random.happens(probability); }
    std::size_t below(std::size_t count) noexcept {
        return static_cast<std::size_t>(random.below(count));
    }
    std::size_t between(std::size_t least, std::size_t most) noexcept {
        return least + below(most - least + 1);
    }
    // A short time. Half of them are whole numbers of the links' latency, so that deadlines and
    // packets meet at the same instant.
    duration moment();
    // That many of them, one after the other.
    duration moments(int count);

    // Notes what is wrong; the first of it is the verdict.
    void expect(bool holds, const std::string& otherwise);
    const std::string& verdict() const noexcept { return verdict_; }

    // Runs to the end, and looks for what was left behind.
    void run();

private:
    io::task<> watch_time();
    io::task<> look_around(std::string host);

    double latency_ = 0.001;
    std::vector<sim::host*> hosts_;
    std::string verdict_;
};

// What is wrong with a seed; empty for nothing. Runs it twice.
std::string check(const scenario& what, std::uint64_t seed, const verbs& with = as_they_are);

// Of the process, now.
long live_allocations() noexcept;
// A sanitizer counts them itself, and nobody else can.
bool counts_allocations() noexcept;

// Bytes of which no two stretches are alike.
std::string pattern(std::uint64_t id, std::size_t size);

// Connects, again and again where descriptors run out or the handshake's packets are all lost.
io::task<io::stream> connect(trial& t, priz::address to);

// Listens at port 7000, as soon as there is a descriptor.
io::task<io::listener> listen(trial& t, int backlog = 128);

// Sends all of it, in pieces that are cancelled and go on.
io::task<> send_all(trial& t, io::stream& s, priz::bytes_view all);
// What comes until the end, or until there is that much.
io::task<std::string> receive(trial& t, io::stream& s, std::size_t most = std::size_t(-1));

inline bool is_system(const priz::failure& why, int error) noexcept {
    return why.code() == std::error_code(error, std::system_category());
}
inline bool is_reset(const priz::failure& why) noexcept {
    return is_system(why, ECONNRESET) || is_system(why, EPIPE);
}

}  // namespace law
