// A web server for those alone who show a certificate of a certain authority, over TLS 1.3.
//
//     recipe_client_certificates certificate.pem key.pem authority.pem [endpoint]
#include <priz/http/server.hpp>

#include <iostream>

namespace http = priz::http;
namespace tls = priz::tls;

int main(int argc, char** argv) try {
    if (argc < 4) return 2;
    tls::context serving = tls::context::server(argv[1], argv[2]);
    serving.load_verify_locations(argv[3]);
    serving.set_client_certificate(tls::client_certificate::required);
    serving.set_minimum_version(tls::protocol::tls_1_3);

    http::server_options options;
    options.tls = serving;
    http::server web(options);
    web.get("/", [] { return "You are one of us.\n"; });
    web.run(argc > 4 ? argv[4] : "localhost:8443");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
