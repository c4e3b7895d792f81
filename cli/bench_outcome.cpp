#include "bench_outcome.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "bench_load.hpp"
#include "support/duration_text.hpp"
#include "support/exit_code.hpp"
#include "support/signals.hpp"
#include "support/size_text.hpp"

namespace priz::cli {

namespace {

constexpr std::array<std::pair<const char*, double>, 4> percentiles = {
    {{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}}};

double per_second(std::uint64_t count, duration length) {
    return length > duration(0) ? static_cast<double>(count) / length.seconds() : 0;
}

std::string time_text(std::int64_t nanoseconds) {
    return duration_text(duration::from_nanoseconds(nanoseconds));
}

json latency_fields(const latency_histogram& all) {
    const auto microseconds = [](std::int64_t time) { return static_cast<double>(time) / 1000; };
    json fields = json::object();
    for (const auto& [name, percent] : percentiles)
        fields[name] = microseconds(all.percentile(percent));
    fields["max"] = microseconds(all.longest());
    return fields;
}

json fields_of(const bench_options& asked, const bench_outcome& got) {
    json fields = {{"mode", asked.stream ? "stream" : "echo"},
                   {"transport", got.transport},
                   {"remote", got.remote},
                   {"connections", got.connections},
                   {"size", asked.size},
                   {"pipeline", asked.pipeline},
                   {"messages", got.messages},
                   {"seconds", got.length.seconds()},
                   {"messages_per_second", per_second(got.messages, got.length)},
                   {"sent", got.sent},
                   {"received", got.received},
                   {"sent_per_second", per_second(got.sent, got.length)},
                   {"received_per_second", per_second(got.received, got.length)}};
    if (asked.rate) {
        fields["rate"] = *asked.rate;
        fields["unsent"] = got.unsent;
    }
    if (got.latencies.count() != 0) fields["latency_us"] = latency_fields(got.latencies);
    fields["errors"] = json::object();
    for (const auto& [kind, count] : got.errors) fields["errors"][kind] = count;
    if (got.stopped_by != 0) fields["stopped"] = signal_name(got.stopped_by);
    return fields;
}

std::string latency_text(const latency_histogram& all) {
    std::string text;
    for (const auto& [name, percent] : percentiles)
        text += fmt::format("{} {}, ", name, time_text(all.percentile(percent)));
    return text + "max " + time_text(all.longest());
}

std::string flow_text(std::uint64_t count, duration length) {
    return fmt::format("{}, {}/s", size_text(static_cast<double>(count)),
                       size_text(per_second(count, length)));
}

std::string text_of(const bench_options& asked, const bench_outcome& got) {
    const auto row = [](const char* name, const std::string& text) {
        return fmt::format("{:<10} {}\n", name, text);
    };
    auto text =
        row("messages", fmt::format("{} in {}, {:.0f}/s", got.messages, duration_text(got.length),
                                    per_second(got.messages, got.length)));
    if (asked.rate)
        text += row("rate", fmt::format("{:g}/s asked for, {} messages late and never sent",
                                        *asked.rate, got.unsent));
    text += row("sent", flow_text(got.sent, got.length));
    text += row("received", flow_text(got.received, got.length));
    if (got.latencies.count() != 0) text += row("latency", latency_text(got.latencies));
    for (const auto& [kind, count] : got.errors)
        text += row("errors", fmt::format("{}: {}", count, kind));
    text.pop_back();
    return text;
}

}  // namespace

void bench_outcome::note(const std::string& kind, const std::string& detail) {
    ++errors[kind];
    if (first_error.empty()) first_error = detail;
}

void show_outcome(report& out, const bench_options& asked, const bench_outcome& got) {
    out.result("bench", fields_of(asked, got), text_of(asked, got));
}

double progress_meter::rate(std::uint64_t messages, duration length) noexcept {
    const auto since = duration::from_nanoseconds(length.nanoseconds() - length_.nanoseconds());
    const double rate = per_second(messages - messages_, since);
    messages_ = messages;
    length_ = length;
    return rate;
}

std::string progress_line(const bench_outcome& got, duration length, double messages_per_second) {
    std::string text = fmt::format("{:.0f} s: {} messages, {:.0f}/s", length.seconds(),
                                   got.messages, messages_per_second);
    if (got.latencies.count() != 0)
        text += fmt::format(", p50 {}, p99 {}", time_text(got.latencies.percentile(50)),
                            time_text(got.latencies.percentile(99)));
    if (!got.errors.empty()) text += fmt::format(", {}", got.first_error);
    return text;
}

int verdict(const bench_options& asked, const bench_outcome& got) {
    if (got.stopped_by != 0) return 128 + got.stopped_by;
    if (got.is_silent)
        throw stop_here(
            exit_code::timed_out,
            fmt::format("nothing came for {}, with {} messages outstanding",
                        duration_text(asked.patience), got.begun - got.messages - got.lost));
    if (!got.errors.empty()) throw stop_here(exit_code::receive_error, got.first_error);
    return static_cast<int>(exit_code::ok);
}

}  // namespace priz::cli
