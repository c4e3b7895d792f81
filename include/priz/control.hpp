// priz/control.hpp: what travels beside the data of a message, typed both ways.
//
// Incoming: socket::recvmsg() returns an incoming_control, a list of control messages which closes
// the descriptors among them that nobody took. Ask it for what you await:
//
//     if (auto who = m.control.credentials()) …        // SO_PASSCRED
//     auto descriptors = m.control.take_descriptors();  // SCM_RIGHTS
//
// Outgoing: an outgoing_control is built up and given to socket::sendmsg(). Which kinds come in is
// chosen by options (options.hpp: receive_packet_info, receive_hop_limit, timestamps, …).
//
// Truncation is shown as the kernel reports it. A message whose header did not fit is absent, one
// whose data did not fit has the bytes that there are, and message::control_truncated() is set in
// both cases. A descriptor that did not fit was never installed; none is leaked.
//
// Values without locks: one thread at a time. Elsewhere: data and addresses (message.hpp). Python:
// the ancdata of socket.recvmsg() and sendmsg(). Sources: cmsg(3), unix(7), ip(7), ipv6(7),
// socket(7), udp(7); RFC 3542.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/credentials.hpp"
#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

// The length of a control message with `size` bytes of data, and the room it takes in a buffer with
// its padding. Errors: overflow_error above 2^31 - 1. Python: CMSG_LEN, CMSG_SPACE (which are
// macros of the C library, hence the small letters).
PRIZ_API std::size_t cmsg_len(std::size_t size);
PRIZ_API std::size_t cmsg_space(std::size_t size);

// A flag for recvmsg() and its kin: descriptors arrive inheritable, as the kernel gives them by
// itself and as Python's recvmsg() returns them. Without it they are close-on-exec. It is the one
// bit that the kernel keeps for its own use and refuses from programs (MSG_CMSG_COMPAT), so it
// never clashes with a real flag, and priz does not pass it on.
inline constexpr int inheritable_descriptors = -0x7fffffff - 1;

// Where a packet arrived. The addresses have port 0.
struct packet_info {
    int interface_index = 0;
    address destination;  // as the packet's header says; maybe a multicast group
    address local;        // the address here that an answer should come from
};

// A queued error: ICMP's, the local stack's, or the notice that a transmit timestamp or a zero-copy
// send is done. ip(7) at IP_RECVERR.
struct extended_error {
    std::error_code cause;    // of a notice empty, or ENOMSG for a transmit timestamp's
    std::uint8_t origin = 0;  // SO_EE_ORIGIN_LOCAL, _ICMP, _ICMP6, _TXSTATUS, _ZEROCOPY, …
    std::uint8_t type = 0;    // of the ICMP message
    std::uint8_t code = 0;    // of the ICMP message
    std::uint32_t info = 0;   // the path MTU for EMSGSIZE; the first number of a zero-copy range
    std::uint32_t data = 0;   // the last number of a zero-copy range
    address offender;         // who sent the ICMP message; empty when not known
};

// SO_TIMESTAMPING's three times, each since 1970 in UTC (hardware: by the card's own clock). Zero
// where it was not taken.
struct packet_times {
    duration software;
    duration hardware;
};

// One control message, read where it lies: valid as long as the list it came from. The typed
// readers give nothing when the message is of another kind or its data was cut.
class PRIZ_API control_message {
public:
    control_message() noexcept = default;
    control_message(int level, int type, bytes_view data) noexcept
        : level_(level), type_(type), data_(data) {}

    int level() const noexcept { return level_; }
    int type() const noexcept { return type_; }
    bytes_view data() const noexcept { return data_; }
    bool is(int level, int type) const noexcept { return level_ == level && type_ == type; }

    // How many descriptors it carries: SCM_RIGHTS, and SCM_PIDFD's one.
    std::size_t descriptor_count() const noexcept;

    std::optional<priz::credentials> credentials() const noexcept;        // SCM_CREDENTIALS
    std::optional<priz::packet_info> packet_info() const noexcept;        // IP_, IPV6_PKTINFO
    std::optional<int> hop_limit() const noexcept;                        // IP_TTL, IPV6_HOPLIMIT
    std::optional<int> traffic_class() const noexcept;                    // IP_TOS, IPV6_TCLASS
    std::optional<int> ecn() const noexcept;                              // its low two bits
    std::optional<duration> timestamp() const noexcept;                   // SO_TIMESTAMP, …NS
    std::optional<packet_times> timestamping() const noexcept;            // SO_TIMESTAMPING
    std::optional<std::size_t> segment_size() const noexcept;             // UDP_GRO, UDP_SEGMENT
    std::optional<std::uint32_t> dropped() const noexcept;                // SO_RXQ_OVFL
    std::optional<priz::extended_error> extended_error() const noexcept;  // IP_, IPV6_RECVERR

private:
    int level_ = 0;
    int type_ = 0;
    bytes_view data_;
};

// The control messages in a buffer that recvmsg(2) filled; `buffer` ends where msg_controllen says.
// Reads it where it lies, owns nothing, and trusts no length in it.
class PRIZ_API control_view {
public:
    class iterator;

    control_view() noexcept = default;
    explicit control_view(bytes_view buffer) noexcept : buffer_(buffer) {}

