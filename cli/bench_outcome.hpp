// cli/bench_outcome.hpp: what `priz bench` has measured, and how it is told.
#pragma once

#include <priz/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "support/latency_histogram.hpp"
#include "support/report.hpp"

namespace priz::cli {

struct bench_options;

struct bench_outcome {
    std::string transport = {};
    std::string remote = {};
    std::size_t connections = 0;
    std::uint64_t begun = 0;     // messages
    std::uint64_t messages = 0;  // that came back; of a stream, that were sent
    std::uint64_t lost = 0;      // outstanding when their connections failed
    std::uint64_t unsent = 0;    // due by the rate, and never begun
    std::uint64_t sent = 0;      // bytes
    std::uint64_t received = 0;  // bytes
    duration length = 0;
    latency_histogram latencies = {};
    std::map<std::string, std::uint64_t> errors = {};  // by their kind
    std::string first_error = {};
    int stopped_by = 0;      // a signal
    bool is_silent = false;  // ended because nothing moved any more

    void note(const std::string& kind, const std::string& detail);
};

// The result: an event for programs, some lines for people.
void show_outcome(report& out, const bench_options& asked, const bench_outcome& got);

// How fast it has gone since it was asked last, or since the beginning.
class progress_meter {
public:
    // `messages` in all, `length` after the beginning.
    double rate(std::uint64_t messages, duration length) noexcept;

private:
    std::uint64_t messages_ = 0;
    duration length_ = 0;
};

// One line for a terminal, of what is known so far.
std::string progress_line(const bench_outcome& got, duration length, double messages_per_second);

// After the result: returns the exit code, and throws stop_here for what went wrong.
int verdict(const bench_options& asked, const bench_outcome& got);

}  // namespace priz::cli
