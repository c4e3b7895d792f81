// The work that is counted, through priz: in_priz WHAT TIMES. in_c.cpp does the same in plain C.
#include <netinet/in.h>
#include <priz/socket.hpp>

#include <cstdlib>
#include <cstring>
#include <optional>

namespace {

void pairs(long times) {
    auto [left, right] = priz::socketpair();
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        left.send(priz::bytes_view(buffer, sizeof buffer));
        right.recv_into(buffer);
    }
}

void sessions(long times) {
    priz::socket listener;
    listener.bind(priz::address::ipv4(INADDR_LOOPBACK, 0));
    listener.listen(16);
    const priz::address where = listener.getsockname();
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        priz::socket client;
        client.connect(where);
        auto [connection, remote] = listener.accept();
        client.sendall(priz::bytes_view(buffer, sizeof buffer));
        client.shutdown(SHUT_WR);
        while (connection.recv_into(buffer) > 0) {
        }
    }
}

void datagrams(long times) {
    priz::socket receiver(AF_INET, SOCK_DGRAM);
    receiver.bind(priz::address::ipv4(INADDR_LOOPBACK, 0));
    const priz::address where = receiver.getsockname();
    priz::socket sender(AF_INET, SOCK_DGRAM);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        sender.sendto(priz::bytes_view(buffer, sizeof buffer), where);
        receiver.recvfrom_into(buffer);
    }
}

// With a timeout: what is ready is had without a poll.
void timed(long times) {
    auto [left, right] = priz::socketpair();
    left.settimeout(60);
    right.settimeout(60);
    char buffer[64] = {};
    for (long i = 0; i < times; ++i) {
        left.sendall(priz::bytes_view(buffer, sizeof buffer));
        right.recv_exactly_into(buffer);
    }
}

// By number, a connection costs a plain connect().
void connections(long times, std::optional<priz::duration> timeout) {
    const priz::socket listener = priz::create_server({"127.0.0.1", 0}, {.backlog = 1000});
    const int port = static_cast<int>(listener.getsockname().port());
    for (long i = 0; i < times; ++i)
        priz::create_connection("127.0.0.1", port, {.timeout = timeout}).close();
}

}  // namespace

int main(int, char** argv) {
    const char* what = argv[1];
    const long times = std::atol(argv[2]);
    if (std::strcmp(what, "pairs") == 0) pairs(times);
    if (std::strcmp(what, "sessions") == 0) sessions(times);
    if (std::strcmp(what, "datagrams") == 0) datagrams(times);
    if (std::strcmp(what, "timed") == 0) timed(times);
    if (std::strcmp(what, "connections") == 0) connections(times, std::nullopt);
    if (std::strcmp(what, "timed_connections") == 0) connections(times, 60);
}
