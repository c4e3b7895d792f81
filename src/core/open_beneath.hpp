// open_beneath.hpp: a file below a folder, whatever its path says.
#pragma once

#include <sys/stat.h>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/unique_fd.hpp"

namespace priz::detail {

// Opens what `path` names below `folder` for reading. Neither `..` nor a symbolic link leads out of
// it: the kernel resolves the path and refuses to leave (openat2(2), RESOLVE_BENEATH). What would
// have to be waited for, such as a FIFO, is opened without waiting.
//
// Errors: what open(2) says; EXDEV for a path that leads out; ENOSYS before Linux 5.6.
PRIZ_API result<unique_fd> open_beneath(int folder, const char* path) noexcept;

// What a path names just now, from `folder` on, symbolic links followed wherever they lead: to
// compare with what is known, not to be believed.
//
// Errors: what stat(2) says.
PRIZ_API result<void> look_at(int folder, const char* path, struct ::stat& found) noexcept;

}  // namespace priz::detail
