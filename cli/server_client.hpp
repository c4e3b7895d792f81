// cli/server_client.hpp: one connection of `priz listen`.
#pragma once

#include <priz/deadline.hpp>
#include <priz/socket.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "conversation.hpp"
#include "support/event_loop.hpp"
#include "support/outbox.hpp"

namespace priz::cli {

class server;

// Talks, then finishes: sends what is left, says that this was all, and takes and forgets what the
// peer still sends until it ends too. Closing with unread bytes would reset the connection and
// could destroy the answer on its way.
class server_client : public line {
public:
    server_client(server& owner, socket connection, const address& remote, std::uint64_t id,
                  std::unique_ptr<conversation> talk);
    ~server_client() override;

    void begin();
    // Reconsiders what to wait for: standard output has room again.
    void rearm();

    std::uint64_t id() const override { return id_; }
    const address& remote() const override { return remote_; }
    report& out() override;
    void send(std::string_view data) override;
    void finish(const std::string& why) override;
    void drop(const std::string& why) override;
    void stop_server(const std::string& why) override;

private:
    enum class state { talking, finishing, draining, gone };

    void ready(interest what);
    void receive();
    void peer_has_ended();
    void flush();
    void begin_to_drain();
    void failed(const failure& why);
    deadline due() const;
    void set_timer();
    void time_is_over();
    void moved();

    server& server_;
    socket socket_;
    address remote_;
    std::uint64_t id_;
    std::unique_ptr<conversation> talk_;
    outbox unsent_;
    state state_ = state::talking;
    bool peer_ended_ = false;
    std::string why_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    deadline limit_;  // for the whole conversation
    deadline idle_;   // until the next byte, either way
    deadline close_;  // for the peer to end, after we have
    std::optional<event_loop::timer> timer_;
};

}  // namespace priz::cli
