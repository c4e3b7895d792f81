// priz bench: many messages to a server, and how long the answers take.
#include <fmt/format.h>
#include <sys/socket.h>

#include <charconv>
#include <cmath>
#include <memory>

#include "bench_load.hpp"
#include "dial.hpp"
#include "support/descriptor_limit.hpp"
#include "support/exit_code.hpp"
#include "support/size_text.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text bench_text{
    .name = "bench",
    .summary = "Load an echo server with messages and measure how long the answers take.",
    .examples =
        "priz bench :8080                          # 10 connections, 64 bytes, 10 seconds\n"
        "priz bench -c 1000 -s 16k --pipeline 4 -d 30s example.org:7\n"
        "priz bench -c 1 -n 10000 unix:/run/app.sock   # so many messages, however long it takes\n"
        "priz bench --rate 5000 :8080              # latency at a load that does not yield\n"
        "priz bench --stream -s 64k :8080          # as fast as the server takes it\n"
        "priz bench --json :8080 | jq .latency_us\n",
    .timeout_meaning = "To connect, and for the next answer (default 10s)",
    .notes =
        "Each connection sends a message when the one before has come back whole, or keeps so "
        "many\n"
        "outstanding as --pipeline says. With --rate latency is measured from the time at which a\n"
        "message was due, so that a server that stands still is seen to do so. `priz listen "
        "--echo`\n"
        "is a server for it. Addresses: HOST:PORT, :PORT (localhost), unix:PATH, "
        "unix-abstract:NAME,\n"
        "vsock:CID:PORT. Ctrl-C ends it early and prints the result.\n",
};

constexpr duration usual_length = 10;
// The bytes that a connection may have outstanding then have a number of 64 bits.
constexpr std::size_t size_max = std::size_t{1} << 36U;
static_assert(outstanding_max < (std::size_t{1} << 63U) / size_max);

struct bench_command {
    std::string address;
    bench_options load;
    std::size_t messages = 0;
};

double parse_rate(const std::string& typed) {
    double rate = 0;
    const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), rate);
    const bool is_whole = error == std::errc() && end == typed.data() + typed.size();
    if (!is_whole || !std::isfinite(rate) || rate <= 0)
        throw CLI::ValidationError("--rate", "'" + typed + "' is no number above 0");
    return rate;
}

std::size_t size_argument(const std::string& typed) {
    const auto size = parse_size(typed);
    if (!size)
        throw CLI::ValidationError("--size", "'" + typed + "' is no size; write 64, 16k or 1m");
    if (*size > size_max)
        throw CLI::ValidationError("--size",
                                   "'" + typed + "' is more than a message may be long, 64 GiB");
    return *size;
}

// Before anything is multiplied by the number of connections, or of messages.
void check_amount(const bench_options& options) {
    if (options.connections > outstanding_max)
        throw stop_here(exit_code::usage,
                        fmt::format("--connections: {} are more than the {} that there may be",
                                    options.connections, outstanding_max));
    if (options.pipeline > outstanding_max / options.connections)
        throw stop_here(
            exit_code::usage,
            fmt::format("--pipeline: {} messages outstanding on each of {} connections are more "
                        "than the {} that there may be",
                        options.pipeline, options.connections, outstanding_max));
}

// The load's connections end before the loop does.
io::task<bench_outcome> put_load(const bench_options& options, socket first,
                                 const deadline& connected_by, report& out) {
    bench_load load(options, std::move(first), connected_by, out);
    co_await load.run();
    co_return load.outcome();
}

int run_bench(bench_options options, const std::string& where, const invocation& chosen,
              report& out) {
    if (!options.length && !options.messages) options.length = usual_length;
    if (chosen.timeout) options.patience = *chosen.timeout;
    const auto to = parse_address_argument(where);
    if (to.type() != SOCK_STREAM)
        throw stop_here(exit_code::usage, "a benchmark needs a stream: TCP, unix: or vsock:");
    check_amount(options);
    make_room_for(options.connections);
    const auto connected_by = deadline::after(options.patience);
    auto first = dial(to, connected_by);
    const auto outcome = io::run(put_load(options, std::move(first), connected_by, out));
    show_outcome(out, options, outcome);
    return verdict(options, outcome);
}

void add_load(CLI::App& verb, bench_options& load) {
    add_number(verb, "-c,--connections", load.connections, "Connections (default 10)");
    verb.add_option_function<std::string>(
            "-s,--size", [&load](const std::string& typed) { load.size = size_argument(typed); },
            "Bytes of a message (default 64); 16k and 1m are possible")
        ->type_name("SIZE");
    auto* pipeline = add_number(verb, "--pipeline", load.pipeline,
                                "Messages outstanding on each connection (default 1)");
    auto* rate =
        verb.add_option_function<std::string>(
                "--rate", [&load](const std::string& typed) { load.rate = parse_rate(typed); },
                "Messages a second, of all connections together, at fixed times")
            ->type_name("R");
    verb.add_flag("--stream", load.stream,
                  "Send without waiting for answers; what comes back is counted")
        ->excludes(pipeline)
        ->excludes(rate);
}

}  // namespace

void add_bench(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, bench_text);
    auto o = std::make_shared<bench_command>();
    verb->add_option("ADDR", o->address, "Where the server is")->required();
    add_load(*verb, o->load);
    add_duration(*verb, "-d,--duration", o->load.length, "Send for so long (default 10s)");
    add_number(*verb, "-n,--messages", o->messages,
               "Send so many messages, of all connections together");
    verb->callback([o, verb, &chosen] {
        if (verb->count("--messages") > 0) o->load.messages = o->messages;
        chosen.run = [o, &chosen](report& out) {
            return run_bench(o->load, o->address, chosen, out);
        };
    });
}

}  // namespace priz::cli
