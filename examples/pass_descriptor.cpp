// An open descriptor, sent from one process to another over a Unix socket.
//
// It prints:
//     received "a pipe for you" and 1 descriptor
//     through it came "written by the parent"
#include <sys/wait.h>
#include <unistd.h>
#include <priz/message.hpp>
#include <priz/socket.hpp>

#include <iostream>

namespace {

int child(priz::socket& parent) {
    auto [data, fds, flags, from] = priz::recv_fds(parent, 1024, 1);
    std::cout << "received \"" << data << "\" and " << fds.size() << " descriptor\n";
    char text[100];
    const auto size = ::read(fds.at(0).get(), text, sizeof text);
    if (size < 0) return 1;
    std::cout << "through it came \"" << std::string_view(text, static_cast<std::size_t>(size))
              << "\"\n"
              << std::flush;
    return 0;
}  // the descriptors close themselves

}  // namespace

int main(int, char**) {
    auto [here, there] = priz::socketpair();
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    const priz::unique_fd for_reading(ends[0]);
    const priz::unique_fd for_writing(ends[1]);

    const auto process = ::fork();
    if (process == 0) ::_exit(child(there));

    priz::send_fds(here, "a pipe for you", {for_reading.get()});
    if (::write(for_writing.get(), "written by the parent", 21) != 21) return 1;
    int status = 0;
    return ::waitpid(process, &status, 0) == process && status == 0 ? 0 : 1;
}
