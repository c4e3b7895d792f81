// priz/socket_object.hpp: the socket.
//
// One class for every family and type, with Python's verbs under Python's names. Each verb throws a
// priz::error, or, as its `try_` twin, returns a priz::result and never throws. A socket closes
// itself; it moves and does not copy. Say priz::socket: under `using namespace priz` the bare name
// would be ambiguous with the system's function.
//
// Timeouts are Python's three modes. settimeout(std::nullopt), the default: verbs wait as long as
// it takes. settimeout(0): verbs never wait; what would have to fails with blocking_io_error.
// settimeout(t): each verb ends within t, with priz::timeout if need be; t covers the whole of a
// sendall() or sendfile(), and keeps counting through signals.
//
// One thread at a time may receive and another send on the same socket; everything else takes one
// thread at a time. A close() in one thread does not wake a verb that waits in another: shutdown()
// does.
//
// Elsewhere: connecting by name and serving (connect.hpp, serve.hpp), typed options (options.hpp),
// messages with ancillary data (message.hpp), the file view (file.hpp), waiting for many sockets
// (select.hpp, selectors.hpp). Python: socket.socket
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/address.hpp"
#include "priz/address_like.hpp"
#include "priz/bytes.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/unique_fd.hpp"

namespace priz {

class blocking_hook;
class file;
class message;
class outgoing_control;
struct accepted;
struct datagram;
struct datagram_size;
struct message_size;

namespace detail {
struct shared_fd;
struct socket_access;

// recv(2) and send(2) (without SIGPIPE), once; negative on error. They let the verbs below be
// compiled into the caller.
PRIZ_API std::ptrdiff_t recv_now(int fd, void* target, std::size_t size, int flags) noexcept;
PRIZ_API std::ptrdiff_t send_now(int fd, const void* source, std::size_t size, int flags) noexcept;
}  // namespace detail

struct closed_t {};
inline constexpr closed_t closed{};

class PRIZ_API socket {
public:
    // A new socket; without arguments a TCP socket over IPv4, as in Python. The descriptor is
    // close-on-exec. SOCK_NONBLOCK in `type` gives a timeout of zero. Errors: unsupported when the
    // kernel lacks the family, type or protocol; permission_denied for raw sockets.
    explicit socket(int family = AF_INET, int type = SOCK_STREAM, int proto = 0);
    static result<socket> try_make(int family = AF_INET, int type = SOCK_STREAM,
                                   int proto = 0) noexcept;

    // A socket that holds no descriptor, as after close().
    explicit socket(closed_t) noexcept;

    // Takes over a descriptor; family, type and protocol are asked of the kernel where they are -1.
    // On failure the descriptor stays the caller's. Errors: value_error (negative), EBADF,
    // ENOTSOCK. Python: socket(fileno=fd)
    static socket adopt(int fd, int family = -1, int type = -1, int proto = -1);
    static result<socket> try_adopt(int fd, int family = -1, int type = -1,
                                    int proto = -1) noexcept;

    socket(socket&& other) noexcept;
    socket& operator=(socket&& other) noexcept;
    ~socket();

    // The descriptor, -1 after close() or detach(). int conversion is deliberately absent.
    // Read atomically: another thread may be told by -1 that the socket was closed meanwhile.
    int fileno() const noexcept { return __atomic_load_n(&fd_, __ATOMIC_RELAXED); }
    int family() const noexcept { return family_; }
    int type() const noexcept { return type_; }  // without SOCK_NONBLOCK and SOCK_CLOEXEC
    int proto() const noexcept { return proto_; }

    // Closes; a second close does nothing. While files made by makefile() are open, the descriptor
    // stays open until the last of them closes. Errors: EBADF; ECONNRESET is not reported. The
    // socket is closed even on error.
    void close();
    result<void> try_close() noexcept;

    // Gives the descriptor to the caller and forgets it; -1 when there was none.
    int detach() noexcept;

    // Another socket on the same connection, with its own descriptor (not inheritable) and the same
    // timeout.
    socket dup() const;
    result<socket> try_dup() const noexcept;

    bool get_inheritable() const;
    result<bool> try_get_inheritable() const noexcept;
    void set_inheritable(bool inheritable);
    result<void> try_set_inheritable(bool inheritable) noexcept;

