// probe.hpp: whether io_uring can be used here, and if not, why, in words for people.
#pragma once

#include <string>
#include <string_view>

#include "io/uring/abilities.hpp"
#include "priz/error.hpp"

namespace priz::io::uring {

// Makes a small ring and asks it. The failure's message() says what stands in the way:
//
//     io_uring_setup: operation not permitted: kernel.io_uring_disabled is 2, which turns io_uring
//     off for everybody
result<abilities> probe();

// The failure of an io_uring_setup that was answered by the errno `cause`.
failure refusal(int cause);

// What to say about `cause` when `setting` is what /proc/sys/kernel/io_uring_disabled holds: "0\n",
// "1\n", "2\n" or, before Linux 6.6, nothing.
std::string why_refused(int cause, std::string_view setting);

// The failure for a kernel whose rings lack what every ring here has.
failure too_old(int cause);

}  // namespace priz::io::uring
