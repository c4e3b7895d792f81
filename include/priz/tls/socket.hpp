// priz/tls/socket.hpp: the blocking socket, encrypted.
//
//     tls::socket s(priz::create_connection({"example.org", 443}), context, "example.org");
//     s.sendall("GET / HTTP/1.0\r\n\r\n");
//     while (auto data = s.recv(4096); !data.empty()) …
//
// The verbs are priz::socket's, with its three kinds of timeout: each verb has one deadline, the
// handshake too. As in Python a socket has no timeout by itself, and then the handshake has none
// either: a peer that says nothing holds the constructor until it is gone. It moves and does not
// copy; one thread at a time uses it (reading and writing share their state). Each verb has a
// `try_` twin that throws nothing.
//
// An end of the connection without the peer's close_notify is an error, tls::errc::truncated.
//
// Elsewhere: the runtime's streams (stream.hpp). Python: ssl.SSLSocket
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"
#include "priz/tls/connection_info.hpp"
#include "priz/tls/context.hpp"

namespace priz::tls {

namespace detail {
class socket_state;
}

class PRIZ_API socket {
public:
    // A client over a connected socket, or (without a name) a server over an accepted one, whose
    // handshake is made here. Errors: as do_handshake(); value_error for a context of the other
    // side, and for a server_name that is empty, unless the context does not check it. Python:
    // SSLContext.wrap_socket()
    socket(priz::socket connected, const context& with, std::string_view server_name);
    socket(priz::socket accepted, const context& with);
    static result<socket> try_client(priz::socket connected, const context& with,
                                     std::string_view server_name) noexcept;
    static result<socket> try_server(priz::socket accepted, const context& with) noexcept;

    // Without the handshake: do_handshake() makes it. Python: do_handshake_on_connect=False
    static result<socket> try_wrap_client(priz::socket connected, const context& with,
                                          std::string_view server_name) noexcept;
    static result<socket> try_wrap_server(priz::socket accepted, const context& with) noexcept;

    socket(socket&&) noexcept;
    socket& operator=(socket&&) noexcept;
    // Tells the peer that no more is sent, and closes. What a send has left goes first, within the
    // socket's timeout and within 30 s.
    ~socket();

    // Errors: those of priz/tls/error.hpp; timeout; blocking_io_error with a timeout of 0: call it
    // again when the socket is ready. Python: SSLSocket.do_handshake()
    void do_handshake();
    result<void> try_do_handshake() noexcept;

    // At most `size` bytes, at least one; empty at the end of the stream. Errors: timeout,
    // connection_reset, blocking_io_error, truncated, bad_record. Python: SSLSocket.recv()
    bytes recv(std::size_t size);
    result<bytes> try_recv(std::size_t size) noexcept;
    std::size_t recv_into(bytes_span target);
    result<std::size_t> try_recv_into(bytes_span target) noexcept;

    // Encrypts and sends some of it, at most a record (16 KiB); returns how much. Where the time
    // is over within a record, the rest of it goes with the next verb. Errors: timeout,
    // broken_pipe, connection_reset, blocking_io_error. Python: SSLSocket.send()
    std::size_t send(bytes_view source);
    result<std::size_t> try_send(bytes_view source) noexcept;

    // All of it, within one timeout. After an error failure::transferred() bytes belong to records
    // that were begun. Errors: as send(). Python: SSLSocket.sendall()
    void sendall(bytes_view source);
    result<void> try_sendall(bytes_view source) noexcept;

    // How many bytes recv() can give without asking the connection. Python: SSLSocket.pending()
    std::size_t pending() const noexcept;

    // Tells the peer that no more is sent (close_notify); it can still send. Errors: as send().
    void shutdown_write();
    result<void> try_shutdown_write() noexcept;

    // Ends TLS on both sides and gives the socket back, on which the protocol goes on unencrypted.
    // Errors: timeout, truncated; protocol_error when the peer sends data instead. The socket is
    // then still here. Python: SSLSocket.unwrap()
    priz::socket unwrap();
    result<priz::socket> try_unwrap() noexcept;

    // Closes as the destructor does. A second close does nothing.
    void close() noexcept;

    // As those of priz::socket.
    void settimeout(std::optional<duration> timeout) { below().settimeout(timeout); }
    result<void> try_settimeout(std::optional<duration> timeout) noexcept {
        return below().try_settimeout(timeout);
    }
    std::optional<duration> gettimeout() const noexcept { return below().gettimeout(); }
    int fileno() const noexcept { return below().fileno(); }
    address getsockname() const { return below().getsockname(); }
    result<address> try_getsockname() const noexcept { return below().try_getsockname(); }
    address getpeername() const { return below().getpeername(); }
    result<address> try_getpeername() const noexcept { return below().try_getpeername(); }

    // What was agreed upon; empty fields before the handshake is done. The four below are parts of
    // it, under Python's names.
    connection_info info() const;
    std::string version() const { return info().version; }
    std::string cipher() const { return info().cipher; }
    std::string selected_alpn_protocol() const { return info().alpn; }
    std::optional<certificate_info> getpeercert() const { return info().peer; }

private:
    explicit socket(std::unique_ptr<detail::socket_state> state) noexcept;

    const priz::socket& below() const noexcept;
    priz::socket& below() noexcept;

    std::unique_ptr<detail::socket_state> state_;
};

}  // namespace priz::tls
