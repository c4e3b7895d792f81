// cli/conversation_lines.hpp: --lines and --commands.
#pragma once

#include <string>

#include "conversation.hpp"

namespace priz::cli {

// Prints each line that a client sends, without the white space around it, and a rule after each
// client. A line is what ends in a newline, however many packets it came in; the last one may lack
// it. With commands, the line `disconnect` ends the client and `stop` the server.
class lines_conversation : public conversation {
public:
    static constexpr std::size_t line_max = 64 * 1024;

    explicit lines_conversation(bool commands) : commands_(commands) {}

    void received(line& peer, std::string_view data) override;
    void ended(line& peer) override;
    void closed(line& peer) override;

private:
    void take(line& peer, std::string_view text);

    bool commands_;
    bool over_ = false;
    std::string begun_;
};

}  // namespace priz::cli
