// Asks a server whose certificate a private authority has signed, and shows one of its own.
//
//     recipe_private_authority URL authority.pem [certificate.pem key.pem]
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 3 && argc != 5) return 2;
    priz::tls::context trusting;
    trusting.load_verify_locations(argv[2]);
    if (argc == 5) trusting.load_cert_chain(argv[3], argv[4]);

    http::client_options options;
    options.tls = trusting;
    http::session s(options);
    std::cout << s.get(argv[1]).text();
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
