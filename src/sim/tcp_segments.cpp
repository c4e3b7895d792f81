// What arrives at a TCP socket.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "sim/machine.hpp"
#include "sim/tcp_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

void tcp_socket::arrive(packet& p) {
    switch (state_) {
        case state::listening:
            return arrive_to_listener(p);
        case state::connecting:
            return arrive_while_connecting(p);
        case state::accepting:
            return arrive_while_accepting(p);
        case state::connected:
            return arrive_connected(p);
        case state::time_wait:
            return arrive_in_time_wait(p);
        case state::fresh:
        case state::ended:
            break;
    }
}

// A SYN begins a connection, unless as many wait to be accepted as the backlog allows, and one
// more: the SYN is then dropped, and comes again. The connection is accepted when the peer has
// acknowledged it.
void tcp_socket::arrive_to_listener(packet& p) {
    if (p.has(packet::rst)) return;
    if (!p.has(packet::syn) || p.has(packet::ack)) return on.send_reset(p);
    if (is_full()) return on.net.note(on, "no room for another connection to " + local.text());
    if (whose() == nullptr) return;
    auto& child = on.add_socket<tcp_socket>(*whose(), family);
    child.options = options;
    child.local = p.to;
    child.remote = p.from;
    child.is_bound = true;
    child.listener_ = this;
    child.state_ = state::accepting;
    child.flow_ = p.flow;
    child.expected_ = 1;
    child.edge_ = 1 + p.window;
    child.next_ = 1;
    child.timed_ = 1;
    child.timed_at_ = on.net.now();
    on.ports.adopt(child);
    beginning_.push_back(&child);
    child.send_segment(packet::syn | packet::ack, 0, {});
    child.arm();
}

// A connection from before a crash is still there for the peer, or was there for this host: the
// initial numbers differ, and a reset makes both forget it.
bool tcp_socket::is_of_another_connection(const packet& p) {
    if (p.flow == flow_) return false;
    if (p.has(packet::rst)) return true;
    if (p.has(packet::syn) && !p.has(packet::ack))
        send_ack();
    else
        on.send_reset(p);
    return true;
}

void tcp_socket::arrive_while_connecting(packet& p) {
    if (is_of_another_connection(p)) return;
    if (p.has(packet::rst)) return die(ECONNREFUSED);
    if (!p.has(packet::syn) || !p.has(packet::ack)) return;
    measure();
    on.net.events.cancel(timer_);
    retries_ = 0;
    oldest_ = 1;
    expected_ = 1;
    edge_ = 1 + p.window;
    state_ = state::connected;
    was_connected_ = true;
    send_ack();
    tell(present());
}

void tcp_socket::arrive_while_accepting(packet& p) {
    if (is_of_another_connection(p)) return;
    if (p.has(packet::rst)) return die(ECONNRESET);
    if (p.has(packet::syn)) return send_segment(packet::syn | packet::ack, 0, {});
    if (!p.has(packet::ack) || p.acknowledged == 0) return;
    // As the kernel has it: the peer takes the connection for made, and says so again when the SYN
    // is repeated.
    if (listener_->is_full())
        return on.net.note(on, "no room for the connection from " + remote.text());
    measure();
    on.net.events.cancel(timer_);
    retries_ = 0;
    oldest_ = 1;
    state_ = state::connected;
    was_connected_ = true;
    std::erase(listener_->beginning_, this);
    listener_->ready_.push_back(this);
    listener_->tell({.in = true});
    arrive_connected(p);
}

void tcp_socket::arrive_connected(packet& p) {
    if (is_of_another_connection(p)) return;
    if (p.has(packet::rst)) return die(fin_received_ ? EPIPE : ECONNRESET);
    // The peer has not got the last acknowledgement of the handshake.
    if (p.has(packet::syn)) return send_ack();
    if (p.number + p.payload.size() > expected_ && !p.payload.empty() && is_orphan_) {
        reset();
        return be_gone();
    }
    unanswered_ = 0;
    // It says nothing new, and what it says is old: a probe, or a segment that was overtaken.
    const bool is_old = p.payload.empty() && p.number < expected_;
    take_acknowledgement(p);
    const bool has_news = take_payload(p);
    take_fin(p);
    if (has_news || is_old || p.has(packet::fin)) send_ack();
    push();
    finish_if_done();
}

void tcp_socket::take_acknowledgement(const packet& p) {
    const std::uint64_t edge = p.acknowledged + p.window;
    const bool is_duplicate = p.acknowledged == oldest_ && next_ > oldest_ && p.payload.empty() &&
                              !p.has(packet::fin) && edge <= edge_;
    edge_ = std::max(edge_, edge);
    if (is_duplicate && ++duplicates_ == 3) return send_again();
    if (p.acknowledged <= oldest_) return;
    duplicates_ = 0;
    retries_ = 0;
    if (timed_ != 0 && p.acknowledged >= timed_) measure();
    const std::uint64_t bytes = std::min<std::uint64_t>(p.acknowledged - oldest_, out_.size());
    if (p.acknowledged > data_end() && fin_wanted_) fin_acked_ = true;
    out_.drop(bytes);
    oldest_ += bytes;
    next_ = std::max(next_, p.acknowledged);
    on.net.events.cancel(timer_);
    if (fin_acked_)
        oldest_ = next_;
    else if (next_ > oldest_)
        arm();
    tell_writable();
}

// Whether the segment wants an acknowledgement.
bool tcp_socket::take_payload(packet& p) {
    if (p.payload.empty()) return false;
    append(p.number, std::move(p.payload));
    bool has_more = true;
    while (has_more && !early_.empty()) {
        const auto first = early_.begin();
        has_more = first->first <= expected_;
        if (!has_more) break;
        auto [number, bytes] = *first;
        early_.erase(first);
        append(number, std::move(bytes));
    }
    return true;
}

// Bytes that are next in order become readable, those that come early are kept.
void tcp_socket::append(std::uint64_t number, std::string bytes) {
    if (number + bytes.size() <= expected_) return;
    if (number > expected_) {
        auto& kept = early_[number];
        if (kept.size() < bytes.size()) kept = std::move(bytes);
        return;
    }
    bytes.erase(0, expected_ - number);
    in_.append(bytes);
    expected_ += bytes.size();
    tell({.in = true});
}

void tcp_socket::take_fin(const packet& p) {
    // A FIN travels without payload.
    if (p.has(packet::fin)) fin_number_ = p.number;
    if (fin_number_ == 0 || fin_received_ || fin_number_ != expected_) return;
    fin_received_ = true;
    ++expected_;
    tell({.in = true, .ended = true});
}

// What is left of the connection answers a repeated FIN, and makes way for a new connection.
void tcp_socket::arrive_in_time_wait(packet& p) {
    if (p.flow != flow_ && p.has(packet::syn) && !p.has(packet::ack)) {
        machine& host = on;
        if (is_orphan_)
            be_gone();
        else
            unregister();
        return host.receive(std::move(p));
    }
    if (is_of_another_connection(p)) return;
    if (p.has(packet::fin)) send_ack();
}

void tcp_socket::is_unreachable() {
    if (state_ == state::connecting) die(EHOSTUNREACH);
}

}  // namespace priz::sim::detail
