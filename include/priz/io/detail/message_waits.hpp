// priz/io/detail/message_waits.hpp: the verbs of messages, as awaited: datagrams with their
// addresses, ancillary data, batches.
//
// Memory that a receive needs is got before its call: after it descriptors may have been installed,
// and they have an owner from then on, the verb itself, until the program has them.
#pragma once

#include <sys/uio.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/control.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/detail/timer.hpp"
#include "priz/unique_fd.hpp"

namespace priz {
class receive_batch;
class send_batch;
struct datagram_size;
struct message_size;
}  // namespace priz

namespace priz::io {

struct packet;
class message;
struct received_fds;

namespace detail {

// At most a block.
constexpr std::uint32_t lent_size(std::size_t size) noexcept {
    return size < block_pool::block_size ? static_cast<std::uint32_t>(size)
                                         : block_pool::block_size;
}

// Some pieces of memory: a single one, which is kept, or the caller's list of them.
template <class Piece>
class pieces {
public:
    pieces(const Piece& one) noexcept : one_(one), is_one_(true) {}
    pieces(std::span<const Piece> all) noexcept : all_(all) {}

    std::span<const Piece> list() const noexcept {
        return is_one_ ? std::span<const Piece>(&one_, 1) : all_;
    }

private:
    Piece one_;
    std::span<const Piece> all_;
    bool is_one_ = false;
};

// What comes beside the data, and what it takes to receive it.
struct message_head {
    message_head(std::size_t ancillary, int with) noexcept
        : ancillary_size(ancillary), flags(with) {}

    std::size_t ancillary_size;
    int flags;  // asked for; afterwards, reported
    bool takes_descriptors = false;
    bytes room;
    incoming_control control;
    std::vector<unique_fd> descriptors;
    address from;
};

struct PRIZ_API recvfrom_wait : reading<recvfrom_wait> {
    static constexpr const char* operation = "recvfrom";
    using value_type = packet;

    recvfrom_wait(endpoint* e, std::size_t size, int with) noexcept
        : reading(e), limit(lent_size(size)), flags(with) {}
    bool attempt() noexcept;
    packet value() noexcept;
    std::size_t transferred() const noexcept { return 0; }

    std::uint32_t limit;
    int flags;
    chunk data;
    address from;
};

struct PRIZ_API recvfrom_into_wait : reading<recvfrom_into_wait> {
    static constexpr const char* operation = "recvfrom_into";
    using value_type = datagram_size;

    recvfrom_into_wait(endpoint* e, bytes_span into, int with) noexcept
        : reading(e), target(into), flags(with) {}
    bool attempt() noexcept;
    datagram_size value() const noexcept;
    std::size_t transferred() const noexcept { return 0; }

    bytes_span target;
    std::size_t count = 0;
    int flags;
    address from;
};

struct PRIZ_API recvmsg_wait : reading<recvmsg_wait> {
    static constexpr const char* operation = "recvmsg";
    using value_type = message;

    recvmsg_wait(endpoint* e, std::size_t size, std::size_t ancillary, int with) noexcept
        : reading(e), limit(lent_size(size)), head(ancillary, with) {}
    bool attempt() noexcept;
    message value() noexcept;
    std::size_t transferred() const noexcept { return 0; }

    std::uint32_t limit;
    chunk data;
    message_head head;
};

struct PRIZ_API recv_fds_wait : recvmsg_wait {
    static constexpr const char* operation = "recv_fds";
    using value_type = received_fds;

    recv_fds_wait(endpoint* e, std::size_t size, std::size_t fds_max, int with) noexcept
        : recvmsg_wait(e, size, room_for(fds_max), with) {
        head.takes_descriptors = true;
    }
    received_fds value() noexcept;

private:
    // For more than any message carries: what every call refuses.
    static std::size_t room_for(std::size_t fds_max) noexcept;
};

struct PRIZ_API recvmsg_into_wait : reading<recvmsg_into_wait> {
    static constexpr const char* operation = "recvmsg_into";
    using value_type = message_size;

