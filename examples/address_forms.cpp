// All the forms in which a verb takes a host and a port.
//
// It prints:
//     "localhost"           127.0.0.1
//     "127.0.0.1"           127.0.0.1
//     0x7f000001            127.0.0.1
//     ""                    0.0.0.0
//     "<broadcast>"         255.255.255.255
//     "::1"                 ::1
//     "::ffff:127.0.0.1"    ::ffff:127.0.0.1
//     a pair                127.0.0.1
//     one text              127.0.0.1
//     no host, to connect   127.0.0.1
//     no host, to listen    0.0.0.0
//     80, "80" and "www"    80 80 80
#include <priz/socket.hpp>

#include <iomanip>
#include <iostream>

namespace {

void show(const char* form, const priz::address& meant) {
    std::cout << std::left << std::setw(22) << form << meant.host() << '\n';
}

// Where a socket is when it was bound to that; port 0 lets the system choose one.
priz::address bound(const priz::address_like& where, int family = AF_INET) {
    priz::socket s(family, SOCK_DGRAM);
    s.bind(where);
    return s.getsockname();
}

priz::address found(const priz::host& host, const priz::service& port, int flags = 0) {
    return priz::getaddrinfo(host, port, AF_INET, SOCK_STREAM, 0, flags).front().address;
}

}  // namespace

int main(int, char**) {
    show("\"localhost\"", bound({"localhost", 0}));
    show("\"127.0.0.1\"", bound({"127.0.0.1", 0}));
    show("0x7f000001", bound({0x7f000001, 0}));
    show("\"\"", bound({"", 0}));
    show("\"<broadcast>\"", bound({"<broadcast>", 0}));
    show("\"::1\"", bound({"::1", 0}, AF_INET6));
    show("\"::ffff:127.0.0.1\"", bound({"::ffff:127.0.0.1", 0}, AF_INET6));
    show("a pair", bound(priz::host_port{"127.0.0.1", 0}));
    show("one text", bound("127.0.0.1:0"));
    show("no host, to connect", found(nullptr, 80));
    show("no host, to listen", found(nullptr, 80, AI_PASSIVE));
    std::cout << "80, \"80\" and \"www\"    " << found("localhost", 80).port() << ' '
              << found("localhost", "80").port() << ' ' << found("localhost", "www").port() << '\n';
    return 0;
}
