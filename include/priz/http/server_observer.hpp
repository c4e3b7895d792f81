// priz/http/server_observer.hpp: who is told what happens in a server: an access log, metrics.
//
// Called on each connection's loop, in several threads where the server runs in them. What an
// observer does holds the loop up, and it must not throw. Elsewhere: counters as Prometheus reads
// them (metrics.hpp). Python: aiohttp.abc.AbstractAccessLogger
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>

#include "priz/duration.hpp"
#include "priz/export.hpp"

namespace priz::http {

class request;

// What became of a request, for a log.
struct access {
    // 0: there was none, as a client of HTTP/2 had given the request up.
    int status = 0;
    // Seconds from the head's arrival until the reply was handed to the connection.
    duration took = {};
};

// Why a server ended a connection that its client had not ended.
enum class refusal : std::uint8_t {
    bad_request,   // a head that is none, or that has no one reading; 400 and others
    too_long,      // a head beyond the limits; 414, 431
    wrong_host,    // 421
    bad_proxy,     // what a trusted proxy says of the client cannot be read
    late_head,     // the head took too long, or the header of the PROXY protocol; 408
    late_content,  // nothing came for read_time, or too little for content_grace; 408
    late_client,   // the client took nothing of what it was sent
    idle,          // no request came for idle_time: not a fault
};
inline constexpr std::size_t refusals = 8;

class PRIZ_API server_observer {
public:
    virtual ~server_observer();
    // A reply was handed to the connection, or given up.
    virtual void answered(const request& r, const access& what);
    // A handler threw something else than a status_error: it was answered with 500, or, where the
    // reply had begun, the connection was cut off.
    virtual void failed(const request& r, const std::exception_ptr& why);

    // A connection has begun, and ended.
    virtual void connected();
    virtual void disconnected();
    // What was refused, or ended by the server. There is no request, or none yet.
    virtual void refused(refusal why);
    // Bytes that have come and gone on a connection since it told that last: before it waits for
    // the next request, and at its end. Without TLS's own, and without what a protocol behind an
    // upgrade moves.
    virtual void moved(std::uint64_t received, std::uint64_t sent);
};

}  // namespace priz::http
