// name_server.hpp: a server of names, for programs that ask one: UDP, one question a message, A and
// AAAA records (RFC 1035, RFC 3596).
#pragma once

#include <string>
#include <string_view>

#include "sim/packet.hpp"

namespace priz::sim::detail {

class machine;

class name_server {
public:
    // Answers a message that came to `here`. What is no question is not answered.
    void answer(machine& here, const packet& message);

private:
    static std::string answer_to(const machine& here, std::string_view message);
};

}  // namespace priz::sim::detail
