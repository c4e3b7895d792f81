// Prints every way to reach a service on a host, and this machine's own name.
//
//     address_lookup [host] [service]      localhost and www unless said otherwise
#include <priz/socket.hpp>

#include <iostream>
#include <string>

namespace {

std::string family_name(int family) {
    if (family == AF_INET) return "AF_INET";
    if (family == AF_INET6) return "AF_INET6";
    return std::to_string(family);
}

std::string type_name(int type) {
    if (type == SOCK_STREAM) return "SOCK_STREAM";
    if (type == SOCK_DGRAM) return "SOCK_DGRAM";
    if (type == SOCK_RAW) return "SOCK_RAW";
    return std::to_string(type);
}

}  // namespace

int main(int argc, char** argv) try {
    const char* host = argc > 1 ? argv[1] : "localhost";
    const char* service = argc > 2 ? argv[2] : "www";
    for (const auto& way : priz::getaddrinfo(host, service))
        std::cout << family_name(way.family) << ' ' << type_name(way.type) << ' ' << way.proto
                  << ' ' << way.address.str() << '\n';
    std::cout << priz::gethostname() << '\n';
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
