// What observers are told, and metrics make of it, in virtual time.
#include "priz/http/metrics.hpp"

#include <string>

#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string get_fast = "GET /fast HTTP/1.1\r\nHost: test\r\n\r\n";

server observed(server_observer& by) {
    server_options options;
    options.observer = &by;
    options.hosts = {"test"};
    server web(options);
    web.get("/fast", [] { return "fast"; });
    web.get("/slow", []() -> io::task<std::string> {
        co_await io::sleep(0.3);
        co_return "slow";
    });
    web.get("/bug", []() -> std::string { throw std::runtime_error("a bug"); });
    web.post("/content", [](request& r) -> io::task<std::string> { co_return co_await r.text(); });
    return web;
}

// Somebody who says nothing more.
void fall_silent_after(server& web, const std::string& text) {
    testing::run([](server& asked, std::string said) -> io::task<> {
        auto [near, far] = testing::memory_pair();
        co_await near.sendall(said);
        co_await asked.serve_stream(std::move(far));
    }(web, text));
}

TEST(http_metrics, count_what_was_asked_and_answered) {
    metrics counts({0.1, 0.3, 2.5});
    server web = observed(counts);
    const std::string sent = get_fast + "GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" +
                             "GET /bug HTTP/1.1\r\nHost: test\r\n\r\n" +
                             "PUT /fast HTTP/1.1\r\nHost: test\r\n\r\n" +
                             "BREW /a HTTP/1.1\r\nHost: test\r\n\r\n" + get_fast;
    const std::string got = answers(web, sent);
    // Each reply had its date, of 37 bytes.
    const std::size_t bytes = got.size() + std::size_t{6} * 37;
    EXPECT_EQ(counts.text(),
              "# HELP http_requests_total Requests that were answered.\n"
              "# TYPE http_requests_total counter\n"
              "http_requests_total{method=\"GET\",status=\"2xx\"} 3\n"
              "http_requests_total{method=\"GET\",status=\"5xx\"} 1\n"
              "http_requests_total{method=\"PUT\",status=\"4xx\"} 1\n"
              "http_requests_total{method=\"other\",status=\"4xx\"} 1\n"
              "# HELP http_request_duration_seconds From the head of a request to the end of its "
              "reply.\n"
              "# TYPE http_request_duration_seconds histogram\n"
              "http_request_duration_seconds_bucket{le=\"0.1\"} 5\n"
              "http_request_duration_seconds_bucket{le=\"0.3\"} 6\n"
              "http_request_duration_seconds_bucket{le=\"2.5\"} 6\n"
              "http_request_duration_seconds_bucket{le=\"+Inf\"} 6\n"
              "http_request_duration_seconds_sum 0.3\n"
              "http_request_duration_seconds_count 6\n"
              "# HELP http_connections_total Connections that were accepted.\n"
              "# TYPE http_connections_total counter\n"
              "http_connections_total 1\n"
              "# HELP http_open_connections Connections that are there.\n"
              "# TYPE http_open_connections gauge\n"
              "http_open_connections 0\n"
              "# HELP http_received_bytes_total Bytes that clients have sent.\n"
              "# TYPE http_received_bytes_total counter\n"
              "http_received_bytes_total " +
                  std::to_string(sent.size()) +
                  "\n"
                  "# HELP http_sent_bytes_total Bytes that clients were sent.\n"
                  "# TYPE http_sent_bytes_total counter\n"
                  "http_sent_bytes_total " +
                  std::to_string(bytes) +
                  "\n"
                  "# HELP http_refused_total What the server refused or ended, by reason.\n"
                  "# TYPE http_refused_total counter\n"
                  "http_refused_total{reason=\"bad_request\"} 0\n"
                  "http_refused_total{reason=\"too_long\"} 0\n"
                  "http_refused_total{reason=\"wrong_host\"} 0\n"
                  "http_refused_total{reason=\"bad_proxy\"} 0\n"
                  "http_refused_total{reason=\"late_head\"} 0\n"
                  "http_refused_total{reason=\"late_content\"} 0\n"
                  "http_refused_total{reason=\"late_client\"} 0\n"
                  "http_refused_total{reason=\"idle\"} 0\n"
                  "# HELP http_handler_failures_total Handlers that threw.\n"
                  "# TYPE http_handler_failures_total counter\n"
                  "http_handler_failures_total 1\n");
    const reply page = counts.page();
    EXPECT_EQ(page.content(), counts.text());
    EXPECT_EQ(page.fields().get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}

TEST(http_metrics, tell_why_the_server_ended_it) {
    metrics counts;
    server web = observed(counts);
    const auto counted = [&](const char* reason) {
        const std::string all = counts.text();
        const std::string line = "http_refused_total{reason=\"" + std::string(reason) + "\"} ";
        return std::stoi(all.substr(all.find(line) + line.size()));
    };
    answers(web, "GET / HTTP/1.1\r\nHo st: test\r\n\r\n");
    answers(web, "GET / HTTP/1.1\r\nHost: te");
    EXPECT_EQ(counted("bad_request"), 2);
    answers(web, "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
    answers(web, "GET /" + std::string(9000, 'x'));
    EXPECT_EQ(counted("too_long"), 2);
    answers(web, "GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    EXPECT_EQ(counted("wrong_host"), 1);
    fall_silent_after(web, "");
    fall_silent_after(web, "GET");
    EXPECT_EQ(counted("late_head"), 2);
    fall_silent_after(web, get_fast);
    EXPECT_EQ(counted("idle"), 1);
    fall_silent_after(web, get_fast + "GET");
    EXPECT_EQ(counted("late_head"), 3);
    fall_silent_after(web, "POST /content HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nabc");
    EXPECT_EQ(counted("late_content"), 1);
    EXPECT_EQ(counted("late_client"), 0);
    EXPECT_EQ(web.statistics().refused, 5U);
    EXPECT_EQ(web.statistics().late, 5U);
    EXPECT_THAT(counts.text(), HasSubstr("\nhttp_connections_total 10\n"));

    server_options options;
    options.observer = &counts;
    options.proxies = {.networks = {"unix:"}, .proxy_protocol = true};
    server behind(options);
    fall_silent_after(behind, "PROXY");
    EXPECT_EQ(counted("late_head"), 4);
    fall_silent_after(behind, "PROXY nonsense\r\n");
    EXPECT_EQ(counted("bad_proxy"), 1);
}

TEST(http_metrics, show_a_connection_while_it_is_there) {
    metrics counts;
    server web = observed(counts);
    web.get("/metrics", [&] { return counts.page(); });
    const std::string got = answers(web, get_fast + "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_THAT(got, HasSubstr("\nhttp_open_connections 1\n"));
    EXPECT_THAT(got, HasSubstr("http_requests_total{method=\"GET\",status=\"2xx\"} 1\n"));
    EXPECT_THAT(counts.text(), HasSubstr("\nhttp_open_connections 0\n"));
}

TEST(http_metrics, buckets_that_do_not_ascend_are_refused) {
    EXPECT_THROW(metrics({1, 1}), value_error);
    EXPECT_THROW(metrics({2, 1}), value_error);
    EXPECT_THROW(metrics({0}), value_error);
    EXPECT_THAT(metrics(std::vector<duration>()).text(), HasSubstr("{le=\"+Inf\"} 0\n"));
}

}  // namespace
}  // namespace priz::http::test