    // Errors: value_error for a negative timeout or not-a-number; the timeout then stays what it
    // was.
    void settimeout(std::optional<duration> timeout);
    result<void> try_settimeout(std::optional<duration> timeout) noexcept;
    std::optional<duration> gettimeout() const noexcept;

    // setblocking(true) is settimeout(std::nullopt), setblocking(false) is settimeout(0).
    void setblocking(bool blocking);
    result<void> try_setblocking(bool blocking) noexcept;
    bool getblocking() const noexcept { return timeout_ns_ != 0; }

    // What is done around calls that may block; null for nothing. See blocking_hook.hpp.
    void set_blocking_hook(blocking_hook* hook) noexcept;
    blocking_hook* get_blocking_hook() const noexcept { return hook_; }

    // Each takes an address, or a host and a port as two arguments or as one pair, or one text: a
    // Unix path for an AF_UNIX socket (a leading NUL means the abstract namespace), `host:port` for
    // others. Names are resolved for the socket's family within its timeout.

    // Errors: address_in_use; permission_denied below port 1024; overflow_error for a port outside
    // 0 to 65535; path_too_long; gaierror. bind(2).
    void bind(const address_like& local);
    void bind(const host& name, const service& port) { bind(address_like(name, port)); }
    result<void> try_bind(const address_like& local) noexcept;
    result<void> try_bind(const host& name, const service& port) noexcept {
        return try_bind(address_like(name, port));
    }

    // Connects; for a datagram socket, sets where send() goes. With a timeout the wait, the look-up
    // of a name included, ends with it. A signal does not restart the connection: it goes on and
    // its end is awaited. A Unix server whose backlog is full cannot be waited for with a timeout:
    // blocking_io_error, as in Python. Errors: connection_refused, timeout, gaierror, type_error
    // for an address of another family, and connect(2)'s.
    void connect(const address_like& remote);
    void connect(const host& name, const service& port) { connect(address_like(name, port)); }
    result<void> try_connect(const address_like& remote) noexcept;
    result<void> try_connect(const host& name, const service& port) noexcept {
        return try_connect(address_like(name, port));
    }

    // As connect(), but what connect(2) says is returned as an errno value (0 on success,
    // EINPROGRESS, EAGAIN for a timeout); wrong addresses and names that are not found still throw.
    int connect_ex(const address_like& remote);
    int connect_ex(const host& name, const service& port) {
        return connect_ex(address_like(name, port));
    }
    result<int> try_connect_ex(const address_like& remote) noexcept;
    result<int> try_connect_ex(const host& name, const service& port) noexcept {
        return try_connect_ex(address_like(name, port));
    }

    // Errors: EBADF, ENOTCONN (getpeername).
    address getsockname() const;
    result<address> try_getsockname() const noexcept;
    address getpeername() const;
    result<address> try_getpeername() const noexcept;

    // Lets clients connect. `backlog` is how many may wait for accept(), not how many may be
    // connected; a negative one means 0; the default is the smaller of 128 and SOMAXCONN.
    // listen(2).
    void listen(int backlog = 128);
    result<void> try_listen(int backlog = 128) noexcept;

    // The next connection and the peer's address. The new socket is not inheritable and has the
    // default timeout, nothing of the listener's. Errors: timeout, blocking_io_error, EMFILE (hint:
    // what to raise), ECONNABORTED. accept(2).
    accepted accept();
    result<accepted> try_accept() noexcept;

    // At most `size` bytes, at least one; an empty result is the end of the stream (or an empty
    // datagram). One recv is not one message: a stream has no messages. A size of 0 is empty at
    // once. Errors: timeout, connection_reset, blocking_io_error. recv(2).
    bytes recv(std::size_t size, int flags = 0);
    result<bytes> try_recv(std::size_t size, int flags = 0) noexcept;

    // The same into the caller's memory; returns how many bytes came, 0 at the end of the stream.
    // Never allocates.
    std::size_t recv_into(bytes_span target, int flags = 0) {
        std::ptrdiff_t count = 0;
        if (hook_ == nullptr && !target.empty()) [[likely]] {
            count = detail::recv_now(fileno(), target.data(), target.size(), flags);
            if (count >= 0) [[likely]]
                return static_cast<std::size_t>(count);
        }
        return recv_into_slowly(target, flags, count);
    }
    result<std::size_t> try_recv_into(bytes_span target, int flags = 0) noexcept;

