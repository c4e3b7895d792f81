// socket_access.hpp: how the files that implement sockets share what only they may touch: the state
// behind a priz::socket, the loop that every verb runs through, and the making of its failures.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <expected>
#include <system_error>
#include <utility>

#include "priz/blocking_hook.hpp"
#include "priz/deadline.hpp"
#include "priz/error.hpp"
#include "priz/socket_object.hpp"

namespace priz::detail {

inline std::error_code system_code(int cause) noexcept { return {cause, std::system_category()}; }

// A failure with what the socket knows: transport, addresses, advice. `remote` is the address of
// the call where it had one. What a program meets in its normal course (would block) stays bare,
// and costs nothing.
failure make_failure(const socket& s, std::error_code cause, const char* operation,
                     const address* remote = nullptr) noexcept;

// The same for a call about the socket's own address, which is then `local`.
failure make_bind_failure(const socket& s, std::error_code cause, const address& local) noexcept;

class patience;

// A size that no call of the kernel can return: a negative number made unsigned. Python refuses it
// with ValueError.
inline bool is_negative(std::size_t size) noexcept { return static_cast<std::ptrdiff_t>(size) < 0; }

inline failure negative_size(const char* operation) noexcept {
    return failure(errc::value_error, operation).with_hint("negative buffersize");
}

struct socket_access {
    // Read once for each system call: another thread may close the socket meanwhile, and the next
    // call has to see that.
    static int fd(const socket& s) noexcept { return __atomic_load_n(&s.fd_, __ATOMIC_RELAXED); }
    static void set_fd(socket& s, int fd) noexcept {
        __atomic_store_n(&s.fd_, fd, __ATOMIC_RELAXED);
    }
    static std::int64_t& timeout_ns(socket& s) noexcept { return s.timeout_ns_; }
    static std::int64_t timeout_ns(const socket& s) noexcept { return s.timeout_ns_; }
    static blocking_hook* hook(const socket& s) noexcept { return s.hook_; }
    static shared_fd*& shared(socket& s) noexcept { return s.shared_; }

    // A socket object around a descriptor of known kind; the descriptor is in the mode that
    // `timeout_ns` asks for.
    static socket wrap(int fd, int family, int type, int proto, std::int64_t timeout_ns) noexcept {
        socket s(closed);
        s.fd_ = fd;
        s.family_ = family;
        s.type_ = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        s.proto_ = proto;
        s.timeout_ns_ = timeout_ns;
        return s;
    }

    // The peer of an Internet socket, kept for messages: after a reset the kernel no longer tells
    // it.
    static void remember_peer(socket& s, const address& peer) noexcept;
    static address remembered_peer(const socket& s) noexcept;

    // Runs `call(fd)`, a system call, until it succeeds or the socket's mode says it has failed.
    // `first_error` is the errno of a first call already made, 0 where none was.
    template <class Call>
    static result<std::size_t> retry(const socket& s, const char* operation, short events,
                                     Call&& call, int first_error = 0,
                                     const address* remote = nullptr) noexcept;

    // The same by a deadline that counts already.
    template <class Call>
    static result<std::size_t> retry(const socket& s, const char* operation, short events,
                                     Call&& call, patience& patient, int first_error = 0,
                                     const address* remote = nullptr) noexcept;
};

// What a verb does when its system call did not succeed: wait, go on after a signal, or give up.
// Holds the verb's one deadline, which several system calls may share.
class patience {
public:
    explicit patience(const socket& s) noexcept
        : hook_(socket_access::hook(s)), timeout_ns_(socket_access::timeout_ns(s)) {}

    // For what is not about a socket: the hook alone, without a timeout.
    explicit patience(blocking_hook* hook) noexcept : hook_(hook), timeout_ns_(-1) {}

    // The deadline counts from here on rather than from the first wait: for verbs that make many
    // calls.
    void start() noexcept {
        if (timeout_ns_ > 0) until_ = deadline::after(duration::from_nanoseconds(timeout_ns_));
        started_ = true;
    }

    // After a call on `fd` failed with `cause`: an empty code says call again.
    std::error_code after(int cause, int fd, short events) noexcept {
        if (cause == EINTR) return interrupted();
        if (cause == EAGAIN && timeout_ns_ > 0) return wait(fd, events);
        return system_code(cause);
    }

    // Waits until `fd` has one of `events`, within the deadline.
    std::error_code wait(int fd, short events) noexcept;

    // Between the parts of a longer transfer: whether its deadline has passed, although no part had
    // to wait.
    std::error_code late() noexcept {
        if (timeout_ns_ > 0 && until().has_passed()) return errc::timed_out;
        return {};
    }

    // The same after a signal handler had its turn: a part that was interrupted does not say so.
    std::error_code between_parts() noexcept {
        if (const std::error_code stop = interrupted()) return stop;
        return late();
    }

    // Lets the hook run signal handlers; what it says.
    std::error_code interrupted() noexcept {
        return hook_ != nullptr ? hook_->interrupted() : std::error_code();
    }

    // One system call, with the hook around it; its result and, in `cause`, its errno.
    template <class Call>
    auto run(Call&& call, int& cause) noexcept {
        if (hook_ != nullptr) hook_->before_call();
        const auto outcome = call();
        cause = outcome < 0 ? errno : 0;
        if (hook_ != nullptr) hook_->after_call();
        return outcome;
    }

    bool never_waits() const noexcept { return timeout_ns_ == 0; }
    deadline until() noexcept {
        if (!started_) start();
        return until_;
    }

private:
    blocking_hook* hook_;
    std::int64_t timeout_ns_;
    deadline until_;
    bool started_ = false;
};

template <class Call>
result<std::size_t> socket_access::retry(const socket& s, const char* operation, short events,
                                         Call&& call, int first_error,
                                         const address* remote) noexcept {
    patience patient(s);
    return retry(s, operation, events, std::forward<Call>(call), patient, first_error, remote);
}

template <class Call>
result<std::size_t> socket_access::retry(const socket& s, const char* operation, short events,
                                         Call&& call, patience& patient, int first_error,
                                         const address* remote) noexcept {
    int cause = first_error;
    for (;;) {
        const int fd = socket_access::fd(s);
        if (cause == 0) {
            const auto outcome = patient.run([&] { return call(fd); }, cause);
            if (outcome >= 0) return static_cast<std::size_t>(outcome);
        }
        if (const std::error_code verdict = patient.after(cause, fd, events))
            return std::unexpected(make_failure(s, verdict, operation, remote));
        cause = 0;
    }
}

// A result<size_t> whose number says nothing.
inline result<void> without_value(result<std::size_t>&& r) noexcept {
    if (!r) return std::unexpected(std::move(r).error());
    return {};
}

}  // namespace priz::detail
