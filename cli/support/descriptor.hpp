// cli/support/descriptor.hpp: reading and writing descriptors that are not sockets: standard input
// and output.
//
// They are shared with whoever started the tool, so they are never made non-blocking. Waiting is
// the loop's; what is here does one call that does not wait when the descriptor is ready.
#pragma once

#include <priz/unique_fd.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

namespace priz::cli {

struct transfer {
    std::size_t count = 0;
    std::error_code error = {};
};

// Replaces the contents of `target` by what one read(2) of at most `limit` bytes gives. A count of
// 0: end of input.
transfer read_some(int fd, std::string& target, std::size_t limit);

// Writes what a ready descriptor takes without waiting: for pipes that is PIPE_BUF bytes (pipe(7)).
transfer write_some(int fd, std::string_view data);

// Writes all, waiting as long as it takes.
std::error_code write_all(int fd, std::string_view data);

// As write_all(), but gives up when for two seconds nobody took anything.
std::error_code write_hurriedly(int fd, std::string_view data);

// Where standard input, output or error was closed by whoever started the tool, /dev/null takes its
// place, so that no socket gets its number.
void fill_standard_descriptors() noexcept;

// Two descriptors kept for the moment when there are no others: without any, a program cannot even
// read a file to say what is wrong.
class spare_descriptors {
public:
    spare_descriptors() noexcept { take(); }
    void take() noexcept;
    void give() noexcept;

private:
    unique_fd first_;
    unique_fd second_;
};

bool is_terminal(int fd) noexcept;

}  // namespace priz::cli
