// session.hpp: one TLS connection over anything that carries bytes.
//
// OpenSSL is given a BIO that asks a `wire` directly: nothing is copied on the way in, and on the
// way out only what the wire does not take at once. That rest (`out_`) is the reason why OpenSSL is
// never told that a write has to wait: a record that it has encrypted is sent whatever happens, so
// that a send that is cancelled has either not begun or is done. While there is a rest, nothing
// more is encrypted; it is at most a record, and the few messages that the protocol itself may add.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/tls/connection_info.hpp"
#include "tls/causes.hpp"
#include "tls/context_state.hpp"
#include "tls/openssl.hpp"

namespace priz::tls::detail {

// What is below. Each call gives a count, or a negative errno: -EAGAIN when it would have to wait.
class wire {
public:
    virtual std::ptrdiff_t receive(void* target, std::size_t size) noexcept = 0;
    virtual std::ptrdiff_t send(const void* source, std::size_t size) noexcept = 0;

protected:
    ~wire() = default;
};

struct session_options {
    bool is_server = false;
    std::string server_name = {};  // a client's
    // Whether as much is asked of the wire as it has, or no more than the record's end: bytes
    // behind the end of the connection are then still there.
    bool reads_ahead = false;
};

class session {
public:
    // How much the protocol itself may have to send (alerts that refuse a renegotiation) before
    // nothing more is read of a peer that does not read. Key updates add nothing: OpenSSL answers
    // them with the next write.
    static constexpr std::size_t out_max = std::size_t{64} * 1024;
    // How much of what is not data one read takes before others have their turn.
    static constexpr std::size_t in_max = std::size_t{64} * 1024;
    // How many key updates and refused renegotiations may come in a row without any data.
    static constexpr int messages_max = 32;

    // Errors: value_error for a context of the other side, or a server name that is needed.
    static result<std::unique_ptr<session>> make(std::shared_ptr<context_state> with,
                                                 session_options options, wire& below,
                                                 const char* operation);
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    // Each gives a negative errno: -EAGAIN when it lacks bytes of the peer, when it has taken
    // in_max of them (has_more_to_take()), or when what was to be sent has to go first; -EPROTO
    // when failed() says why; the wire's own.
    int handshake() noexcept;
    std::ptrdiff_t read(void* target, std::size_t size, bool looks_only) noexcept;  // 0: the end
    std::ptrdiff_t write(const void* source, std::size_t size) noexcept;
    // close_notify. Amid a message of the protocol's own it cannot be sent: then it follows the
    // read that takes the rest of that message.
    int end_writing() noexcept;
    // Sends the rest; -EAGAIN while there is some.
    int flush() noexcept;

    bool is_set_up() const noexcept { return is_set_up_; }
    bool has_rest() const noexcept { return sent_ < out_.size(); }
    bool is_backed_up() const noexcept { return out_.size() - sent_ > out_max; }
    bool has_ended_writing() const noexcept { return has_ended_writing_; }
    // Whether the last read stopped although the wire may have more.
    bool has_more_to_take() const noexcept { return in_left_ == 0; }
    // Whether a part of a message of the protocol's own has come, so that nothing can be written.
    bool is_amid_message() const noexcept { return is_set_up_ && SSL_in_init(ssl_.get()) != 0; }
    // The peer has told that it sends no more.
    bool has_peer_ended() const noexcept {
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    // Whether a server's tickets, which come before its first data, may be on their way.
    bool may_get_tickets() const noexcept {
        return is_set_up_ && !has_read_ && !has_failed() && SSL_is_server(ssl_.get()) == 0 &&
               SSL_version(ssl_.get()) >= TLS1_3_VERSION && !has_peer_ended();
    }
    bool has_failed() const noexcept { return static_cast<bool>(failed_.code) || wire_error_ != 0; }
    // Whether bytes of the wire are here that no read has taken yet.
    bool has_pending() const noexcept { return SSL_has_pending(ssl_.get()) == 1; }
    std::size_t pending() const noexcept {
        return static_cast<std::size_t>(SSL_pending(ssl_.get()));
    }

    const cause& failed() const noexcept { return failed_; }
    // A verb's failure for a negative errno of the above.
    failure why(int error, const char* operation) const noexcept;
    // Puts the cause into a failure that was made of EPROTO.
    void explain(failure& why) const noexcept;

    const std::string& server_name() const noexcept { return server_name_; }
    // Of the context's session_cache, from before this connection got its certificate.
    std::uint64_t generation() const noexcept { return generation_; }
    connection_info info() const;

    // That an SSL belongs to.
    static session* of(const SSL* ssl) noexcept {
        return static_cast<session*>(SSL_get_app_data(ssl));
    }

private:
    session(std::shared_ptr<context_state> with, wire& below) noexcept
        : context_(std::move(with)), wire_(below) {}

    result<void> begin(const session_options& options, const char* operation);
    result<void> expect(const std::string& server_name, const char* operation);
    bool has_agreed_protocol() noexcept;
    int outcome_of(int returned) noexcept;
    int fail(cause why) noexcept;

    void say_goodbye() noexcept;

    static void count_message(int is_sent, int version, int what, const void* data,
                              std::size_t size, SSL* ssl, void* self) noexcept;
    static const BIO_METHOD* method() noexcept;
    static int bio_read(BIO* bio, char* target, int size) noexcept;
    static int bio_write(BIO* bio, const char* source, int size) noexcept;
    static long bio_control(BIO* bio, int what, long number, void* pointer) noexcept;
    int take_in(char* target, std::size_t size, BIO* bio) noexcept;
    void give_out(const char* source, std::size_t size) noexcept;

    std::shared_ptr<context_state> context_;
    wire& wire_;
    owned<SSL> ssl_;
    std::string server_name_;
    std::uint64_t generation_ = 0;
    std::string out_;
    std::size_t sent_ = 0;          // of out_
    std::size_t in_left_ = in_max;  // of what the present call may take
    int messages_ = 0;              // since the last data
    cause failed_;
    int wire_error_ = 0;
    bool has_wire_ended_ = false;
    bool is_set_up_ = false;
    bool has_read_ = false;
    bool holds_ = false;  // what is to be sent is collected
    bool has_ended_writing_ = false;
    bool owes_goodbye_ = false;
};

}  // namespace priz::tls::detail
