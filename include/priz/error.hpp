// priz/error.hpp: the one error of priz, as a value and as an exception.
//
// Every verb has two forms. `s.connect(a)` throws a priz::error; `s.try_connect(a)` never throws
// and returns a priz::result, whose error is a priz::failure. Both carry the same: the operation,
// the local and the remote address, the cause, and where there is one a hint on what to do:
//
//     connect tcp [::1]:40122 -> [::1]:80: connection refused
//
// The exception classes are Python's, under the names of the field: catch priz::timeout or
// priz::connection_refused, or all of them as priz::error, which is a std::system_error. code()
// compares equal to std::errc values. A failure that only says "would block" costs no allocation.
// Values; a failure may be copied to another thread. Python: socket.error, socket.timeout,
// socket.gaierror, socket.herror and OSError's subclasses.
#pragma once

#include <cstddef>
#include <exception>
#include <expected>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "priz/export.hpp"

namespace priz {

class address;
struct attempt;

// Causes that are priz's own; the kernel's are in std::system_category(), the resolver's in
// gai_category() and herror_category().
enum class errc {
    timed_out = 1,   // the socket's timeout or a deadline passed; equal to std::errc::timed_out
    end_of_stream,   // the peer ended the stream before all the bytes asked for had come
    value_error,     // an argument that can never be right; equal to std::errc::invalid_argument
    overflow_error,  // a number outside its range; equal to std::errc::result_out_of_range
    type_error,      // an address of another family than the socket's, and the like
    path_too_long,   // a Unix socket path longer than the kernel takes (107 bytes);
                     // std::errc::filename_too_long
    stopped,         // an interrupting signal ended the call because the blocking_hook said so
    key_error,       // registered already, or not registered: poll_object and the selectors
    cancelled,       // a cancel scope ended the wait; equal to std::errc::operation_canceled
};

PRIZ_API const std::error_category& category() noexcept;
PRIZ_API const std::error_category& gai_category() noexcept;     // values EAI_…
PRIZ_API const std::error_category& herror_category() noexcept;  // values HOST_NOT_FOUND, …

PRIZ_API std::error_code make_error_code(errc cause) noexcept;

// A failure: what the try_ verbs return in place of their value.
class PRIZ_API failure {
public:
    // `operation` is a string with static lifetime, the verb's name.
    failure(std::error_code cause, const char* operation) noexcept
        : cause_(cause), operation_(operation) {}
    failure(const failure& other) noexcept;
    failure(failure&& other) noexcept
        : cause_(other.cause_),
          operation_(other.operation_),
          context_(std::exchange(other.context_, nullptr)) {}
    failure& operator=(failure other) noexcept {
        std::swap(cause_, other.cause_);
        std::swap(operation_, other.operation_);
        std::swap(context_, other.context_);
        return *this;
    }
    ~failure() {
        if (context_ != nullptr) release();
    }

    std::error_code code() const noexcept { return cause_; }
    const char* operation() const noexcept { return operation_; }

    // The addresses, null where there is none or it is not known.
    const address* local() const noexcept;
    const address* remote() const noexcept;

    // What to do about it; empty where priz has no advice.
    const std::string& hint() const noexcept;

    // How many bytes were sent or received before the operation failed: sendall, sendfile,
    // recv_exactly.
    std::size_t transferred() const noexcept;

    // Every address that was tried, in order: create_connection and create_server.
    std::span<const attempt> attempts() const noexcept;

    // The whole sentence, as the exception's what().
    std::string message() const;

    // The call would have had to wait: the socket is non-blocking. Python: BlockingIOError.
    bool would_block() const noexcept;

    // Throws the exception class that fits the cause.
    [[noreturn]] void raise() const;

    // The same failure by another cause.
    failure with_cause(std::error_code cause) const noexcept {
        failure other = *this;
        other.cause_ = cause;
        return other;
    }

    // The same failure as that of another operation, which was made of this one.
    failure with_operation(const char* operation) const noexcept {
        failure other = *this;
        other.operation_ = operation;
        return other;
    }

