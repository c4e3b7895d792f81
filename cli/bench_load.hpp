// cli/bench_load.hpp: the load that `priz bench` puts on a server, and what comes of it.
//
// A connection on which little is outstanding has one coroutine, which sends and receives by turns.
// Others have two: the sender begins messages as long as the pipeline, the schedule and the end
// allow, and waits for what it lacks; the receiver compares what comes back, and tells the sender.
// None allocates: the memory of a message is its place in a ring of times.
// Elsewhere: the verb (bench.cpp), what is said of the outcome (bench_outcome.hpp).
#pragma once

#include <priz/address.hpp>
#include <priz/deadline.hpp>
#include <priz/io.hpp>
#include <priz/io/event.hpp>
#include <priz/io/signals.hpp>
#include <priz/socket.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench_outcome.hpp"
#include "support/byte_pattern.hpp"
#include "support/report.hpp"

namespace priz::cli {

// Of all connections together: each takes memory for its time.
constexpr std::size_t outstanding_max = std::size_t{1} << 24U;

struct bench_options {
    std::size_t connections = 10;
    std::size_t size = 64;  // of a message
    std::size_t pipeline = 1;
    bool stream = false;                       // sends without waiting for echoes
    std::optional<duration> length = {};       // of the sending
    std::optional<std::size_t> messages = {};  // of all connections together
    std::optional<double> rate = {};           // messages a second, of all connections together
    duration patience = 10;                    // to connect, and without any progress
};

class bench_load {
public:
    // `first` is a connection to the server; the others go to its peer. Made and destroyed on the
    // loop.
    bench_load(const bench_options& options, socket first, const deadline& connected_by,
               report& out);

    // Connects, sends, and waits for what is outstanding; a signal ends it early. Throws stop_here
    // when not all could be connected in time.
    io::task<> run();

    const bench_outcome& outcome() const noexcept { return outcome_; }

private:
    struct connection {
        io::stream line = {};
        io::event answered = {};  // the sender has reason to look again
        std::uint64_t number = 0;
        std::uint64_t begun = 0;      // messages
        std::uint64_t finished = 0;   // messages
        std::uint64_t sent = 0;       // bytes
        std::uint64_t received = 0;   // bytes
        std::int64_t* due = nullptr;  // of each that is outstanding, by its number
        bool is_over = false;         // no more is sent
        bool has_failed = false;
    };

    // Connecting, at most so many at a time.
    io::task<> connect_all();
    io::task<> connect_some();
    void add(io::stream line);
    void announce();

    // Beside the connections, until all of them have ended.
    io::task<> watch_signals(io::signal_set& signals);
    io::task<> watch_progress();
    io::task<> show_progress();
    io::task<> close_late();

    io::task<> drive();
    io::task<> alternate(connection& c);
    io::task<> send(connection& c);
    io::task<> receive(connection& c);

    bool may_alternate() const noexcept;
    bool may_begin(const connection& c, std::int64_t time) const noexcept;
    void begin_messages(connection& c, std::int64_t time);
    bool take(connection& c, std::string_view data);
    bool is_echo(connection& c, std::string_view data);
    void finish_messages(connection& c, std::int64_t time);
    void message_sent(connection& c);
    void sender_ended(connection& c);
    void ended(connection& c, const failure* why);
    void fail(connection& c, const std::string& kind, const std::string& detail);
    void conclude();

    std::int64_t due(const connection& c, std::uint64_t message) const noexcept;
    std::uint64_t due_until(std::int64_t time) const noexcept;
    std::uint64_t outstanding() const noexcept {
        return outcome_.begun - outcome_.messages - outcome_.lost;
    }
    std::string_view bytes_of(const connection& c, std::uint64_t from,
                              std::size_t size) const noexcept;
    std::int64_t now() const noexcept { return loop_.now().monotonic_ns(); }

    io::loop& loop_;
    bench_options options_;
    socket first_;
    address where_;
    deadline connected_by_;
    report& report_;
    bench_outcome outcome_;
    byte_pattern pattern_;
    std::vector<connection> connections_;
    std::vector<std::int64_t> times_;
    std::size_t asked_for_ = 0;  // connections that were begun
    std::size_t connected_ = 0;
    std::size_t sending_ = 0;
    io::event all_sent_;
    io::scope* all_ = nullptr;
    std::int64_t begin_ = 0;
    std::int64_t end_ = 0;     // of the sending
    std::int64_t active_ = 0;  // when something moved last
};

}  // namespace priz::cli
