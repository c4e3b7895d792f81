// The same work as in_priz.cpp, as plain C does it.
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

void must(bool done) {
    if (!done) std::abort();
}

void pairs(long times) {
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        must(send(ends[0], buffer, sizeof buffer, MSG_NOSIGNAL) >= 0);
        must(recv(ends[1], buffer, sizeof buffer, 0) >= 0);
    }
    close(ends[0]);
    close(ends[1]);
}

sockaddr_in bound_loopback(int fd) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* raw = reinterpret_cast<sockaddr*>(&where);
    must(bind(fd, raw, sizeof where) == 0);
    socklen_t size = sizeof where;
    must(getsockname(fd, raw, &size) == 0);
    return where;
}

void sessions(long times) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in where = bound_loopback(listener);
    must(listen(listener, 16) == 0);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        must(connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0);
        sockaddr_in remote{};
        socklen_t size = sizeof remote;
        const int connection =
            accept4(listener, reinterpret_cast<sockaddr*>(&remote), &size, SOCK_CLOEXEC);
        must(send(client, buffer, sizeof buffer, MSG_NOSIGNAL) == sizeof buffer);
        must(shutdown(client, SHUT_WR) == 0);
        while (recv(connection, buffer, sizeof buffer, 0) > 0) {
        }
        close(connection);
        close(client);
    }
    close(listener);
}

void datagrams(long times) {
    const int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sockaddr_in where = bound_loopback(receiver);
    const int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        must(sendto(sender, buffer, sizeof buffer, MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&where), sizeof where) == sizeof buffer);
        sockaddr_in remote{};
        socklen_t size = sizeof remote;
        must(recvfrom(receiver, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&remote),
                      &size) >= 0);
    }
    close(sender);
    close(receiver);
}

void timed(long times) {
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    int on = 1;
    must(ioctl(ends[0], FIONBIO, &on) == 0 && ioctl(ends[1], FIONBIO, &on) == 0);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        must(send(ends[0], buffer, sizeof buffer, MSG_NOSIGNAL) >= 0);
        must(recv(ends[1], buffer, sizeof buffer, 0) >= 0);
    }
    close(ends[0]);
    close(ends[1]);
}

void connections(long times, bool timed) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    const sockaddr_in where = bound_loopback(listener);
    must(listen(listener, 1000) == 0);
    for (long i = 0; i < times; ++i) {
        const int mode = timed ? SOCK_NONBLOCK : 0;
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | mode, 0);
        const int begun = connect(client, reinterpret_cast<const sockaddr*>(&where), sizeof where);
        must(timed ? errno == EINPROGRESS : begun == 0);
        if (timed) {
            pollfd waited{client, POLLOUT, 0};
            const timespec limit{60, 0};
            must(ppoll(&waited, 1, &limit, nullptr) == 1);
            int cause = 0;
            socklen_t size = sizeof cause;
            must(getsockopt(client, SOL_SOCKET, SO_ERROR, &cause, &size) == 0 && cause == 0);
        }
        close(client);
    }
    close(listener);
}

}  // namespace

int main(int, char** argv) {
    const char* what = argv[1];
    const long times = std::atol(argv[2]);
    if (std::strcmp(what, "pairs") == 0) pairs(times);
    if (std::strcmp(what, "sessions") == 0) sessions(times);
    if (std::strcmp(what, "datagrams") == 0) datagrams(times);
    if (std::strcmp(what, "timed") == 0) timed(times);
    if (std::strcmp(what, "connections") == 0) connections(times, false);
    if (std::strcmp(what, "timed_connections") == 0) connections(times, true);
}
