// send() hands over what the kernel has room for, which may be less than all; sendall() goes on
// until everything is sent.
//
// It prints:
//     send() took a part of the 8000000 bytes
//     sendall() sent the rest, and all of it arrived
#include <priz/socket.hpp>

#include <iostream>
#include <string>
#include <thread>

namespace {

std::size_t count_until_end(priz::socket& s) {
    std::size_t total = 0;
    char buffer[65536];
    while (const std::size_t count = s.recv_into(buffer)) total += count;
    return total;
}

}  // namespace

int main(int, char**) {
    auto [a, b] = priz::socketpair();
    const std::string data(8'000'000, 'x');

    a.setblocking(false);
    const std::size_t taken = a.send(data);
    std::cout << "send() took " << (taken < data.size() ? "a part" : "all") << " of the "
              << data.size() << " bytes\n";

    a.setblocking(true);
    std::size_t arrived = 0;
    std::jthread reader([&arrived, &end = b] { arrived = count_until_end(end); });
    a.sendall(priz::bytes_view(data).subview(taken));
    a.shutdown(SHUT_WR);
    reader.join();
    std::cout << "sendall() sent the rest, and " << (arrived == data.size() ? "all" : "not all")
              << " of it arrived\n";
    return 0;
}
