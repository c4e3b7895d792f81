#include "priz/http/metrics.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "priz/error.hpp"
#include "priz/http/request.hpp"

namespace priz::http {

namespace {

constexpr std::string_view method_names[] = {"CONNECT", "DELETE", "GET", "HEAD",  "OPTIONS",
                                             "PATCH",   "POST",   "PUT", "TRACE", "other"};

constexpr std::string_view refusal_names[] = {"bad_request", "too_long",  "wrong_host",
                                              "bad_proxy",   "late_head", "late_content",
                                              "late_client", "idle"};
static_assert(std::size(refusal_names) == refusals);

void add(std::atomic<std::uint64_t>& counter, std::uint64_t more = 1) noexcept {
    counter.fetch_add(more, std::memory_order_relaxed);
}
std::uint64_t get(const std::atomic<std::uint64_t>& counter) noexcept {
    return counter.load(std::memory_order_relaxed);
}

// The shortest text that is read back as the same number.
std::string decimal_text(double number) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    return {digits, end.ptr};
}

// Lines of the exposition format.
class exposition {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        ((text_ += "# HELP ") += name) += ' ';
        (text_ += help) += '\n';
        ((text_ += "# TYPE ") += name) += ' ';
        (text_ += type) += '\n';
    }
    void sample(std::string_view name, std::string_view labels, std::string_view value) {
        text_ += name;
        if (!labels.empty()) ((text_ += '{') += labels) += '}';
        (text_ += ' ') += value;
        text_ += '\n';
    }
    void sample(std::string_view name, std::string_view labels, std::uint64_t value) {
        sample(name, labels, std::to_string(value));
    }
    void single(std::string_view name, std::string_view type, std::string_view help,
                std::uint64_t value) {
        family(name, type, help);
        sample(name, {}, value);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
    std::string made(name);
    return ((made += "=\"") += value) += '"';
}

std::vector<duration> usual_buckets() {
    return {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

}  // namespace

metrics::metrics() : metrics(usual_buckets()) {}

metrics::metrics(std::vector<duration> buckets)
    : ends_(std::move(buckets)), took_(ends_.size() + 1) {
    duration before;
    for (const duration end : ends_) {
        if (!end.is_valid() || end <= before) {
            failure why(priz::errc::value_error, "metrics");
            why.with_hint("the ends of buckets ascend, and the first is above 0").raise();
        }
        before = end;
    }
}

metrics::~metrics() = default;

void metrics::answered(const request& r, const access& what) {
    const auto* const known = std::find(method_names, std::end(method_names) - 1, r.method());
    const int status_class = std::clamp(what.status / 100, 0, 5);
    add(requests_[static_cast<std::size_t>(known - method_names)]
                 [static_cast<std::size_t>(status_class)]);
    const auto bucket = std::lower_bound(ends_.begin(), ends_.end(), what.took);
    add(took_[static_cast<std::size_t>(bucket - ends_.begin())]);
    add(took_ns_, static_cast<std::uint64_t>(std::max<std::int64_t>(what.took.nanoseconds(), 0)));
}

void metrics::failed(const request&, const std::exception_ptr&) { add(failed_); }
void metrics::connected() { add(begun_); }
void metrics::disconnected() { add(ended_); }
void metrics::refused(refusal why) { add(refused_[static_cast<std::size_t>(why)]); }
void metrics::moved(std::uint64_t received, std::uint64_t sent) {
    add(received_, received);
    add(sent_, sent);
}

std::string metrics::text() const {
    static_assert(std::size(method_names) == methods);
    exposition to;
    constexpr std::string_view requests = "http_requests_total";
    to.family(requests, "counter", "Requests that were answered.");
    for (std::size_t m = 0; m < methods; ++m)
        for (std::size_t c = 0; c < classes; ++c)
            if (const std::uint64_t count = get(requests_[m][c]); count != 0)
                to.sample(requests,
                          label("method", method_names[m]) + ',' +
                              label("status", c == 0 ? "none" : std::to_string(c) + "xx"),
                          count);

    const std::string took = "http_request_duration_seconds";
    to.family(took, "histogram", "From the head of a request to the end of its reply.");
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < took_.size(); ++i) {
        all += get(took_[i]);
        const std::string end = i < ends_.size() ? decimal_text(ends_[i].seconds()) : "+Inf";
        to.sample(took + "_bucket", label("le", end), all);
    }
    to.sample(took + "_sum", {}, decimal_text(static_cast<double>(get(took_ns_)) / 1e9));
    to.sample(took + "_count", {}, all);

    // Ended ones first: one that ends meanwhile has begun before.
    const std::uint64_t ended = get(ended_);
    const std::uint64_t begun = get(begun_);
    to.single("http_connections_total", "counter", "Connections that were accepted.", begun);
    to.single("http_open_connections", "gauge", "Connections that are there.",
              begun - std::min(begun, ended));
    to.single("http_received_bytes_total", "counter", "Bytes that clients have sent.",
              get(received_));
    to.single("http_sent_bytes_total", "counter", "Bytes that clients were sent.", get(sent_));
    constexpr std::string_view refused = "http_refused_total";
    to.family(refused, "counter", "What the server refused or ended, by reason.");
    for (std::size_t i = 0; i < refusals; ++i)
        to.sample(refused, label("reason", refusal_names[i]), get(refused_[i]));
    to.single("http_handler_failures_total", "counter", "Handlers that threw.", get(failed_));
    return to.take();
}

reply metrics::page() const {
    return reply(text()).type("text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace priz::http
