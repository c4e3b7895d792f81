// priz/credentials.hpp: who is at the other end of a Unix socket, as the kernel vouches for it.
//
// A value, read with options::peer_credentials (options.hpp) or from a control message
// (control.hpp), and sent with outgoing_control::credentials(). unix(7).
#pragma once

#include <sys/types.h>

namespace priz {

struct credentials {
    ::pid_t pid = 0;
    ::uid_t uid = 0;
    ::gid_t gid = 0;

    friend bool operator==(const credentials&, const credentials&) = default;
};

}  // namespace priz
