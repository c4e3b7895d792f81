// A kernel in which the peers of Unix sockets have addresses of a family that nobody knows:
// preloaded by the runs of behaviours_test.py.
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

extern "C" [[gnu::visibility("default")]] int getpeername(int fd, sockaddr* name, socklen_t* size) {
    const auto outcome = ::syscall(SYS_getpeername, fd, name, size);
    if (outcome == 0 && name->sa_family == AF_UNIX) {
        name->sa_family = 77;
        std::memcpy(name->sa_data, "strange family", sizeof name->sa_data);
        *size = sizeof *name;
    }
    return static_cast<int>(outcome);
}
