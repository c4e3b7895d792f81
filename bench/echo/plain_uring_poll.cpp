// The limit of io_uring as a teller of readiness: a multishot poll a connection; recv, then send,
// at once.
#include "readiness.hpp"
#include "uring.hpp"

namespace {

constexpr std::uint64_t ignored = 1;

struct polled {
    explicit polled(int descriptor) : connection(descriptor) {}

    echo::connection connection;
    bool ended = false;  // the poll is being removed; its last completion is awaited
};

void watch(io_uring& ring, polled& c) {
    io_uring_sqe* request = echo::next_request(ring);
    io_uring_prep_poll_multishot(request, c.connection.descriptor(), echo::edges);
    io_uring_sqe_set_data(request, &c);
}

void end(io_uring& ring, polled& c) {
    c.ended = true;
    io_uring_sqe* request = echo::next_request(ring);
    io_uring_prep_poll_remove(request, reinterpret_cast<std::uintptr_t>(&c));
    io_uring_sqe_set_data64(request, ignored);
}

// A poll ends when it is removed or has failed, and when there were more completions at once than
// the ring holds.
void serve(io_uring& ring, polled* c, const io_uring_cqe& completion) {
    const bool last = (completion.flags & IORING_CQE_F_MORE) == 0;
    const bool goes_on = !c->ended && completion.res >= 0 &&
                         c->connection.serve(static_cast<std::uint32_t>(completion.res));
    if (last && goes_on) {
        watch(ring, *c);
    } else if (last) {
        delete c;
    } else if (!goes_on && !c->ended) {
        end(ring, *c);
    }
}

}  // namespace

int main(int count, char** arguments) {
    const int listener = echo::listen_on(echo::port_argument(count, arguments), 0);
    io_uring ring = echo::make_ring();
    echo::accept_all(ring, listener);
    echo::announce(listener);
    echo::run(ring, [&](const io_uring_cqe& completion) {
        if (completion.user_data == ignored) return;
        if (auto* c = static_cast<polled*>(io_uring_cqe_get_data(&completion))) {
            serve(ring, c, completion);
        } else if (completion.res >= 0) {
            watch(ring, *new polled(completion.res));
        } else {
            echo::accept_all(ring, listener);
        }
    });
}
