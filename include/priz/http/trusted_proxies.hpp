// priz/http/trusted_proxies.hpp: which proxies before a server are believed what they tell of its
// clients.
//
//     http::server_options options;
//     options.proxies = {.networks = {"10.0.0.0/8"}, .proxy_protocol = true};
//
// Behind a proxy every connection comes from the proxy. Who the client is, it tells in one of three
// ways, of which the server has to be told which one: whoever is believed a way that the proxy does
// not use is told it by the client. request::peer() and request::scheme() are the client's then.
//
// Sources: haproxy's proxy-protocol.txt, versions 1 and 2; RFC 7239. Elsewhere: the proxies that a
// client goes through (proxy.hpp). Python: uvicorn's --forwarded-allow-ips, aiohttp_remotes
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace priz::http {

struct trusted_proxies {
    // Where the field is that tells of a request's client.
    enum class client_field : std::uint8_t {
        none,
        // RFC 7239: `Forwarded: for=192.0.2.60;proto=https`. The last element is the nearest
        // proxy's; as long as it tells of a proxy that is trusted too, the one before it counts.
        // proto is believed as for is. A field that is none is answered with 400.
        forwarded,
        // `X-Forwarded-For: 192.0.2.60`, in the same order; nothing tells the scheme.
        x_forwarded_for,
    };

    // From where a connection is a trusted proxy's: "192.0.2.0/24", "2001:db8::/32", an address
    // alone; "unix:": whoever connects by a Unix socket.
    std::vector<std::string> networks = {};

    // Each of their connections begins with a header of the PROXY protocol, of either version; one
    // that does not, or not within server_options::header_time, is closed. Connections from
    // elsewhere have none, and one that has is refused as a request that is none. With TLS, the
    // header comes first and is not encrypted.
    bool proxy_protocol = false;

    client_field field = client_field::none;
};

}  // namespace priz::http
