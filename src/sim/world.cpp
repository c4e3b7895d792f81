#include "sim/world.hpp"

#include <algorithm>

#include "sim/machine.hpp"

namespace priz::sim::detail {

namespace {

char lower(char each) noexcept {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
}

// As in the domain name system.
bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

world::world(const network_options& given)
    : options(given),
      loopback{.latency = 0.00001, .mtu = 65536},
      random(given.seed),
      log(given.trace_limit),
      steps_allowed_(given.step_limit) {}

world::~world() { end_all(); }

void world::note(const machine& who, std::string_view what) { log.add(now_, who.name, what); }

machine& world::add_machine(std::string_view name) {
    return *machines_.emplace_back(std::make_unique<machine>(*this, machines_.size(), name));
}

machine& world::director() {
    if (director_ == nullptr) director_ = &add_machine("(script)");
    return *director_;
}

machine* world::named(std::string_view name) noexcept {
    for (const auto& each : machines_)
        if (same_name(each->name, name) && each.get() != director_) return each.get();
    return nullptr;
}

void world::give_address(machine& to, const host_number& which) {
    owners_.emplace(which, &to);
    to.addresses.push_back(which);
}

machine* world::owner_of(const place& where) const noexcept {
    const auto found = owners_.find(where.host);
    return found == owners_.end() ? nullptr : found->second;
}

void world::link(machine& a, machine& b, const link_options& how) {
    between(a, b).options = how;
    between(b, a).options = how;
}

void world::cut(machine& a, machine& b, bool is_cut) {
    between(a, b).is_cut = is_cut;
    between(b, a).is_cut = is_cut;
    note(a, (is_cut ? "cut off from " : "linked again with ") + b.name);
}

bool world::are_cut_off(const machine& a, const machine& b) const noexcept {
    const auto one_way = wires_.find({a.index, b.index});
    return one_way != wires_.end() && one_way->second.is_cut;
}

wire& world::between(const machine& from, const machine& to) {
    const auto& how = &from == &to ? loopback : options.link;
    return wires_.try_emplace({from.index, to.index}, how).first->second;
}

void world::send(machine& from, packet what) {
    machine* const to = owner_of(what.to, from);
    if (to == nullptr) {
        if (log.is_on()) note(from, what.text() + " goes nowhere");
        if (what.what != packet::kind::tcp && what.what != packet::kind::udp) return;
        // A router at the other side of the usual link says so.
        packet answer;
        answer.what = packet::kind::unreachable;
        answer.from = what.to;
        answer.to = what.from;
        const std::int64_t there_and_back = 2 * options.link.latency.nanoseconds();
        events.plan(now_ + there_and_back, [this, &from, answer] { arrive(from, from, answer); });
        return;
    }
    wire& through = between(from, *to);
    const wire::fate fate = through.carry(what, now_, random);
    const bool is_lost = fate.arrival == io::detail::never;
    if (log.is_on())
        note(from, what.text() + (through.is_cut      ? " cut off"
                                  : is_lost           ? " lost"
                                  : fate.is_reordered ? " held back"
                                                      : ""));
    if (through.is_cut || is_lost) return;
    if (fate.again != io::detail::never)
        events.plan(fate.again, [this, to, &from, what] { arrive(*to, from, what); });
    events.plan(fate.arrival, [this, to, &from, sent = std::move(what)]() mutable {
        arrive(*to, from, std::move(sent));
    });
}

void world::arrive(machine& at, machine& from, packet what) {
    if (between(from, at).is_cut || !at.is_up()) {
        if (log.is_on()) note(at, "never got " + what.text());
        return;
    }
    at.receive(std::move(what));
}

void world::bury(std::unique_ptr<sim_socket> gone) { gone_.push_back(std::move(gone)); }

}  // namespace priz::sim::detail
