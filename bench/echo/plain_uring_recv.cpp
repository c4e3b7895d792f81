// The limit of io_uring as a receiver: a multishot receive a connection into buffers that the
// kernel chooses; what comes is sent at once.
//
// Where the kernel can (since 6.12) it fills a buffer bit by bit, so that small messages stay
// within few of them. While a send is short, what comes meanwhile is added to what is left; the
// peer's depth bounds it.
#include "uring.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

namespace {

constexpr std::uint16_t incremental = 2;            // IOU_PBUF_RING_INC, newer than liburing 2.3
constexpr std::uint32_t buffer_goes_on = 1U << 4U;  // IORING_CQE_F_BUF_MORE, likewise
constexpr std::uint64_t writable = 1;  // in user_data: the poll of a connection, not its receive
constexpr unsigned buffer_count = 32;
constexpr std::size_t page_size = 4096;  // the ring of the buffers begins at a page

class buffers {
public:
    explicit buffers(io_uring& ring) {
        static_assert(buffer_count * sizeof(io_uring_buf) <= page_size);
        ring_ = static_cast<io_uring_buf_ring*>(std::aligned_alloc(page_size, page_size));
        if (ring_ == nullptr) echo::fail("buffer ring");
        io_uring_buf_ring_init(ring_);
        io_uring_buf_reg how{};
        how.ring_addr = reinterpret_cast<std::uintptr_t>(ring_);
        how.ring_entries = buffer_count;
        how.pad = incremental;
        if (io_uring_register_buf_ring(&ring, &how, 0) < 0) {
            how.pad = 0;
            echo::check(io_uring_register_buf_ring(&ring, &how, 0), "buffer ring");
        }
        for (std::uint16_t each = 0; each < buffer_count; ++each) give_back(each);
    }

    // Where the bytes of a receive begin.
    const char* bytes(const io_uring_cqe& completion) const {
        const std::uint16_t id = id_of(completion);
        return start(id) + used_[id];
    }

    // The bytes of a receive are no longer needed.
    void release(const io_uring_cqe& completion) {
        const std::uint16_t id = id_of(completion);
        if ((completion.flags & buffer_goes_on) != 0) {
            used_[id] += static_cast<std::size_t>(completion.res);
        } else {
            give_back(id);
        }
    }

private:
    static std::uint16_t id_of(const io_uring_cqe& completion) {
        return static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
    }

    char* start(std::uint16_t id) const { return memory_.get() + id * echo::buffer_size; }

    void give_back(std::uint16_t id) {
        used_[id] = 0;
        io_uring_buf_ring_add(ring_, start(id), echo::buffer_size, id,
                              io_uring_buf_ring_mask(buffer_count), 0);
        io_uring_buf_ring_advance(ring_, 1);
    }

    io_uring_buf_ring* ring_ = nullptr;
    std::unique_ptr<char[]> memory_ =
        std::make_unique_for_overwrite<char[]>(buffer_count * echo::buffer_size);
    std::size_t used_[buffer_count] = {};
};

struct connection {
    int descriptor;
    std::string unsent;
    bool receiving = false;  // completions of a receive are to come
    bool waiting = false;    // a completion of a poll is to come
};

void receive(io_uring& ring, connection& c) {
    io_uring_sqe* request = echo::next_request(ring);
    io_uring_prep_recv_multishot(request, c.descriptor, nullptr, 0, 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    request->buf_group = 0;
    io_uring_sqe_set_data(request, &c);
    c.receiving = true;
}

void wait_writable(io_uring& ring, connection& c) {
    io_uring_sqe* request = echo::next_request(ring);
    io_uring_prep_poll_add(request, c.descriptor, POLLOUT);
    io_uring_sqe_set_data64(request, reinterpret_cast<std::uintptr_t>(&c) | writable);
    c.waiting = true;
}

// How much of it the socket took. Where it is broken that is all: the receive then ends the
// connection.
std::size_t send_some(const connection& c, const char* data, std::size_t size) {
    const ssize_t sent = send(c.descriptor, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    return errno == EAGAIN ? 0 : size;
}

void echo_back(io_uring& ring, connection& c, const char* data, std::size_t size) {
    const std::size_t sent = c.waiting ? 0 : send_some(c, data, size);
    if (sent == size) return;
    c.unsent.append(data + sent, size - sent);
    if (!c.waiting) wait_writable(ring, c);
}

void on_received(io_uring& ring, buffers& pool, connection& c, const io_uring_cqe& completion) {
    if (completion.res > 0) {
        echo_back(ring, c, pool.bytes(completion), static_cast<std::size_t>(completion.res));
        pool.release(completion);
    }
    if ((completion.flags & IORING_CQE_F_MORE) != 0) return;
    c.receiving = false;
    if (completion.res > 0 || completion.res == -ENOBUFS) receive(ring, c);
}

void on_writable(io_uring& ring, connection& c) {
    c.waiting = false;
    c.unsent.erase(0, send_some(c, c.unsent.data(), c.unsent.size()));
    if (!c.unsent.empty()) wait_writable(ring, c);
}

void start(io_uring& ring, int descriptor) {
    echo::set_no_delay(descriptor);
    receive(ring, *new connection{descriptor, {}});
}

}  // namespace

int main(int count, char** arguments) {
    const int listener = echo::listen_on(echo::port_argument(count, arguments), 0);
    io_uring ring = echo::make_ring();
    buffers pool(ring);
    echo::accept_all(ring, listener);
    echo::announce(listener);
    echo::run(ring, [&](const io_uring_cqe& completion) {
        const std::uint64_t data = completion.user_data;
        if (data == 0) {
            return completion.res < 0 ? echo::accept_all(ring, listener)
                                      : start(ring, completion.res);
        }
        auto* c = reinterpret_cast<connection*>(data & ~writable);
        (data & writable) != 0 ? on_writable(ring, *c) : on_received(ring, pool, *c, completion);
        if (c->receiving || c->waiting) return;
        close(c->descriptor);
        delete c;
    });
}
