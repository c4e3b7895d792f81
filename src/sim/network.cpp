#include "priz/sim/network.hpp"

#include <netinet/in.h>

#include <utility>

#include "priz/error.hpp"
#include "sim/machine.hpp"
#include "sim/name_server.hpp"
#include "sim/place.hpp"
#include "sim/world.hpp"

namespace priz::sim {

using detail::machine;
using detail::place;
using detail::world;

namespace {

std::string sentence_of(const std::vector<deadlock::waiting>& hosts) {
    std::string text = "nothing can happen any more";
    const char* between = ": ";
    for (const auto& each : hosts) {
        text += between + each.host + " has " + std::to_string(each.tasks) +
                (each.tasks == 1 ? " task that waits" : " tasks that wait");
        between = ", ";
    }
    return text;
}

std::vector<deadlock::waiting> waiting_in(const world& net) {
    std::vector<deadlock::waiting> all;
    for (const auto& each : net.machines())
        if (each->tasks() > 0) all.push_back({each->name, each->tasks()});
    return all;
}

constexpr std::uint16_t name_server_port = 53;

address parsed(std::string_view text) {
    auto made = address::try_ipv4(text, 0);
    if (!made) made = address::try_ipv6(text, 0);
    return value_or_throw(std::move(made));
}

// Ends every task before the error goes on its way.
[[noreturn]] void fail(world& net, std::exception_ptr why) {
    net.end_all();
    std::rethrow_exception(std::move(why));
}

template <class Stop>
void run_all(world& net, Stop stop) {
    try {
        if (!net.drive(stop, io::detail::never)) throw deadlock(waiting_in(net));
    } catch (...) {
        fail(net, std::current_exception());
    }
    if (net.failure != nullptr) fail(net, std::exchange(net.failure, nullptr));
}

}  // namespace

deadlock::deadlock(std::vector<waiting> hosts)
    : std::runtime_error(sentence_of(hosts)),
      hosts_(std::make_shared<const std::vector<waiting>>(std::move(hosts))) {}

const std::string& host::name() const noexcept { return inside_.name; }

address host::at(std::uint16_t port) const noexcept {
    if (inside_.addresses.empty()) return {};
    const place first{inside_.addresses.front(), port};
    return first.as(first.family());
}

void host::start(io::task<> task, bool daemon) { inside_.start(std::move(task), daemon); }
void host::crash() { inside_.crash(); }
void host::restart() { inside_.restart(); }
bool host::is_up() const noexcept { return inside_.is_up(); }
std::size_t host::tasks() const noexcept { return inside_.tasks(); }

network::network(std::uint64_t seed) : network(network_options{.seed = seed}) {}

network::network(const network_options& options) : inside_(std::make_unique<world>(options)) {}

network::~network() = default;

host& network::add(std::string_view name) {
    if (inside_->named(name) != nullptr)
        throw std::invalid_argument("another host is called " + std::string(name));
    return *hosts_.emplace_back(std::make_unique<host>(inside_->add_machine(name)));
}

host& network::add_host(std::string_view name, std::initializer_list<std::string_view> addresses) {
    std::vector<place> all;
    for (const std::string_view text : addresses) {
        all.push_back(place::of(parsed(text)));
        if (all.back().is_loopback() || inside_->owner_of(all.back()) != nullptr)
            throw std::invalid_argument("another host has the address " + std::string(text));
    }
    host& made = add(name);
    for (const place& each : all) inside_->give_address(made.inside_, each.host);
    return made;
}

host& network::add_name_server(std::string_view address) {
    host& made = add_host("(names at " + std::string(address) + ")", address);
    made.inside_.names = std::make_unique<detail::name_server>();
    inside_->names.servers.push_back(made.at(name_server_port).str());
    return made;
}

void network::link(host& a, host& b, const link_options& options) {
    inside_->link(a.inside_, b.inside_, options);
}

void network::link_loopback(const link_options& options) {
    inside_->loopback = options;
    for (const auto& each : inside_->machines()) inside_->between(*each, *each).options = options;
}

void network::partition(host& a, host& b) { inside_->cut(a.inside_, b.inside_, true); }
void network::heal(host& a, host& b) { inside_->cut(a.inside_, b.inside_, false); }

void network::spawn(io::task<> script) { inside_->director().start(std::move(script), true); }

void network::run() {
    run_all(*inside_, [this] {
        for (const auto& each : inside_->machines())
            if (each->tasks_to_wait_for() > 0) return false;
        return true;
    });
}

void network::run_until(bool (*holds)(void*), void* what) {
    run_all(*inside_, [=] { return holds(what); });
}

void network::run_for(duration length) {
    world& net = *inside_;
    const std::int64_t until = net.now() + length.nanoseconds();
    try {
        net.drive([] { return false; }, until);
    } catch (...) {
        fail(net, std::current_exception());
    }
    if (net.failure != nullptr) fail(net, std::exchange(net.failure, nullptr));
    net.pass_time(until);
}

duration network::now() const noexcept { return duration::from_nanoseconds(inside_->now()); }
std::uint64_t network::steps() const noexcept { return inside_->steps(); }

std::vector<address> network::resolve(std::string_view name) const {
    std::vector<address> all;
    const machine* const found = inside_->named(name);
    if (found == nullptr) return all;
    for (const auto& each : found->addresses) {
        const place one{each, 0};
        all.push_back(one.as(one.family()));
    }
    return all;
}

std::string network::trace() const { return inside_->log.text(); }
std::uint64_t network::fingerprint() const noexcept { return inside_->log.fingerprint(); }

}  // namespace priz::sim
