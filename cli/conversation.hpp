// cli/conversation.hpp: what `priz listen` says to one client.
//
// A conversation is told what comes and answers through its `line`. It knows no sockets: the server
// (server.hpp) does the waiting, the sending and the closing, so that each kind of conversation is
// a few lines.
#pragma once

#include <priz/address.hpp>
#include <priz/duration.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace priz::cli {

class report;

// The server's side of one client, as its conversation sees it.
class line {
public:
    virtual ~line() = default;

    virtual std::uint64_t id() const = 0;
    virtual const address& remote() const = 0;
    virtual report& out() = 0;

    virtual void send(std::string_view data) = 0;
    // Sends what is still to be sent, tells the peer that this was all, and closes when the peer
    // has ended too.
    virtual void finish(const std::string& why) = 0;
    // Closes at once.
    virtual void drop(const std::string& why) = 0;
    // Ends the whole server.
    virtual void stop_server(const std::string& why) = 0;
};

class conversation {
public:
    virtual ~conversation() = default;

    // How long a client has for the whole of it.
    virtual std::optional<duration> time_limit() const { return std::nullopt; }

    virtual void begin(line&) {}
    virtual void received(line& peer, std::string_view data) = 0;
    // The peer will send no more.
    virtual void ended(line& peer) { peer.finish("end of stream"); }
    // The connection is gone, however that came.
    virtual void closed(line&) {}
};

enum class mode { print, echo, lines, greet, hello };

struct conversation_options {
    mode what = mode::print;
    std::string greeting;
    bool commands = false;
};

std::unique_ptr<conversation> make_conversation(const conversation_options& options);

}  // namespace priz::cli
