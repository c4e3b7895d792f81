// priz/lookup_steps.hpp: getaddrinfo() in steps, for those who do the waiting themselves.
//
// An event loop cannot wait inside a look-up. This is the same look-up cut where it would wait: it
// says which descriptors to watch and until when, is told what became ready, and is done in the
// end. It never waits, starts no thread, and can be left at any moment.
//
//     priz::lookup_steps steps("example.org", 443, AF_UNSPEC, SOCK_STREAM);
//     while (!steps.is_done()) steps.advance(ready_of(steps.watches(), steps.next()));
//     auto addresses = steps.take();
//
// Result, order and errors are those of try_getaddrinfo(), which runs the same steps in a loop of
// its own. One thread at a time; the sockets given, where there are any, have to outlive it.
// Elsewhere: the look-up that waits (resolve.hpp).
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "priz/address.hpp"
#include "priz/bytes.hpp"
#include "priz/deadline.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/resolve.hpp"

namespace priz {

// The network between a look-up and its name servers, for programs in which it is not the kernel's.
// Each call does at once what it can, as on a non-blocking socket, and answers failure with a
// negative errno: -EAGAIN for what would have to wait, -EINPROGRESS for a connection that is not
// made yet. Any other failure makes the look-up turn to its next try or its next server.
class PRIZ_API lookup_sockets {
public:
    lookup_sockets() = default;
    lookup_sockets(const lookup_sockets&) = delete;
    lookup_sockets& operator=(const lookup_sockets&) = delete;
    virtual ~lookup_sockets();

    // A socket; its number is 0 or more, and is what lookup_steps::watches() tells. `type` is
    // SOCK_DGRAM or SOCK_STREAM.
    virtual int open(int family, int type, int proto) noexcept = 0;

    // Datagram sockets are connected as well: they receive what comes from there only.
    virtual int connect(int socket, const address& to) noexcept = 0;

    // How many bytes were received; of a stream, zero is its end. `from` is null for streams;
    // otherwise it becomes the datagram's sender. An empty datagram counts as none.
    virtual ::ssize_t recvfrom(int socket, bytes_span target, address* from) noexcept = 0;

    // How many bytes of `pieces`, one after the other, were sent; datagrams are sent whole.
    virtual ::ssize_t sendv(int socket, std::span<const ::iovec> pieces) noexcept = 0;

    // Each socket is closed once, at the latest with the look-up.
    virtual void close(int socket) noexcept = 0;

    // The address that connections to `where` would come from, by which addresses are sorted (RFC
    // 6724); no address where there is no way to it, which is the answer unless overridden.
    virtual address source_towards(const address& where) noexcept;

    // Now, by the clock of a network that has one of its own: a simulated one. Answers are then
    // waited for by it, and nothing of resolv.conf(5), this machine's domain or the environment
    // counts there, only the resolver's settings. None, unless overridden: the kernel's clock.
    virtual std::optional<deadline> clock() noexcept;
};

class PRIZ_API lookup_steps {
public:
    // A descriptor, and what to wait for on it or what it is ready for.
    struct watched {
        int fd = -1;
        bool reads = false;
        bool writes = false;
    };

    // Begins; the arguments are getaddrinfo()'s. Of the options only the resolver counts, and is
    // copied. What is known here is known at once: numbers, the hosts file, `localhost`, errors in
    // the arguments. Null sockets are the kernel's. Throws nothing but std::bad_alloc.
    explicit lookup_steps(const host& name, const service& service = nullptr,
                          int family = AF_UNSPEC, int type = 0, int proto = 0, int flags = 0,
                          const resolve_options& options = {}, lookup_sockets* sockets = nullptr);
    lookup_steps(lookup_steps&& other) noexcept;
    lookup_steps& operator=(lookup_steps&& other) noexcept;

    // Gives up what is under way: no answer is waited for, and all sockets are closed.
    ~lookup_steps();

    // Whether take() has something to give.
    bool is_done() const noexcept;

    // Whether nsswitch.conf(5) sends this name to sources that only the C library has. Then it will
    // never be done here: getaddrinfo() may be called, which waits, where waiting disturbs no one.
    // Known at once.
    bool needs_thread() const noexcept;

    // What to wait for, until advance() is called again: level-triggered, as poll(2) has it. What
    // is ready and is not used up by one advance() is ready for the next; a loop that is told of
    // edges arms each of these anew. Empty when nothing is under way.
    std::span<const watched> watches() noexcept;

    // When advance() is to be called even if nothing is ready, to ask again or to turn to the next
    // server: at most so late. Never, when nothing is under way. A deadline for the whole is the
    // caller's business. On the sockets' clock, where they have one of their own.
    deadline next() const noexcept;

    // Goes on as far as it can with what has become ready (an error or a hangup counts as both) and
    // with what time has passed, on the kernel's monotonic clock or the sockets' own. Descriptors
    // that are not watched are ignored.
    void advance(std::span<const watched> ready) noexcept;

    // Every way to reach the service, or why there is none: once, when is_done(). Errors: as
    // getaddrinfo(), except timeout; EAGAIN (would_block) before it is done. Python:
    // socket.getaddrinfo(), without the waiting
    result<std::vector<address_info>> take() noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace priz
