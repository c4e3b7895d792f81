// cli/conversation_hello.hpp: --hello, which any browser shows.
#pragma once

#include <string>

#include "conversation.hpp"
#include "http_head.hpp"

namespace priz::cli {

// Reads the head of one request, prints it, answers `Merhaba dünya!` in UTF-8, and ends. A
// request's body is not read: the answer does not depend on it.
class hello_conversation : public conversation {
public:
    std::optional<duration> time_limit() const override { return duration(10); }
    void received(line& peer, std::string_view data) override;
    void ended(line& peer) override;

private:
    void answer(line& peer, const http_head& head);

    std::string head_;
    bool answered_ = false;
};

}  // namespace priz::cli
