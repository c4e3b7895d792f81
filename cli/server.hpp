// cli/server.hpp: what runs under `priz listen`: listening sockets, their clients, one loop.
#pragma once

#include <priz/endpoint.hpp>
#include <priz/io.hpp>
#include <priz/io/event.hpp>
#include <priz/io/semaphore.hpp>
#include <priz/io/serve.hpp>
#include <priz/io/signals.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "datagram_service.hpp"
#include "listening.hpp"
#include "server_client.hpp"
#include "support/descriptor.hpp"
#include "support/exit_code.hpp"
#include "support/output_task.hpp"
#include "support/report.hpp"

namespace priz::cli {

struct server_options {
    conversation_options talk = {};
    std::optional<duration> idle = {};
    std::size_t clients_max = 10'000;
    std::optional<duration> run_for = {};
};

class server {
public:
    server(const server_options& options, report& out);

    // Throws stop_here. Nothing is served, and nothing announced, before run().
    void listen(const endpoint& where, const deadline& until);

    // Announces each address and serves until it is stopped; returns the exit code.
    int run();

    // What clients ask of it.
    const server_options& options() const noexcept { return options_; }
    report& out() noexcept { return report_; }
    // False while what was received waits to be printed.
    bool may_read() noexcept { return !report_.out().is_full(); }
    io::task<> wait_for_room() { return output_.wait_for_room(); }
    void joined(server_client& client) { clients_.insert(&client); }
    void left(server_client& client) { clients_.erase(&client); }
    // Takes no more clients, and ends when those that it has have got their answers.
    void stop(const std::string& why, exit_code code);
    io::event& stopped() noexcept { return stopped_; }

private:
    io::task<> serve_all();
    io::task<> serve_sockets();
    io::task<> serve_clients(listening& from, io::server& control);
    io::task<> talk(io::stream connection, address remote, int type, io::server& control);
    io::task<> heed(io::signal_set& numbers);
    io::task<> stop_later(duration when);
    void announce();
    void note_shortage(const std::exception_ptr& why);
    void note_failure(const std::exception_ptr& why);

    server_options options_;
    report& report_;
    output_task output_;
    std::vector<listening> listening_;
    std::deque<io::server> servers_;  // of those that have clients, one each
    std::set<server_client*> clients_;
    io::semaphore turns_;  // of the clients, on whatever socket they came
    io::event stopped_;
    std::string why_;
    exit_code code_ = exit_code::ok;
    std::exception_ptr failure_;
    std::uint64_t last_client_ = 0;
    spare_descriptors spare_;
    bool shortage_told_ = false;  // since the last client that could be accepted
};

}  // namespace priz::cli