    // Exactly that many bytes, however many receives it takes, within one timeout.
    // Errors: end_of_stream when the peer ends first; failure::transferred() says how many had
    // come.
    bytes recv_exactly(std::size_t size);
    result<bytes> try_recv_exactly(std::size_t size) noexcept;
    void recv_exactly_into(bytes_span target);
    result<void> try_recv_exactly_into(bytes_span target) noexcept;

    // Data and the sender's address (empty for a connected stream). A datagram longer than `size`
    // is cut. recvfrom(2).
    datagram recvfrom(std::size_t size, int flags = 0);
    result<datagram> try_recvfrom(std::size_t size, int flags = 0) noexcept;
    datagram_size recvfrom_into(bytes_span target, int flags = 0);
    result<datagram_size> try_recvfrom_into(bytes_span target, int flags = 0) noexcept;

    // With ancillary data (message.hpp). `ancillary_size` is room for it in bytes: cmsg_space() of
    // what is awaited.
    message recvmsg(std::size_t size, std::size_t ancillary_size = 0, int flags = 0);
    result<message> try_recvmsg(std::size_t size, std::size_t ancillary_size = 0,
                                int flags = 0) noexcept;
    message_size recvmsg_into(std::span<const bytes_span> targets, std::size_t ancillary_size = 0,
                              int flags = 0);
    result<message_size> try_recvmsg_into(std::span<const bytes_span> targets,
                                          std::size_t ancillary_size = 0, int flags = 0) noexcept;

    // Sends what the kernel takes now and returns how much that was; the rest is the caller's to
    // send again. Most programs want sendall(). A peer that is gone is broken_pipe, never SIGPIPE.
    // send(2).
    std::size_t send(bytes_view source, int flags = 0) {
        std::ptrdiff_t count = 0;
        if (hook_ == nullptr) [[likely]] {
            count = detail::send_now(fileno(), source.data(), source.size(), flags);
            if (count >= 0) [[likely]]
                return static_cast<std::size_t>(count);
        }
        return send_slowly(source, flags, count);
    }
    result<std::size_t> try_send(bytes_view source, int flags = 0) noexcept;

    // Sends all of `source` within one timeout for the whole. After an error failure::transferred()
    // bytes have been sent. Errors: timeout, broken_pipe, connection_reset, blocking_io_error.
    void sendall(bytes_view source, int flags = 0);
    result<void> try_sendall(bytes_view source, int flags = 0) noexcept;

    // One datagram to `remote`. sendto(2).
    std::size_t sendto(bytes_view source, const address_like& remote, int flags = 0);
    result<std::size_t> try_sendto(bytes_view source, const address_like& remote,
                                   int flags = 0) noexcept;

    // Several pieces of memory as one message, with ancillary data (message.hpp) and a destination
    // where given.
    std::size_t sendmsg(std::span<const bytes_view> sources);
    std::size_t sendmsg(std::span<const bytes_view> sources, const outgoing_control& control,
                        int flags = 0, const address& remote = {});
    result<std::size_t> try_sendmsg(std::span<const bytes_view> sources) noexcept;
    result<std::size_t> try_sendmsg(std::span<const bytes_view> sources,
                                    const outgoing_control& control, int flags = 0,
                                    const address& remote = {}) noexcept;

    // Sends a file from `offset` on, `count` bytes or to its end, by the kernel's sendfile(2) where
    // the file allows it and by reading and sending where not; returns how many bytes went out and
    // leaves the file positioned behind the last of them, if there was one. One timeout covers the
    // whole. Errors:
    // value_error for a count of 0, a datagram socket, or a non-blocking socket; see sendall().
    std::size_t sendfile(int file, std::size_t offset = 0,
                         std::optional<std::size_t> count = std::nullopt);
    result<std::size_t> try_sendfile(int file, std::size_t offset = 0,
                                     std::optional<std::size_t> count = std::nullopt) noexcept;

    // Ends one or both directions: SHUT_RD, SHUT_WR, SHUT_RDWR. After SHUT_WR the peer sees the end
    // of the stream and can still answer. shutdown(2).
    void shutdown(int how);
    result<void> try_shutdown(int how) noexcept;