    inline iterator begin() const noexcept;
    inline iterator end() const noexcept;
    std::size_t size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    bytes_view buffer() const noexcept { return buffer_; }

    // A header in it states an impossible length. The list ends there; if only the data was missing
    // bytes, the last message has those there are. Python: the RuntimeWarning of recvmsg().
    bool malformed() const noexcept;

    // What the first message of that kind says.
    std::optional<priz::credentials> credentials() const noexcept;
    std::optional<priz::packet_info> packet_info() const noexcept;
    std::optional<int> hop_limit() const noexcept;
    std::optional<int> traffic_class() const noexcept;
    std::optional<int> ecn() const noexcept;
    std::optional<duration> timestamp() const noexcept;
    std::optional<packet_times> timestamping() const noexcept;
    std::optional<std::size_t> segment_size() const noexcept;
    std::optional<std::uint32_t> dropped() const noexcept;
    std::optional<priz::extended_error> extended_error() const noexcept;
    std::size_t descriptor_count() const noexcept;  // of all messages

private:
    bytes_view buffer_;
};

class PRIZ_API control_view::iterator {
public:
    using value_type = control_message;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;
    explicit iterator(bytes_view buffer) noexcept : rest_(buffer) { advance(); }

    const control_message& operator*() const noexcept { return item_; }
    const control_message* operator->() const noexcept { return &item_; }
    iterator& operator++() noexcept {
        advance();
        return *this;
    }
    iterator operator++(int) noexcept {
        iterator before = *this;
        advance();
        return before;
    }
    friend bool operator==(const iterator& a, const iterator& b) noexcept {
        return a.item_.data().data() == b.item_.data().data();
    }

    // Stopped at a header that states an impossible length, or stands on a message cut by it.
    bool malformed() const noexcept { return malformed_; }

private:
    void advance() noexcept;

    control_message item_;  // its data is null at the end
    bytes_view rest_;
    bool malformed_ = false;
};

control_view::iterator control_view::begin() const noexcept { return iterator(buffer_); }
control_view::iterator control_view::end() const noexcept { return {}; }

// A control message as plain values, as Python's recvmsg() has them.
struct control_bytes {
    int level;
    int type;
    bytes data;
};

// A control_view that owns its buffer and the descriptors in it. Moves, does not copy; messages and
// iterators of it are invalid after a move.
class PRIZ_API incoming_control : public control_view {
public:
    incoming_control() noexcept = default;

    // From a buffer that recvmsg(2) filled, cut to msg_controllen: its descriptors are owned from
    // now on.
    explicit incoming_control(bytes buffer) noexcept;
    incoming_control(incoming_control&& other) noexcept;
    incoming_control& operator=(incoming_control&& other) noexcept;
    ~incoming_control();

    // All the descriptors, in order; the caller owns them now. Their numbers in data() become -1. A
    // second call gives none.
    std::vector<unique_fd> take_descriptors();

    // Everything as plain bytes, with the numbers of the descriptors in it, which are the caller's
    // to close from now on; the list is empty afterwards. For language bindings.
    std::vector<control_bytes> release_bytes();

private:
    bytes storage_;
};

// Control messages to send. Each call appends one message and returns the builder. `clear()` keeps
// the memory, so that a builder used again and again does not allocate.
class PRIZ_API outgoing_control {
public:
    // SCM_RIGHTS: the receiver gets duplicates; these stay the caller's. At most 253 a message.
    outgoing_control& descriptors(std::span<const int> fds);
    outgoing_control& descriptors(std::initializer_list<int> fds) {
        return descriptors(std::span<const int>(fds.begin(), fds.size()));
    }

    // SCM_CREDENTIALS: the kernel refuses (EPERM) what is not true, save from privileged processes.
    outgoing_control& credentials(const priz::credentials& who);

    // The address to send from, and the interface, 0 for the route's. IPv4 or IPv6 by the address's
    // family; Errors: type_error for any other.
    outgoing_control& packet_info(const address& source, int interface_index = 0);
    // From the address and interface that a packet came to.
    outgoing_control& packet_info(const priz::packet_info& arrived);

    outgoing_control& ttl(int hops);             // IPv4
    outgoing_control& hop_limit(int hops);       // IPv6
    outgoing_control& tos(int value);            // IPv4: DSCP in the upper six bits, ECN below
    outgoing_control& traffic_class(int value);  // IPv6: the same

    // UDP segmentation offload: the data is sent as datagrams of this many bytes, the last one
    // shorter; at most 64 of them. Errors: overflow_error above 65535. udp(7), UDP_SEGMENT.
    outgoing_control& segment_size(std::size_t size);

    // Any other.
    outgoing_control& raw(int level, int type, bytes_view data);

    void clear() noexcept { buffer_.clear(); }
    bool empty() const noexcept { return buffer_.empty(); }

    // The buffer as sendmsg(2) takes it.
    bytes_view buffer() const noexcept { return buffer_; }

private:
    bytes buffer_;
};

namespace detail {
// Closes the descriptors of the control messages in `buffer`, or moves them to the end of `target`,
// which has room for them; their numbers in the buffer become -1.
PRIZ_API void close_descriptors(bytes_span buffer) noexcept;
PRIZ_API void take_descriptors(bytes_span buffer, std::vector<unique_fd>& target) noexcept;
}  // namespace detail

}  // namespace priz
