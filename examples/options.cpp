// Options, by name and type or as numbers.
//
// It prints:
//     no_delay is off, then on
//     probe after 30 s
//     by number: 1
//     of another kind of socket: set_option udp no_delay: protocol not available: …
#include <netinet/tcp.h>
#include <priz/options.hpp>
#include <priz/socket.hpp>

#include <iostream>

int main(int, char**) {
    namespace options = priz::options;
    priz::socket s;

    std::cout << "no_delay is " << (priz::get_option(s, options::no_delay) ? "on" : "off");
    priz::set_option(s, options::no_delay, true);
    std::cout << ", then " << (priz::get_option(s, options::no_delay) ? "on" : "off") << '\n';

    priz::set_option(s, options::keep_alive, true);
    priz::set_option(s, options::keep_alive_idle, 30);  // seconds, or a std::chrono duration
    std::cout << "probe after " << priz::get_option(s, options::keep_alive_idle).seconds()
              << " s\n";

    std::cout << "by number: " << s.getsockopt(IPPROTO_TCP, TCP_NODELAY) << '\n';

    priz::socket datagrams(AF_INET, SOCK_DGRAM);
    if (auto done = priz::try_set_option(datagrams, options::no_delay, true); !done)
        std::cout << "of another kind of socket: " << done.error().message() << '\n';
    return 0;
}
