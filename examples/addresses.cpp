// Addresses are values: made from a host and a port, or from text, compared and printed.
//
// It prints:
//     127.0.0.1:80
//     [::1]:80
//     192.0.2.1 and 8080
//     the same: yes
//     unix:/run/app.sock
//     address '65536': number out of range: port must be 0-65535
#include <priz/address.hpp>

#include <iostream>

int main(int, char**) {
    std::cout << priz::address::ipv4("127.0.0.1", 80).str() << '\n';
    std::cout << priz::address::ipv6("::1", 80).str() << '\n';

    const auto a = priz::parse_address("192.0.2.1:8080");
    std::cout << a.host() << " and " << a.port() << '\n';
    std::cout << "the same: " << (a == priz::address::ipv4("192.0.2.1", 8080) ? "yes" : "no")
              << '\n';

    std::cout << priz::address::unix_path("/run/app.sock").str() << '\n';

    if (auto wrong = priz::address::try_ipv4("127.0.0.1", 65536); !wrong)
        std::cout << wrong.error().message() << '\n';
    return 0;
}