    recvmsg_into_wait(endpoint* e, pieces<bytes_span> into, std::size_t ancillary,
                      int with) noexcept
        : reading(e), targets(into), head(ancillary, with) {}
    bool attempt() noexcept;
    message_size value() noexcept;
    std::size_t transferred() const noexcept { return 0; }

    pieces<bytes_span> targets;
    std::size_t count = 0;
    message_head head;
};

// The messages stay in the batch.
struct PRIZ_API recvmmsg_wait : reading<recvmmsg_wait> {
    static constexpr const char* operation = "recvmmsg";
    using value_type = std::size_t;

    recvmmsg_wait(endpoint* e, receive_batch& into, int with) noexcept
        : reading(e), batch(&into), flags(with) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    receive_batch* batch;
    std::size_t count = 0;
    int flags;
};

// What the verbs share that send to an address. A Unix datagram socket that is not connected to a
// peer whose queue is full is not told by the kernel when there is room: it counts as writable all
// the time. So it asks again every two milliseconds.
struct PRIZ_API addressed_wait : socket_wait {
    addressed_wait(const waiter_kind& what, endpoint* e) noexcept
        : socket_wait(what, e), again_(on_time) {}
    addressed_wait(addressed_wait&&) noexcept = default;
    addressed_wait& operator=(addressed_wait&&) = delete;
    ~addressed_wait() {
        if (again_.is_armed()) stop_asking();
    }

    failure why(const char* operation, std::size_t transferred = 0) const noexcept;

protected:
    // The end of a send to `to` (empty: the connected peer) that took nothing.
    bool refused_by(const address& to, std::ptrdiff_t outcome) noexcept;
    void stop_asking() noexcept;
    static void withdraw_writing(waiter& w) noexcept;

private:
    struct own_timer : timer {
        using timer::timer;
        addressed_wait* whose = nullptr;
        loop_core* loop = nullptr;  // the endpoint may be gone before the verb is
    };
    static void on_time(timer& due) noexcept;

    own_timer again_;
    const address* remote_ = nullptr;
};

template <class Verb>
using sending = writing<Verb, addressed_wait>;

struct PRIZ_API sendto_wait : sending<sendto_wait> {
    static constexpr const char* operation = "sendto";
    using value_type = std::size_t;

    sendto_wait(endpoint* e, bytes_view from, const address& where_to, int with) noexcept
        : writing(e), source(from), flags(with), to(where_to) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    bytes_view source;
    std::size_t count = 0;
    int flags;
    address to;
};

struct PRIZ_API sendmsg_wait : sending<sendmsg_wait> {
    static constexpr const char* operation = "sendmsg";
    using value_type = std::size_t;

    sendmsg_wait(endpoint* e, pieces<bytes_view> from, const outgoing_control* beside, int with,
                 const address& where_to) noexcept
        : writing(e), sources(from), control(beside), flags(with), to(where_to) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    pieces<bytes_view> sources;
    const outgoing_control* control;  // null: `own`
    outgoing_control own;
    std::size_t count = 0;
    int flags;
    address to;
};

struct PRIZ_API send_fds_wait : sendmsg_wait {
    static constexpr const char* operation = "send_fds";

    send_fds_wait(endpoint* e, pieces<bytes_view> from, std::span<const int> fds, int with,
                  const address& where_to)
        : sendmsg_wait(e, from, nullptr, with, where_to) {
        own.descriptors(fds);
    }
};

struct PRIZ_API sendmmsg_wait : sending<sendmmsg_wait> {
    static constexpr const char* operation = "sendmmsg";
    using value_type = std::size_t;

    sendmmsg_wait(endpoint* e, send_batch& from, int with) noexcept
        : writing(e), batch(&from), flags(with) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    send_batch* batch;
    std::size_t count = 0;
    int flags;
};

}  // namespace detail
}  // namespace priz::io
