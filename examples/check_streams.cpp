// Whether a stream keeps every promise that streams make: a Unix socket pair does.
//
// It prints:
//     every promise is kept
#include <priz/io.hpp>
#include <priz/socket.hpp>
#include <priz/testing/check_stream.hpp>

#include <iostream>

namespace io = priz::io;

namespace {

priz::testing::stream_pair make() {
    auto [left, right] = priz::socketpair();
    return {io::stream(std::move(left)), io::stream(std::move(right))};
}

priz::testing::stream_pair make_clogged() {
    auto pair = make();
    pair.first.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    pair.second.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    return pair;
}

}  // namespace

int main() {
    try {
        io::run(priz::testing::check_stream(make, make_clogged));
        std::cout << "every promise is kept\n";
    } catch (const priz::testing::check_failed& why) {
        std::cout << why.what() << '\n';
        return 1;
    }
}
