// priz/io/service_manager.hpp: a program that systemd, or another service manager with its
// protocol, has started.
//
//     int main() {
//         auto passed = io::listeners_from_environment();
//         io::run(io::serve(std::move(passed.at(0).listening), echo));
//     }
//
// The manager may open the sockets itself and pass them on (LISTEN_FDS, LISTEN_PID,
// LISTEN_FDNAMES), and wants to be told when the service is ready and when it stops
// (NOTIFY_SOCKET), which serve() does by itself.
//
// Elsewhere: sockets that pass from one instance of a server to the next (handover.hpp). Python:
// the modules systemd.daemon of several packages
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

// A socket that the manager has opened.
struct passed_socket {
    std::string name;  // FileDescriptorName=, or the unit's name; empty where there is none
    socket listening;
};

// Takes over the sockets that were passed, in their order; none where none were, or where they were
// meant for another process. They are close-on-exec from now on, and the variables are gone, so
// that children do not take them for theirs; a second call gives none.
//
// Call it before threads are started: it changes the environment.
//
// Errors: value_error for variables that make no sense; EBADF, ENOTSOCK for descriptors that are no
// sockets. Python: systemd.daemon.listen_fds_with_names()
PRIZ_API std::vector<passed_socket> listeners_from_environment();

// Tells the manager: "READY=1", "STOPPING=1", "STATUS=…", "RELOADING=1", "MAINPID=…", "WATCHDOG=1",
// several in lines. False, and nothing is sent, where no manager wants to know. Never waits. Any
// thread.
//
// Errors: value_error for a $NOTIFY_SOCKET that is neither a path nor an abstract name; what
// sendmsg(2) says. Python: systemd.daemon.notify()
PRIZ_API bool sd_notify(std::string_view state);
PRIZ_API result<bool> try_sd_notify(std::string_view state) noexcept;

}  // namespace priz::io
