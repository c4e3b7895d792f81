// priz/http/timeouts.hpp: how long each step of an exchange may take.
//
// These find a peer that has stopped; the one deadline over everything is request_options::timeout.
// `duration::max()` is for ever.
#pragma once

#include "priz/duration.hpp"

namespace priz::http {

struct timeouts {
    // From the host's name to a connection, through proxies too.
    duration connect = 10;
    // Each TLS handshake.
    duration handshake = 10;
    // From the request's last byte to the answer's first.
    duration answer = 60;
    // From the first byte of an answer's head to its last.
    duration head = 10;
    // For each further piece of content.
    duration idle = 60;
    // For each piece of what is sent to be taken by the connection.
    duration write = 30;
};

}  // namespace priz::http
