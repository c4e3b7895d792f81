// What a TCP socket sends, and when it sends it again.
#include <algorithm>
#include <cerrno>

#include "sim/machine.hpp"
#include "sim/tcp_socket.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t first_timeout = 1000 * ms;  // before a round trip was measured
constexpr std::int64_t least_timeout = 200 * ms;
constexpr std::int64_t longest_timeout = 120'000 * ms;

// How often a segment is repeated before the connection is given up: Linux's tcp_syn_retries,
// tcp_synack_retries, tcp_retries2, tcp_orphan_retries.
constexpr int syn_retries = 6;
constexpr int syn_ack_retries = 5;
constexpr int retries = 15;
constexpr int orphan_retries = 8;

}  // namespace

std::uint64_t tcp_socket::window() const noexcept {
    const std::uint64_t room = options.receive_buffer;
    return room > in_.size() ? room - in_.size() : 0;
}

void tcp_socket::send_segment(unsigned char flags, std::uint64_t number, std::string_view payload) {
    packet p;
    p.what = packet::kind::tcp;
    p.flags = flags;
    p.from = local;
    p.to = remote;
    p.flow = flow_;
    p.number = number;
    p.acknowledged = expected_;
    p.window = window();
    p.payload = payload;
    offered_ = std::max(offered_, expected_ + p.window);
    on.net.send(on, std::move(p));
}

std::uint64_t tcp_socket::longest_segment() const {
    const std::size_t headers = remote.is_v4() ? 40 : 60;
    return std::max(on.mtu_to(remote), headers + 1) - headers;
}

// Nagle's rule, as Minshall and Linux have it: one segment that is not full at a time, save the
// last one of all.
bool tcp_socket::waits_to_fill(std::uint64_t size, std::uint64_t most) const {
    return size < most && oldest_ < small_end_ && !fin_wanted_ && !options.no_delay();
}

// Sends what the peer's window lets it send, and the FIN behind the last byte.
void tcp_socket::push() {
    if (state_ != state::connected) return;
    const std::uint64_t most = longest_segment();
    while (next_ < data_end() && next_ < edge_) {
        const std::uint64_t left = std::min(most, data_end() - next_);
        const std::uint64_t size = std::min(left, edge_ - next_);
        if (next_ > oldest_ && (size < left || waits_to_fill(size, most))) break;
        if (size < most) small_end_ = next_ + size;
        if (timed_ == 0) {
            timed_ = next_ + size;
            timed_at_ = on.net.now();
        }
        const std::uint64_t number = next_;
        next_ += size;
        send_segment(packet::ack, number, out_.view().substr(number - oldest_, size));
    }
    if (fin_wanted_ && next_ == data_end() && !fin_acked_)
        send_segment(packet::ack | packet::fin, next_++, {});
    if (next_ == oldest_) {
        if (is_held_up() && timer_.order == 0) arm_probe();
        return;
    }
    // The window has opened.
    if (is_probing_) retries_ = 0;
    if (is_probing_ || timer_.order == 0) arm();
}

// The oldest segment again, and nothing else: the acknowledgement says what is missing next.
void tcp_socket::send_again() {
    timed_ = 0;
    if (state_ == state::connecting) return send_segment(packet::syn, 0, {});
    if (state_ == state::accepting) return send_segment(packet::syn | packet::ack, 0, {});
    if (oldest_ == data_end()) return send_segment(packet::ack | packet::fin, oldest_, {});
    const std::uint64_t size = std::min({longest_segment(), data_end() - oldest_, next_ - oldest_});
    send_segment(packet::ack, oldest_, out_.view().substr(0, size));
}

std::int64_t tcp_socket::timeout() const noexcept {
    const std::int64_t measured =
        round_trip_ == 0 ? first_timeout : std::max(least_timeout, round_trip_ + 4 * variation_);
    return std::min(longest_timeout, measured << std::min(retries_, 10));
}

void tcp_socket::arm() {
    on.net.events.cancel(timer_);
    is_probing_ = false;
    timer_ = on.net.events.plan(on.net.now() + timeout(), [this] {
        timer_ = {};
        on_timer();
    });
}

void tcp_socket::on_timer() {
    const int most = state_ == state::connecting  ? syn_retries
                     : state_ == state::accepting ? syn_ack_retries
                     : is_orphan_                 ? orphan_retries
                                                  : retries;
    if (++retries_ > most) return die(ETIMEDOUT);
    duplicates_ = 0;
    send_again();
    // Whatever else was under way counts as lost.
    next_ = std::min(next_, oldest_ + longest_segment());
    arm();
}

void tcp_socket::arm_probe() {
    if (!is_probing_) unanswered_ = 0;
    is_probing_ = true;
    timer_ = on.net.events.plan(
        on.net.now() + timeout(),
        [this] {
            timer_ = {};
            probe();
        },
        event_queue::kind::background);
}

// A segment from before what the peer expects, which it has to answer (RFC 9293, 3.10.7.4).
void tcp_socket::probe() {
    if (++unanswered_ > (is_orphan_ ? orphan_retries : retries)) return die(ETIMEDOUT);
    ++retries_;
    send_segment(packet::ack, oldest_ - 1, {});
    arm_probe();
}

// What no real host knows: that the next probe will be answered, and that it is answered that the
// window is closed still.
bool tcp_socket::has_a_question() const noexcept {
    if (!is_probing_ || timer_.order == 0) return false;
    if (unanswered_ > 0 || retries_ == 0) return true;
    const tcp_socket* const peer = other_end();
    return peer == nullptr || peer->expected_ + peer->window() > edge_;
}

// The round trip that has ended now (RFC 6298).
void tcp_socket::measure() {
    if (timed_ == 0) return;
    timed_ = 0;
    const std::int64_t took = std::max<std::int64_t>(1, on.net.now() - timed_at_);
    if (round_trip_ == 0) {
        round_trip_ = took;
        variation_ = took / 2;
        return;
    }
    const std::int64_t off = took > round_trip_ ? took - round_trip_ : round_trip_ - took;
    variation_ += (off - variation_) / 4;
    round_trip_ += (took - round_trip_) / 8;
}

// The program has read: a window that had become small is offered anew when half of it is free.
void tcp_socket::offer_window() {
    const std::uint64_t half = std::max<std::uint64_t>(1, options.receive_buffer / 2);
    if (state_ != state::connected || fin_received_) return;
    if (offered_ >= expected_ + half || window() < half) return;
    send_ack();
}

// Null when it is no more, or cannot be reached.
const tcp_socket* tcp_socket::other_end() const noexcept {
    machine* const there = on.net.owner_of(remote, on);
    if (there == nullptr || on.net.are_cut_off(on, *there)) return nullptr;
    const tcp_socket* const peer = there->ports.connection(remote, local);
    return peer != nullptr && peer->state_ == state::connected && peer->flow_ == flow_ ? peer
                                                                                       : nullptr;
}

void tcp_socket::tell_writable() {
    if (!was_full_ || out_.size() > options.send_buffer * 2 / 3) return;
    was_full_ = false;
    tell({.out = true});
}

}  // namespace priz::sim::detail
