// The limit of epoll for a web server: edge-triggered, one receive, one send for all that was asked
// for in it. It looks for the end of each request's head and answers with bytes that are ready.
//
//     plain_http --port N
//
// The arguments that the other servers have besides (--root, --tls) are taken and not heeded: only
// "/" is asked of it.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../echo/server.hpp"

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Tue, 01 Dec 2026 00:00:00 GMT\r\n"
    "Content-Length: 13\r\n\r\nHello, World!";
constexpr std::string_view end_of_head = "\r\n\r\n";

char received[echo::buffer_size];
std::string answers;  // of all connections in turn

class connection {
public:
    explicit connection(int descriptor) : descriptor_(descriptor) {
        echo::set_no_delay(descriptor);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(descriptor_); }

    // Answers what there is. False: the connection has ended.
    bool serve(std::uint32_t events) {
        if (!unsent_.empty() && !send_again()) return false;
        while (unsent_.empty()) {
            const ssize_t got = recv(descriptor_, received, sizeof received, MSG_DONTWAIT);
            if (got < 0) return errno == EAGAIN;
            if (got == 0) return false;
            answers.clear();
            read_heads({received, static_cast<std::size_t>(got)});
            if (!answers.empty() && !send_or_keep(answers)) return false;
            const bool has_ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
            if (static_cast<std::size_t>(got) < sizeof received && !has_ended) return true;
        }
        return true;
    }

private:
    void read_heads(std::string_view bytes) {
        std::string begun = std::exchange(begun_, {});
        if (!begun.empty()) bytes = begun += bytes;
        for (std::size_t end = 0; (end = bytes.find(end_of_head)) != bytes.npos;) {
            answers += answer;
            bytes.remove_prefix(end + end_of_head.size());
        }
        if (!bytes.empty()) begun_ = bytes;
    }

    bool send_again() {
        const std::string rest = std::exchange(unsent_, {});
        return send_or_keep(rest);
    }

    bool send_or_keep(std::string_view text) {
        const ssize_t sent = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return false;
        const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
        if (taken < text.size()) unsent_ = text.substr(taken);
        return true;
    }

    int descriptor_;
    std::string begun_;   // of a head that goes on
    std::string unsent_;  // what the socket did not take; nothing is received before it is gone
};

void watch(int poller, int descriptor, std::uint32_t events, void* data) {
    epoll_event event{.events = events, .data = {.ptr = data}};
    echo::check(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void accept_all(int listener, int poller) {
    for (;;) {
        const int made = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (made < 0) return;
        watch(poller, made, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, new connection(made));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const int listener =
        echo::listen_on(echo::port_argument(count < 3 ? count : 3, arguments), SOCK_NONBLOCK);
    const int poller = echo::check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    watch(poller, listener, EPOLLIN, nullptr);
    echo::announce(listener);
    std::array<epoll_event, 1024> ready{};
    for (;;) {
        const int found = epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < found; ++i) {
            const epoll_event& each = ready[static_cast<std::size_t>(i)];
            auto* const c = static_cast<connection*>(each.data.ptr);
            if (c == nullptr)
                accept_all(listener, poller);
            else if (!c->serve(each.events))
                delete c;
        }
    }
}
