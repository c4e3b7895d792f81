// priz/http/metrics.hpp: counters of a server, as Prometheus reads them.
//
//     http::metrics counts;
//     http::server web({.observer = &counts});
//     web.get("/metrics", [&] { return counts.page(); });
//
// What it counts:
//
//     http_requests_total{method,status}       by method and by class of status ("2xx"); methods
//                                              that are not registered are "other"
//     http_request_duration_seconds            a histogram: from the head to the end of the reply
//     http_connections_total                   that were accepted
//     http_open_connections                    that are there now
//     http_received_bytes_total                see server_observer::moved()
//     http_sent_bytes_total
//     http_refused_total{reason}               by server_observer.hpp's enum refusal
//     http_handler_failures_total              see server_observer::failed()
//
// How many series there are does not depend on what clients send. Nothing is counted unless a
// program asks for it, and the page tells of everybody's traffic: it is for a port, or a host, that
// strangers do not reach. One object may observe several servers, and counts together what they do;
// any thread may read it. Elsewhere: server_statistics. Python: prometheus_client
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/http/reply.hpp"
#include "priz/http/server_observer.hpp"

namespace priz::http {

class PRIZ_API metrics : public server_observer {
public:
    // Up to where the durations of the histogram's buckets reach, in seconds, in ascending order;
    // those of Prometheus' own libraries unless said otherwise. One without an end is added.
    //
    // Errors: value_error where they do not ascend or one is not above 0.
    metrics();
    explicit metrics(std::vector<duration> buckets);
    ~metrics() override;

    // All of it in the text exposition format, version 0.0.4.
    // Python: prometheus_client.generate_latest()
    std::string text() const;
    // The same with its media type.
    reply page() const;

    void answered(const request& r, const access& what) override;
    void failed(const request& r, const std::exception_ptr& why) override;
    void connected() override;
    void disconnected() override;
    void refused(refusal why) override;
    void moved(std::uint64_t received, std::uint64_t sent) override;

private:
    using counter = std::atomic<std::uint64_t>;
    static constexpr std::size_t methods = 10;  // the last one: other
    static constexpr std::size_t classes = 6;   // the first one: given up before there was one

    const std::vector<duration> ends_;
    std::array<std::array<counter, classes>, methods> requests_{};
    std::vector<counter> took_;  // one more than there are ends
    counter took_ns_{0};
    counter begun_{0};
    counter ended_{0};
    counter received_{0};
    counter sent_{0};
    std::array<counter, refusals> refused_{};
    counter failed_{0};
};

}  // namespace priz::http
