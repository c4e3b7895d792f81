// priz/tls/engine.hpp: TLS from memory to memory.
//
// For those who move the bytes themselves: another event loop, a protocol that carries TLS inside
// its own messages, a test. The engine makes no system call and never waits.
//
//     tls::engine e = tls::engine::client(context, "example.org");
//     while (!e.do_handshake()) {
//         transport.send(e.take());
//         e.feed(transport.recv());
//     }
//
// After each verb take() gives what has to go to the peer; a verb that lacks bytes of the peer says
// so, and is called again when feed() has brought some. One thread at a time. Elsewhere: streams
// (stream.hpp), sockets (socket.hpp). Python: ssl.SSLObject with two ssl.MemoryBIO
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/tls/connection_info.hpp"
#include "priz/tls/context.hpp"

namespace priz::tls {

namespace detail {
class engine_state;
}

class PRIZ_API engine {
public:
    // Either side of a connection. Errors: value_error for a context of the other side, and for a
    // server_name that is empty, unless the context does not check it. Python:
    // SSLContext.wrap_bio()
    static engine client(const context& with, std::string_view server_name);
    static engine server(const context& with);
    static result<engine> try_client(const context& with, std::string_view server_name) noexcept;
    static result<engine> try_server(const context& with) noexcept;

    engine(engine&&) noexcept;
    engine& operator=(engine&&) noexcept;
    ~engine();

    // Bytes that came from the peer; and that no more will come. Errors: ENOMEM. Python:
    // MemoryBIO.write(), MemoryBIO.write_eof()
    void feed(bytes_view encrypted);
    result<void> try_feed(bytes_view encrypted) noexcept;
    void feed_eof() noexcept;

    // What is to be sent to the peer, which is then no longer here. Python: MemoryBIO.read()
    bytes take() noexcept;
    bool has_output() const noexcept;

    // True when the connection is set up; false when it needs more bytes. Errors: those of
    // priz/tls/error.hpp; take() may then give an alert, which tells the peer. Python:
    // SSLObject.do_handshake()
    bool do_handshake();
    result<bool> try_do_handshake() noexcept;

    // Some bytes of the stream, as many as there are and fit; 0 at its end; none when it needs more
    // bytes. Errors: truncated when feed_eof() came before the peer's close_notify; bad_record and
    // the like. Python: SSLObject.read()
    std::optional<std::size_t> read(bytes_span target);
    result<std::optional<std::size_t>> try_read(bytes_span target) noexcept;

    // Encrypts all of it. Errors: broken_pipe after unwrap(). Python: SSLObject.write()
    void write(bytes_view source);
    result<void> try_write(bytes_view source) noexcept;

    // Tells the peer that no more is sent; true when the peer has told so too, false when that has
    // still to come. Bytes that were fed behind it are in rest(). Errors: protocol_error when data
    // comes instead. Python: SSLObject.unwrap()
    bool unwrap();
    result<bool> try_unwrap() noexcept;

    // What was fed and does not belong to the TLS connection, when that has ended.
    bytes rest() noexcept;

    // Empty fields before the handshake is done.
    connection_info info() const;

private:
    explicit engine(std::unique_ptr<detail::engine_state> state) noexcept;

    std::unique_ptr<detail::engine_state> state_;
};

}  // namespace priz::tls
