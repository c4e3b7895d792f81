#include "priz/io/channel.hpp"

#include <cerrno>

#include "priz/error.hpp"

namespace priz::io::detail {

void raise_channel_closed() {
    failure why(std::error_code(EPIPE, std::system_category()), "send");
    why.with_subject("channel").with_hint("it was closed").raise();
}

}  // namespace priz::io::detail
