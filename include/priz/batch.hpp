// priz/batch.hpp: many datagrams in one system call.
//
// A batch owns its memory and is used again and again: after the first calls nothing is allocated.
//
//     receive_batch in(64, 2048);
//     send_batch out;
//     while (recvmmsg(s, in) > 0) {
//         for (const auto& m : in) out.add(m.data, m.from);
//         while (!out.empty()) sendmmsg(s, out);
//     }
//
// With UDP segmentation (GSO, GRO) one message of a batch is itself many datagrams:
// send_batch::add(…).segment_size(n) on the way out, options::gro and received_message::segment()
// on the way in.
//
// One thread at a time for each batch. Elsewhere: one message a call (message.hpp). recvmmsg(2),
// sendmmsg(2), udp(7). Python has none of it.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/control.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

namespace detail {
struct batch_access;
}

// One message of a receive_batch; its data and control messages lie in the batch, and are valid
// until the next call with it.
struct received_message {
    bytes_view data;
    control_view control;
    int flags = 0;
    address from;

    bool truncated() const noexcept { return (flags & MSG_TRUNC) != 0; }
    bool control_truncated() const noexcept { return (flags & MSG_CTRUNC) != 0; }

    // The datagrams that the kernel joined into this one message; one, the data itself, where it
    // joined none.
    std::size_t segment_count() const noexcept {
        const std::size_t size = control.segment_size().value_or(data.size());
        return size == 0 ? 1 : (data.size() + size - 1) / size;
    }
    bytes_view segment(std::size_t index) const noexcept {
        const std::size_t size = control.segment_size().value_or(data.size());
        const bytes_view rest = data.subview(index * size);
        return {rest.data(), rest.size() < size ? rest.size() : size};
    }
};

// Room for messages, and the messages of the last call.
class PRIZ_API receive_batch {
public:
    class iterator;

    // Room for `count` messages of `size` bytes each, and `ancillary_size` for the control messages
    // of each. With options::gro, `size` is 65535 and `ancillary_size` cmsg_space(sizeof(int)).
    // Errors: overflow_error for more than the address space.
    receive_batch(std::size_t count, std::size_t size, std::size_t ancillary_size = 0);
    receive_batch(receive_batch&& other) noexcept { swap(other); }
    receive_batch& operator=(receive_batch&& other) noexcept {
        receive_batch(std::move(other)).swap(*this);
        return *this;
    }
    ~receive_batch();

    // How many there is room for, and how many the last call received.
    std::size_t capacity() const noexcept { return headers_.size(); }
    std::size_t size() const noexcept { return filled_; }
    bool empty() const noexcept { return filled_ == 0; }

    // `index` is below size().
    received_message operator[](std::size_t index) const noexcept;
    inline iterator begin() const noexcept;
    inline iterator end() const noexcept;

    // The descriptors of one message, which the caller owns from now on. Those that nobody takes
    // are closed by the next call with this batch, or with it.
    std::vector<unique_fd> take_descriptors(std::size_t index);

    // Drops the messages.
    void clear() noexcept;

private:
    friend struct detail::batch_access;

    void swap(receive_batch& other) noexcept;
    void prepare() noexcept;
    bytes_span control_of(std::size_t index) noexcept;

    std::vector<::mmsghdr> headers_;
    std::vector<::iovec> parts_;
    std::vector<::sockaddr_storage> names_;
    std::vector<char> data_;
    std::vector<char> control_;
    std::size_t data_size_ = 0;
    std::size_t control_size_ = 0;
    std::size_t filled_ = 0;
};

class receive_batch::iterator {
public:
    using value_type = received_message;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;
    iterator(const receive_batch* batch, std::size_t index) noexcept
        : batch_(batch), index_(index) {}

    received_message operator*() const noexcept { return (*batch_)[index_]; }
    iterator& operator++() noexcept {
        ++index_;
        return *this;
    }
    iterator operator++(int) noexcept { return {batch_, index_++}; }
    friend bool operator==(const iterator&, const iterator&) noexcept = default;

private:
    const receive_batch* batch_ = nullptr;
    std::size_t index_ = 0;
};

receive_batch::iterator receive_batch::begin() const noexcept { return {this, 0}; }
receive_batch::iterator receive_batch::end() const noexcept { return {this, filled_}; }

// Messages to send, in order.
class PRIZ_API send_batch {
public:
    // Adds a message; `data` has to stay valid until it was sent. An empty `remote` means the
    // connected peer. What is returned takes the message's control messages, until the next call:
    // `batch.add(data, to).segment_size(1200);`
    outgoing_control& add(bytes_view data, const address& remote = {});

    // How many are not sent yet.
    std::size_t size() const noexcept { return added_ - sent_; }
    bool empty() const noexcept { return size() == 0; }

    // The data of the first message that is not sent yet, the one that an error is about; and how
    // to go on without it. The batch is not empty.
    bytes_view front() const noexcept { return slots_[sent_].data; }
    void skip() noexcept { ++sent_; }

    // Drops the messages; keeps the memory.
    void clear() noexcept { sent_ = added_ = 0; }

private:
    friend struct detail::batch_access;

    struct slot {
        bytes_view data;
        address remote;
        outgoing_control control;
        ::iovec part{};
    };

    void prepare();

    std::vector<slot> slots_;
    std::vector<::mmsghdr> headers_;
    std::size_t added_ = 0;
    std::size_t sent_ = 0;
};

// Receives what there is, up to the batch's capacity, waiting for the first message only, as long
// as the socket's timeout says; returns how many. The messages of the call before are dropped.
//
// An error after the first message does not hide the messages before it: the kernel keeps it and
// the next receive reports it. Errors: as recvmsg().
PRIZ_API std::size_t recvmmsg(socket& s, receive_batch& batch, int flags = 0);
PRIZ_API result<std::size_t> try_recvmmsg(socket& s, receive_batch& batch, int flags = 0) noexcept;

// Sends the messages that are not sent yet, in order, as many as the kernel takes now (at most
// 1024); returns how many, at least one unless the batch is empty, and takes them out of the batch.
// A blocking socket sends all of those. Waits for the first as long as the socket's timeout says.
//
// An error is about the first message left in the batch, and nothing was sent: when it strikes
// after some, their number is returned, and the next call meets the error again. The exception is
// the kernel's: news of an earlier datagram (ICMP: connection_refused) may be dropped when it comes
// in between; the message it struck stays in the batch. Errors: as sendmsg().
PRIZ_API std::size_t sendmmsg(socket& s, send_batch& batch, int flags = 0);
PRIZ_API result<std::size_t> try_sendmmsg(socket& s, send_batch& batch, int flags = 0) noexcept;

}  // namespace priz
