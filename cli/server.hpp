// cli/server.hpp: what runs under `priz listen`: listening sockets, their clients, one loop.
#pragma once

#include <priz/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "datagram_service.hpp"
#include "listening.hpp"
#include "server_client.hpp"
#include "support/descriptor.hpp"
#include "support/event_loop.hpp"
#include "support/exit_code.hpp"
#include "support/report.hpp"
#include "support/signals.hpp"

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
    event_loop& loop() noexcept { return loop_; }
    bool may_read() noexcept { return !report_.out().is_full(); }
    // Memory for one receive, good until the next.
    std::string& buffer() noexcept { return buffer_; }
    void closed(std::uint64_t client);
    void stop(const std::string& why, exit_code code);

private:
    void announce();
    void accept_from(listening& from);
    bool accept_one(listening& from);
    void pause_accepting(const failure& why);
    void accept_again();
    void rearm_listening();
    void resume();
    void signalled();
    void bury();

    server_options options_;
    report& report_;
    event_loop loop_;
    sink_attachment output_;
    signals signals_;
    std::vector<listening> listening_;
    std::vector<std::unique_ptr<datagram_service>> datagrams_;
    std::map<std::uint64_t, std::unique_ptr<server_client>> clients_;
    std::vector<std::unique_ptr<server_client>> dead_;  // until their own callback is over
    std::uint64_t last_client_ = 0;
    std::string buffer_;
    spare_descriptors spare_;
    bool paused_ = false;
    bool shortage_told_ = false;  // since the last client that could be accepted
};

}  // namespace priz::cli
