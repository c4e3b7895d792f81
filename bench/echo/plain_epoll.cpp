// The limit of epoll: edge-triggered, each connection registered once; recv, then send, at once.
#include "readiness.hpp"

#include <sys/epoll.h>

#include <array>

namespace {

using echo::connection;

void watch(int poller, int descriptor, std::uint32_t events, void* data) {
    epoll_event event{.events = events, .data = {.ptr = data}};
    echo::check(epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void accept_all(int listener, int poller) {
    for (;;) {
        const int descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (descriptor < 0) return;
        watch(poller, descriptor, echo::edges | EPOLLET, new connection(descriptor));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const int listener = echo::listen_on(echo::port_argument(count, arguments), SOCK_NONBLOCK);
    const int poller = echo::check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    watch(poller, listener, EPOLLIN, nullptr);
    echo::announce(listener);
    std::array<epoll_event, 1024> ready{};
    for (;;) {
        const int found = epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < found; ++i) {
            const epoll_event& each = ready[static_cast<std::size_t>(i)];
            auto* c = static_cast<connection*>(each.data.ptr);
            if (c == nullptr) {
                accept_all(listener, poller);
            } else if (!c->serve(each.events)) {
                delete c;
            }
        }
    }
}
