// tcp_socket.hpp: TCP, as programs can tell it apart from other things: the handshake, the order of
// bytes, windows, acknowledgements, retransmissions, and every way in which a connection ends.
//
// It is a small TCP that really sends segments: losing, delaying and doubling packets is the
// network's work, and the protocol has to make up for it. Segments carry byte numbers; the receiver
// keeps what comes early and acknowledges each segment at once; the sender retransmits the oldest
// segment when a timer runs out (RFC 6298, at least 200 ms, doubled each time) or when three
// duplicate acknowledgements say that it is missing. Every window that was ever offered stays
// offered. There is no congestion control and no delayed acknowledgement: both change when bytes
// arrive and not what programs see.
//
// A window that has opened is announced by one packet, which may be lost. So a sender that is held
// up by a closed window probes it: a segment that the peer has to answer, after a timeout that is
// doubled each time. Fifteen probes without an answer end the connection. A network in which nobody
// reads has to come to rest all the same: probes whose answers are known beforehand are background
// events (has_a_question). tcp_calls.cpp is the program's side, tcp_segments.cpp what arrives,
// tcp_sending.cpp what is sent, tcp_endings.cpp how it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "sim/byte_queue.hpp"
#include "sim/event_queue.hpp"
#include "sim/packet.hpp"
#include "sim/sim_socket.hpp"

namespace priz::sim::detail {

class tcp_socket final : public sim_socket {
public:
    tcp_socket(life& of, int with_family) : sim_socket(of, with_family, SOCK_STREAM) {}
    ~tcp_socket() override;

    bool is_listening() const noexcept override { return state_ == state::listening; }
    void lose_power() noexcept override;
    bool has_a_question() const noexcept override;

    // A segment of this connection, or one that may begin a connection to this listener.
    void arrive(packet& p);
    // A router says that there is no such host.
    void is_unreachable();

protected:
    std::ptrdiff_t receive(::msghdr& message, int flags, std::size_t most) override;
    std::ptrdiff_t transmit(const ::msghdr& message, std::size_t most) override;
    int end(int how) override;
    int reach(const address& to) override;
    int begin_to_listen(int backlog) override;
    sim_socket* take_connection(int& error) override;
    bool has_peer() const noexcept override;
    readiness present() const noexcept override;
    void leave() noexcept override;

private:
    enum class state {
        fresh,
        listening,
        connecting,  // SYN sent
        accepting,   // SYN received
        connected,   // until both directions have ended
        time_wait,
        ended,
    };

    // tcp_segments.cpp
    void arrive_to_listener(packet& p);
    void arrive_while_connecting(packet& p);
    void arrive_while_accepting(packet& p);
    void arrive_connected(packet& p);
    void arrive_in_time_wait(packet& p);
    bool is_of_another_connection(const packet& p);
    void take_acknowledgement(const packet& p);
    bool take_payload(packet& p);
    void append(std::uint64_t number, std::string bytes);
    void take_fin(const packet& p);
    bool is_full() const noexcept { return ready_.size() > backlog_; }

    // tcp_sending.cpp
    void send_segment(unsigned char flags, std::uint64_t number, std::string_view payload);
    void send_ack() { send_segment(packet::ack, next_, {}); }
    void push();
    bool waits_to_fill(std::uint64_t size, std::uint64_t most) const;
    void send_again();
    void arm();
    void on_timer();
    bool is_held_up() const noexcept { return next_ < data_end() && next_ >= edge_; }
    void arm_probe();
    void probe();
    void measure();
    std::int64_t timeout() const noexcept;
    std::uint64_t data_end() const noexcept { return oldest_ + out_.size(); }
    std::uint64_t window() const noexcept;
    void offer_window();
    const tcp_socket* other_end() const noexcept;
    std::uint64_t longest_segment() const;
    void tell_writable();

    // tcp_endings.cpp
    void reset();            // tells the peer
    void die(int why);       // the connection is no more
    void finish_if_done();   // both directions have ended
    void wait_for_strays();  // TIME_WAIT
    void unregister() noexcept;
    void be_gone() noexcept;
    void forget_child(tcp_socket& child) noexcept;
    void reset_children() noexcept;

    state state_ = state::fresh;
    std::uint64_t flow_ = 0;
    bool is_told_ = false;  // connect() has said that the connection is made
    bool was_connected_ = false;
    bool is_orphan_ = false;  // the program has closed it

    // Sending. Byte numbers: oldest_ <= next_ <= data_end(), and one more for the FIN.
    byte_queue out_;            // from oldest_ on
    std::uint64_t oldest_ = 0;  // not acknowledged
    std::uint64_t next_ = 0;    // to be sent
    std::uint64_t edge_ = 0;    // the peer takes bytes below it
    bool fin_wanted_ = false;
    bool fin_acked_ = false;
    bool ended_first_ = false;     // before the peer did
    bool was_full_ = false;        // a send was refused for lack of room
    std::uint64_t small_end_ = 0;  // of the last segment that was not full
    int duplicates_ = 0;
    int retries_ = 0;
    event_queue::key timer_;
    bool is_probing_ = false;  // the timer is that of the next probe
    int unanswered_ = 0;       // probes
    std::uint64_t timed_ = 0;  // the byte number whose acknowledgement is timed; 0: none
    std::int64_t timed_at_ = 0;
    std::int64_t round_trip_ = 0;  // smoothed; 0: not measured yet
    std::int64_t variation_ = 0;

    // Receiving.
    byte_queue in_;
    std::uint64_t expected_ = 0;                  // the next byte's number
    std::uint64_t offered_ = 0;                   // the window's edge, as the peer was told
    std::map<std::uint64_t, std::string> early_;  // by number
    std::uint64_t fin_number_ = 0;                // 0: no FIN has come
    bool fin_received_ = false;
    bool read_shut_ = false;

    // A listener's.
    std::size_t backlog_ = 0;
    std::deque<tcp_socket*> ready_;
    std::deque<tcp_socket*> beginning_;
    tcp_socket* listener_ = nullptr;  // of a connection that nobody has accepted yet
};

}  // namespace priz::sim::detail
