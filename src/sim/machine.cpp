#include "sim/machine.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/name_server.hpp"
#include "sim/tcp_socket.hpp"
#include "sim/udp_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

machine::machine(world& of, std::size_t number, std::string_view called)
    : net(of), index(number), name(called) {}

machine::~machine() = default;

life& machine::present() {
    if (present_ == nullptr) present_ = lives_.emplace_back(std::make_unique<life>(*this)).get();
    return *present_;
}

void machine::start(io::task<> task, bool is_daemon) {
    if (!is_up_) return net.note(*this, "is down: a task was not started");
    present().start(std::move(task), is_daemon);
}

void machine::end_life() noexcept {
    if (present_ != nullptr) present_->cancel();
    present_ = nullptr;
}

void machine::crash() {
    if (!is_up_) return;
    net.note(*this, "crashes");
    is_up_ = false;
    for (const auto& each : lives_) each->die();
    end_life();
    ports.clear();
    // Those that nobody owns remove themselves.
    std::vector<sim_socket*> all;
    for (const auto& [fd, each] : sockets_) all.push_back(each.get());
    for (sim_socket* const each : all) each->lose_power();
}

void machine::restart() {
    if (is_up_) crash();
    net.note(*this, "is up again");
    is_up_ = true;
}

std::size_t machine::tasks() const noexcept {
    std::size_t count = 0;
    for (const auto& each : lives_) count += each->tasks();
    return count;
}

std::size_t machine::tasks_to_wait_for() const noexcept {
    std::size_t count = 0;
    for (const auto& each : lives_) count += each->tasks_to_wait_for();
    return count;
}

void machine::receive(packet what) {
    switch (what.what) {
        case packet::kind::tcp:
            return receive_tcp(what);
        case packet::kind::udp:
            return receive_udp(what);
        case packet::kind::unreachable:
        case packet::kind::refused:
            return receive_error(what);
    }
}

void machine::receive_tcp(packet& what) {
    if (tcp_socket* const known = ports.connection(what.to, what.from)) return known->arrive(what);
    if (tcp_socket* const who = ports.listener(what.to, what.from)) return who->arrive(what);
    send_reset(what);
}

void machine::send_reset(const packet& to) {
    if (to.has(packet::rst)) return;
    packet answer;
    answer.flags = packet::rst | packet::ack;
    answer.from = to.to;
    answer.to = to.from;
    answer.flow = to.flow;
    answer.number = to.acknowledged;
    answer.acknowledged = to.number + to.payload.size() + (to.has(packet::syn) ? 1 : 0);
    net.send(*this, std::move(answer));
}

void machine::receive_udp(packet& what) {
    constexpr std::uint16_t dns = 53;
    if (names != nullptr && what.to.port == dns) return names->answer(*this, what);
    if (udp_socket* const who = ports.receiver(what.to, what.from)) return who->arrive(what);
    packet answer;
    answer.what = packet::kind::refused;
    answer.from = what.to;
    answer.to = what.from;
    net.send(*this, std::move(answer));
}

// Whose packet it was, and what became of it.
void machine::receive_error(packet& what) {
    if (tcp_socket* const mine = ports.connection(what.to, what.from)) mine->is_unreachable();
    const int error = what.what == packet::kind::refused ? ECONNREFUSED : EHOSTUNREACH;
    if (udp_socket* const mine = ports.receiver(what.to, what.from))
        mine->has_failed(what.from, error);
}

void machine::remove(sim_socket& gone) {
    const auto found = sockets_.find(gone.fd);
    if (found == sockets_.end()) return;
    net.bury(std::move(found->second));
    sockets_.erase(found);
}

sim_socket* machine::any_socket(const life& of) {
    std::vector<sim_socket*> all;
    for (const auto& [fd, each] : sockets_)
        if (each->belongs_to(of)) all.push_back(each.get());
    return all.empty() ? nullptr : all[net.random.below(all.size())];
}

bool machine::has_a_question() const noexcept {
    return std::ranges::any_of(sockets_,
                               [](const auto& each) { return each.second->has_a_question(); });
}

bool machine::has(const place& local) const noexcept {
    return local.is_loopback() || std::ranges::find(addresses, local.host) != addresses.end();
}

bool machine::source_for(const place& remote, place& local) const noexcept {
    if (has(remote)) {
        local = remote.is_loopback() ? place(remote).to_loopback() : remote;
        local.port = 0;
        return true;
    }
    for (const host_number& each : addresses)
        if (const place mine{each, 0}; mine.is_v4() == remote.is_v4()) {
            local = mine;
            return true;
        }
    return false;
}

std::size_t machine::mtu_to(const place& remote) noexcept {
    const machine* const there = net.owner_of(remote, *this);
    return there == nullptr ? net.options.link.mtu : net.between(*this, *there).options.mtu;
}

bool machine::has_fault(double fault_rates::*which, std::string_view what) {
    if (!net.random.happens(net.options.faults.*which)) return false;
    net.note(*this, "fault: " + std::string(what));
    return true;
}

int make_socket(life& of, int family, int type, int proto, sim_socket*& made) {
    const int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (family != AF_INET && family != AF_INET6) return -EAFNOSUPPORT;
    if (kind != SOCK_STREAM && kind != SOCK_DGRAM) return -ESOCKTNOSUPPORT;
    if (proto != 0 && proto != (kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
        return -EPROTONOSUPPORT;
    if (kind == SOCK_STREAM)
        made = &of.on.add_socket<tcp_socket>(of, family);
    else
        made = &of.on.add_socket<udp_socket>(of, family);
    return 0;
}

}  // namespace priz::sim::detail
