// cli/server_client.hpp: one connection of `priz listen`.
#pragma once

#include <priz/deadline.hpp>
#include <priz/io.hpp>
#include <priz/io/event.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "conversation.hpp"
#include "support/outbox.hpp"

namespace priz::cli {

class server;

// Talks, then finishes: sends what is left, says that this was all, and takes and forgets what the
// peer still sends until it ends too. Closing with unread bytes would reset the connection and
// could destroy the answer on its way.
//
// One task receives and one sends; a third looks at the time where that is limited.
class server_client : public line {
public:
    // `type` is the socket's: on SOCK_SEQPACKET each receive and each send is a message.
    server_client(server& owner, io::stream connection, int type, const address& remote,
                  std::uint64_t id, std::unique_ptr<conversation> talk);
    ~server_client() override;

    // Until the connection is gone.
    io::task<> run();
    // The whole server ends: what was to be said is said, and no more. Nothing is reported of it.
    void server_stops();

    std::uint64_t id() const override { return id_; }
    const address& remote() const override { return remote_; }
    report& out() override;
    void send(std::string_view data) override;
    void finish(const std::string& why) override;
    void drop(const std::string& why) override;
    void stop_server(const std::string& why) override;

private:
    enum class state { talking, finishing, draining, gone };

    io::task<> receive_all();
    io::task<> wait_for_room();
    io::task<> send_all();
    io::task<> watch_time();
    void received(std::string_view data);
    void peer_has_ended();
    void failed(const failure& why);
    deadline due() const;
    bool has_unread() const noexcept;
    void look_at_time();
    void moved();

    server& server_;
    io::stream line_;
    int type_;
    address remote_;
    std::uint64_t id_;
    std::unique_ptr<conversation> talk_;
    outbox unsent_;
    io::scope* tasks_ = nullptr;
    io::event wanted_;   // there is something to send, or nothing more will be
    io::event room_;     // to receive and answer
    io::event changed_;  // another deadline counts
    state state_ = state::talking;
    bool peer_ended_ = false;
    bool is_quiet_ = false;
    bool is_watched_ = false;
    std::string why_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    deadline limit_;  // for the whole conversation
    deadline idle_;   // until the next byte, either way
    deadline close_;  // for the peer to end, after we have
};

}  // namespace priz::cli