    // How the library adds what it knows. Never throws: where memory has run out, what did not fit
    // is missing.
    struct context;
    failure& with(const address* local, const address* remote) noexcept;
    failure& with_transport(const char* name) noexcept;  // "tcp", "udp", "unix", …; static lifetime
    failure& with_subject(std::string text) noexcept;    // in place of addresses: a name, an option
    failure& with_subject(const char* text) noexcept;
    failure& with_hint(std::string text) noexcept;
    failure& with_hint(const char* text) noexcept;
    failure& with_transferred(std::size_t count) noexcept;
    failure& with_attempts(std::span<const attempt> all) noexcept;

private:
    context* own_context() noexcept;
    void release() noexcept;

    std::error_code cause_;
    const char* operation_;
    context* context_ = nullptr;
};

template <class T>
using result = std::expected<T, failure>;

// The exception. what() is the whole sentence.
class PRIZ_API error : public std::system_error {
public:
    explicit error(const failure& why);
    const char* what() const noexcept override { return text_.what(); }

    const failure& why() const noexcept { return why_; }
    const char* operation() const noexcept { return why_.operation(); }
    const address* local() const noexcept { return why_.local(); }
    const address* remote() const noexcept { return why_.remote(); }
    const std::string& hint() const noexcept { return why_.hint(); }
    std::span<const attempt> attempts() const noexcept { return why_.attempts(); }

private:
    failure why_;
    std::runtime_error text_;
};

// Python's classes. Each is thrown for the causes beside it.
class PRIZ_API timeout : public error {
    using error::error;
};  // timed_out, ETIMEDOUT: TimeoutError
class PRIZ_API gaierror : public error {
    using error::error;
};  // getaddrinfo and getnameinfo
class PRIZ_API herror : public error {
    using error::error;
};  // gethostby…
class PRIZ_API blocking_io_error : public error {
    using error::error;
};  // EAGAIN, EALREADY, EINPROGRESS
class PRIZ_API interrupted : public error {
    using error::error;
};  // EINTR, stopped: InterruptedError
class PRIZ_API permission_denied : public error {
    using error::error;
};  // EACCES, EPERM: PermissionError
class PRIZ_API file_not_found : public error {
    using error::error;
};  // ENOENT: FileNotFoundError
class PRIZ_API file_exists : public error {
    using error::error;
};  // EEXIST: FileExistsError
class PRIZ_API connection_error : public error {
    using error::error;
};  // the four below
class PRIZ_API broken_pipe : public connection_error {
    using connection_error::connection_error;
};  // EPIPE, ESHUTDOWN
class PRIZ_API connection_aborted : public connection_error {
    using connection_error::connection_error;
};
class PRIZ_API connection_refused : public connection_error {
    using connection_error::connection_error;
};
class PRIZ_API connection_reset : public connection_error {
    using connection_error::connection_error;
};

// What a verb throws that its cancel scope ended (priz/io/cancel_scope.hpp). Deliberately no
// priz::error: whoever catches errors in order to go on must not go on with a work that is to end.
// Python: asyncio.CancelledError
class PRIZ_API cancelled : public std::exception {
public:
    explicit cancelled(const failure& why) : why_(why), text_(why.message()) {}
    const char* what() const noexcept override { return text_.what(); }
    const failure& why() const noexcept { return why_; }

private:
    failure why_;
    std::runtime_error text_;
};

// priz's own classes.
class PRIZ_API address_in_use : public error {
    using error::error;
};  // EADDRINUSE
class PRIZ_API unsupported : public error {
    using error::error;
};  // the kernel lacks the family, type or protocol
class PRIZ_API end_of_stream : public error {
    using error::error;
};  // Python: EOFError
class PRIZ_API value_error : public error {
    using error::error;
};  // Python: ValueError
class PRIZ_API overflow_error : public value_error {
    using value_error::value_error;
};  // Python: OverflowError
class PRIZ_API type_error : public value_error {
    using value_error::value_error;
};  // Python: TypeError
class PRIZ_API key_error : public error {
    using error::error;
};  // Python: KeyError

// The value of `r`, or its failure thrown: what makes a throwing verb of a try_ verb.
template <class T>
T value_or_throw(result<T>&& r) {
    if (!r) [[unlikely]]
        r.error().raise();
    if constexpr (!std::is_void_v<T>) return *std::move(r);
}

}  // namespace priz

template <>
struct std::is_error_code_enum<priz::errc> : std::true_type {};
