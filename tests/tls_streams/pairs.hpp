// pairs.hpp: the two ends of a TLS connection, over two connected streams.
#pragma once

#include <string>
#include <utility>

#include "priz/io/when.hpp"
#include "priz/testing/check_stream.hpp"
#include "priz/tls.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::tls {

using testing::stream_pair;

// A client's context, and one of a server of the name "server.test".
struct two_contexts {
    context client;
    context server;
};

inline two_contexts new_contexts() {
    static const certificate_files files = the_authority().issue();
    two_contexts made{context(), context::server(files.certificate, files.key)};
    made.client.load_verify_locations(the_authority().file());
    return made;
}

inline const two_contexts& the_contexts() {
    static const two_contexts made = new_contexts();
    return made;
}

struct both_outcomes {
    result<io::stream> client;
    result<io::stream> server;
};

// Both handshakes, side by side.
inline io::task<both_outcomes> try_secure(stream_pair below, two_contexts with,
                                          std::string name = "server.test") {
    auto connecting = try_connect_over(std::move(below.first), with.client, std::move(name));
    auto accepting = try_accept_over(std::move(below.second), with.server);
    auto got = co_await io::when_all(std::move(connecting), std::move(accepting));
    co_return both_outcomes{std::move(std::get<0>(got)), std::move(std::get<1>(got))};
}

inline io::task<stream_pair> secure(stream_pair below) {
    auto got = co_await try_secure(std::move(below), the_contexts());
    if (!got.client) got.client.error().raise();
    if (!got.server) got.server.error().raise();
    co_return stream_pair(*std::move(got.client), *std::move(got.server));
}

inline io::task<stream_pair> secure(io::task<stream_pair> making) {
    stream_pair below = co_await std::move(making);
    co_return co_await secure(std::move(below));
}

}  // namespace priz::tls
