#include "dial_again.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

namespace priz::cli {

namespace {

constexpr duration full_queue_pause = 0.001;

bool is_internet(int family) { return family == AF_INET || family == AF_INET6; }

}  // namespace

result<void> try_prepare(socket& s) {
    if (!is_internet(s.family())) return {};
    return s.try_setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
}

io::task<result<io::stream>> dial_again(address where) {
    auto made = co_await io::try_connect(where);
    while (!made && made.error().code() == std::errc::resource_unavailable_try_again) {
        co_await io::sleep(full_queue_pause);
        made = co_await io::try_connect(where);
    }
    if (made && is_internet(where.family()))
        if (auto set = made->try_setsockopt(IPPROTO_TCP, TCP_NODELAY, 1); !set)
            co_return std::unexpected(std::move(set).error());
    co_return made;
}

}  // namespace priz::cli
