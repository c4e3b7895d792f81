#include "trial.hpp"

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "priz/error.hpp"
#include "sim/test_sockets.hpp"

namespace law {

namespace {

// Longer than TCP takes to give a connection up.
constexpr duration time_limit = 7200;

bool wants_trace() { return std::getenv("LAW_TRACE") != nullptr; }

// The seed's links and faults. Each kind of trouble is absent from half of the runs.
sim::network_options hard_times(const hardships& allowed, std::uint64_t seed, double& latency) {
    sim::detail::chance random(seed * 2 + 1);
    const auto up_to = [&random](double most) {
        return random.happens(0.5) ? most * static_cast<double>(random.below(1000)) / 1000 : 0.0;
    };
    sim::network_options options;
    options.seed = seed;
    options.trace_limit = wants_trace() ? 1'000'000 : 1;
    options.step_limit = 300'000;
    constexpr double latencies[] = {0.0005, 0.001, 0.01, 0.05};
    latency = latencies[random.below(4)];
    options.link.latency = latency;
    options.link.jitter = up_to(4 * latency);
    options.link.reordering = up_to(0.2);
    if (allowed.loss) {
        options.link.loss = up_to(0.1);
        options.link.duplication = up_to(0.2);
    }
    constexpr std::size_t mtus[] = {1500, 576, 9000};
    options.link.mtu = mtus[random.below(3)];
    if (random.happens(0.2)) options.link.bandwidth = 1e6;
    sim::fault_rates& faults = options.faults;
    faults.short_reads = up_to(0.5);
    faults.short_writes = up_to(0.5);
    faults.spurious_wakes = up_to(0.3);
    faults.interruptions = up_to(0.5);
    faults.stalls = up_to(0.2);
    if (allowed.no_descriptors) faults.no_descriptors = up_to(0.3);
    if (allowed.no_buffers) faults.no_buffers = up_to(0.3);
    if (allowed.aborted_accepts) faults.aborted_accepts = up_to(0.3);
    return options;
}

std::size_t open_descriptors() {
    const auto all = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

struct course {
    std::string verdict;
    std::uint64_t fingerprint = 0;
};

course run_once(const scenario& what, std::uint64_t seed, const verbs& with) {
    course run;
    trial t(what, seed, with);
    try {
        what.play(t);
        t.run();
        run.verdict = t.verdict();
    } catch (const std::exception& why) {
        run.verdict = t.verdict().empty() ? why.what() : t.verdict();
    }
    if (wants_trace()) std::cerr << t.net.trace();
    run.fingerprint = t.net.fingerprint();
    return run;
}

}  // namespace

trial::trial(const scenario& what, std::uint64_t seed, const verbs& with)
    : random(seed * 2), use(with), net(hard_times(what.allowed, seed, latency_)) {}

sim::host& trial::add_host(std::string_view name, std::string_view address) {
    return *hosts_.emplace_back(&net.add_host(name, address));
}

duration trial::moment() {
    const std::size_t many = between(0, 8);
    if (happens(0.5)) return latency_ * static_cast<double>(many);
    return latency_ * static_cast<double>(below(1000)) * (happens(0.2) ? 0.1 : 0.003);
}

duration trial::moments(int count) {
    double all = 0;
    for (; count > 0; --count) all += moment().seconds();
    return all;
}

void trial::expect(bool holds, const std::string& otherwise) {
    if (!holds && verdict_.empty()) verdict_ = otherwise;
}

io::task<> trial::watch_time() {
    co_await io::sleep(time_limit);
    throw std::runtime_error("it has not come to its end in time");
}

io::task<> trial::look_around(std::string host) {
    const io::loop_statistics left = io::loop::current().statistics();
    expect(left.endpoints == 0, host + " has left sockets open: " + std::to_string(left.endpoints));
    expect(left.timers == 0, host + " has left timers: " + std::to_string(left.timers));
    co_return;
}

void trial::run() {
    net.spawn(watch_time());
    net.run();
    for (sim::host* const each : hosts_) {
        expect(each->tasks() == 0, each->name() + " has left tasks");
        if (each->is_up()) each->spawn(look_around(each->name()));
    }
    net.run();
}

// The second run finds in the pools what the first has put there: whatever it does not give back is
// lost.
std::string check(const scenario& what, std::uint64_t seed, const verbs& with) {
    const course first = run_once(what, seed, with);
    if (!first.verdict.empty()) return first.verdict;
    const std::size_t descriptors = open_descriptors();
    const long allocations = live_allocations();
    {
        const course second = run_once(what, seed, with);
        if (!second.verdict.empty()) return "only the second time: " + second.verdict;
        if (second.fingerprint != first.fingerprint) return "the second run has another trace";
    }
    if (const long more = live_allocations() - allocations; more != 0)
        return "allocations are left: " + std::to_string(more);
    if (open_descriptors() != descriptors) return "descriptors are left";
    return {};
}

std::string pattern(std::uint64_t id, std::size_t size) {
    sim::detail::chance random(id + 1000);
    std::string made(size, 0);
    for (char& each : made) each = static_cast<char>(random.next());
    return made;
}

io::task<io::stream> connect(trial& t, priz::address to) {
    for (;;) {
        try {
            io::stream made = co_await sim::connect(to);
            co_return made;
        } catch (const priz::error& why) {
            if (!is_system(why.why(), EMFILE) && !is_system(why.why(), ETIMEDOUT)) throw;
        }
        co_await io::sleep(t.moment());
    }
}

io::task<io::listener> listen(trial& t, int backlog) {
    io::listen_options options;
    options.backlog = backlog;
    for (;;) {
        auto made = io::try_listen("any:7000", options);
        if (made) co_return std::move(*made);
        if (!is_system(made.error(), EMFILE)) made.error().raise();
        co_await io::sleep(t.moment());
    }
}

io::task<> send_all(trial& t, io::stream& s, priz::bytes_view all) {
    while (!all.empty()) {
        const std::size_t sent = co_await t.use.send(t, s, all, t.moment());
        t.expect(sent <= all.size(), "more was sent than there was");
        all = all.subview(sent);
    }
}

io::task<std::string> receive(trial& t, io::stream& s, std::size_t most) {
    std::string all;
    while (all.size() < most) {
        const std::optional<std::string> some = co_await t.use.recv(t, s, t.moment());
        if (!some) continue;
        if (some->empty()) break;
        all += *some;
    }
    co_return all;
}

std::vector<scenario> all_scenarios() {
    std::vector<scenario> all;
    for (const auto& some : {stream_scenarios(), listener_scenarios(), race_scenarios(),
                             datagram_scenarios(), task_scenarios(), server_scenarios()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

}  // namespace law