    // By level and name as in Python; options.hpp has them typed. The form with a length sets a
    // null value.
    int getsockopt(int level, int option) const;
    bytes getsockopt(int level, int option, std::size_t size) const;  // size 1 to 1024
    result<int> try_getsockopt(int level, int option) const noexcept;
    result<bytes> try_getsockopt(int level, int option, std::size_t size) const noexcept;
    void setsockopt(int level, int option, int value);
    void setsockopt(int level, int option, bytes_view value);
    void setsockopt(int level, int option, std::nullptr_t, std::size_t size);
    result<void> try_setsockopt(int level, int option, int value) noexcept;
    result<void> try_setsockopt(int level, int option, bytes_view value) noexcept;
    result<void> try_setsockopt(int level, int option, std::nullptr_t, std::size_t size) noexcept;

    // A buffered file on this socket (file.hpp). `mode` is "r", "w" or "rw", with or without "b".
    // `buffering` is the buffer's size in bytes: 0 for none, none or a negative number for 8192.
    // The connection stays open until the socket and every file are closed. Errors: value_error for
    // another mode.
    file makefile(std::string_view mode = "r", std::optional<std::size_t> buffering = std::nullopt);
    result<file> try_makefile(std::string_view mode = "r",
                              std::optional<std::size_t> buffering = std::nullopt) noexcept;

    // `<priz.socket fd=3, family=AF_INET, type=SOCK_STREAM, proto=0, laddr=…, raddr=…>`; "[closed]
    // " when closed.
    std::string repr() const;

private:
    friend struct detail::socket_access;

    void take(socket& other) noexcept;
    int detach_for_close() noexcept;

    // `outcome` is what the first call gave, errno still in place; 0 where none was made yet.
    std::size_t recv_into_slowly(bytes_span target, int flags, std::ptrdiff_t outcome);
    std::size_t send_slowly(bytes_view source, int flags, std::ptrdiff_t outcome);

    // The first six members have a fixed order and size, so that a language binding can lay a
    // socket where its runtime reads descriptor and timeout directly (CPython's _ssl does): offsets
    // 0, 4, 8, 12, 16, 24.
    int fd_;
    int family_;
    int type_;
    int proto_;
    blocking_hook* hook_ = nullptr;
    std::int64_t timeout_ns_;  // negative: none

    detail::shared_fd* shared_ = nullptr;  // set while files share the descriptor
    unsigned char peer_[28] =
        {};  // a sockaddr_in or sockaddr_in6 for messages; family 0 when not known
};

// A connection and where it came from: `auto [connection, remote] = listener.accept();`
struct accepted {
    socket connection;
    address remote;
};

// Data and where it came from.
struct datagram {
    bytes data;
    address from;
};
struct datagram_size {
    std::size_t size;
    address from;
};

// A connected pair inside this process: stream, datagram or seqpacket. socketpair(2).
PRIZ_API std::pair<socket, socket> socketpair(int family = AF_UNIX, int type = SOCK_STREAM,
                                              int proto = 0);
PRIZ_API result<std::pair<socket, socket>> try_socketpair(int family = AF_UNIX,
                                                          int type = SOCK_STREAM,
                                                          int proto = 0) noexcept;

// A socket on a duplicate of `fd`, which stays the caller's.
PRIZ_API socket fromfd(int fd, int family, int type, int proto = 0);
PRIZ_API result<socket> try_fromfd(int fd, int family, int type, int proto = 0) noexcept;

// Duplicates and closes bare socket descriptors. The duplicate is not inheritable.
PRIZ_API int dup(int fd);
PRIZ_API result<int> try_dup(int fd) noexcept;
PRIZ_API void close(int fd);
PRIZ_API result<void> try_close(int fd) noexcept;

// The timeout of sockets made from now on, in the whole process; none at first. Errors:
// value_error. The one piece of process-wide state in priz, here because Python has it: pass
// timeouts rather than set this.
PRIZ_API std::optional<duration> getdefaulttimeout() noexcept;
PRIZ_API void setdefaulttimeout(std::optional<duration> timeout);
PRIZ_API result<void> try_setdefaulttimeout(std::optional<duration> timeout) noexcept;

}  // namespace priz
