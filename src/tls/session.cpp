#include "tls/session.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>
#include <utility>

namespace priz::tls::detail {

result<std::unique_ptr<session>> session::make(std::shared_ptr<context_state> with,
                                               session_options options, wire& below,
                                               const char* operation) {
    if (with->is_server != options.is_server)
        return wrong(operation, options.is_server
                                    ? "the context is a client's: see context::server()"
                                    : "the context is a server's: see context::client()");
    std::unique_ptr<session> made(new session(std::move(with), below));
    if (const auto begun = made->begin(options, operation); !begun)
        return std::unexpected(begun.error());
    return made;
}

result<void> session::begin(const session_options& options, const char* operation) {
    generation_ = context_->sessions().generation();
    auto ssl = context_->new_ssl(operation);
    if (!ssl) return std::unexpected(ssl.error());
    ssl_ = *std::move(ssl);
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_read_ahead(ssl_.get(), options.reads_ahead ? 1 : 0);
    BIO* const bio = method() != nullptr ? BIO_new(method()) : nullptr;
    if (bio == nullptr) return no_memory(operation);
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_msg_callback(ssl_.get(), count_message);
    SSL_set_msg_callback_arg(ssl_.get(), this);
    if (options.is_server) {
        SSL_set_accept_state(ssl_.get());
        return {};
    }
    SSL_set_connect_state(ssl_.get());
    return expect(options.server_name, operation);
}

namespace {

// An address of a link is written with its zone (fe80::1%eth0), of which no certificate knows.
std::string without_zone(const std::string& name) {
    const std::size_t at = name.find('%');
    if (at == std::string::npos) return name;
    std::string before = name.substr(0, at);
    if (before.find('\0') != std::string::npos) return name;
    const owned<ASN1_OCTET_STRING> ip(a2i_IPADDRESS(before.c_str()));
    ERR_clear_error();
    constexpr int ipv6_size = 16;
    return ip != nullptr && ASN1_STRING_length(ip.get()) == ipv6_size ? before : name;
}

}  // namespace

// What the server's certificate has to be for, and what the server is told.
result<void> session::expect(const std::string& server_name, const char* operation) {
    server_name_ = without_zone(server_name);
    if (server_name_.ends_with('.')) server_name_.pop_back();
    if (server_name_.empty()) {
        if (!context_->checks_host()) return {};
        return wrong(operation, "a server_name is needed: the certificate is to be the server's");
    }
    if (server_name_.find('\0') != std::string::npos)
        return wrong(operation, "a server_name has no NUL in it");
    if (server_name_.find('%') != std::string::npos)
        return wrong(operation, "a server_name has a zone only where it is an IPv6 address");
    if (("." + server_name_ + ".").find("..") != std::string::npos)
        return wrong(operation, "a server_name has no empty label");
    X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl_.get());
    const bool is_ip = X509_VERIFY_PARAM_set1_ip_asc(checks, server_name_.c_str()) == 1;
    ERR_clear_error();
    if (!context_->checks_host()) X509_VERIFY_PARAM_set1_ip(checks, nullptr, 0);
    if (!is_ip) {
        // It is copied. OpenSSL's macro for it casts the const away in its own way.
        if (SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     server_name_.data()) != 1) {
            ERR_clear_error();
            return wrong(operation, "no host name is as long as this server_name");
        }
        SSL_set_hostflags(
            ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (context_->checks_host() && SSL_set1_host(ssl_.get(), server_name_.c_str()) != 1)
            return no_memory(operation);
    }
    if (const auto known = context_->sessions().take(server_name_))
        SSL_set_session(ssl_.get(), known.get());
    return {};
}

session::~session() {
    if (ssl_ == nullptr) return;
    // An SSL that is freed without having been shut down would have its tickets forgotten.
    if (!has_failed() && is_set_up_)
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_app_data(ssl_.get(), nullptr);
}

int session::fail(cause why) noexcept {
    if (!failed_.code) failed_ = std::move(why);
    return -EPROTO;
}

// What became of an SSL call that has not succeeded.
int session::outcome_of(int returned) noexcept try {
    if (messages_ > messages_max) {
        ERR_clear_error();
        return fail({make_error_code(errc::protocol_error),
                     "the peer renews keys again and again, and sends nothing"});
    }
    switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_ZERO_RETURN:
            return 0;
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE:
            return -EAGAIN;
        default:
            break;
    }
    if (wire_error_ != 0) {
        ERR_clear_error();
        return -wire_error_;
    }
    if (has_wire_ended_) {
        ERR_clear_error();
        return fail({make_error_code(errc::truncated),
                     is_set_up_ ? "the connection ended without close_notify"
                                : "the peer closed the connection during the handshake"});
    }
    return fail(cause_of_error(ssl_.get(), !is_set_up_, server_name_));
} catch (const std::bad_alloc&) {
    return fail({make_error_code(errc::protocol_error), {}});
}

int session::handshake() noexcept {
    if (is_set_up_) return 0;
    if (failed_.code) return -EPROTO;
    in_left_ = static_cast<std::size_t>(-1);  // OpenSSL limits what a handshake takes
    ERR_clear_error();
    // What one call writes goes out as one: a server's tickets are messages of their own.
    holds_ = true;
    const int returned = SSL_do_handshake(ssl_.get());
    holds_ = false;
    // What fails here is in wire_error_; what has to wait is a rest.
    static_cast<void>(flush());
    if (wire_error_ != 0) {
        ERR_clear_error();
        return -wire_error_;
    }
    if (returned != 1) {
        const int outcome = outcome_of(returned);
        return outcome == 0 ? fail({make_error_code(errc::handshake_failed), {}}) : outcome;
    }
    if (!has_agreed_protocol()) return fail({make_error_code(errc::no_shared_alpn), {}});
    is_set_up_ = true;
    return 0;
}

// A client believes no server that answers with what it did not offer.
bool session::has_agreed_protocol() noexcept {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    if (size == 0) return true;
    const std::string_view answer(reinterpret_cast<const char*>(chosen), size);
    std::string_view offered = context_->alpn();
    while (!offered.empty()) {
        const auto length = static_cast<unsigned char>(offered.front());
        if (offered.substr(1, length) == answer) return true;
        offered.remove_prefix(1U + length);
    }
    return false;
}

std::ptrdiff_t session::read(void* target, std::size_t size, bool looks_only) noexcept {
    if (failed_.code) return -EPROTO;
    in_left_ = in_max;
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = looks_only ? SSL_peek_ex(ssl_.get(), target, size, &count)
                                    : SSL_read_ex(ssl_.get(), target, size, &count);
    if (returned == 1) {
        messages_ = 0;
        has_read_ = true;
    }
    const std::ptrdiff_t outcome =
        returned == 1 ? static_cast<std::ptrdiff_t>(count) : outcome_of(returned);
    if (owes_goodbye_) say_goodbye();
    return outcome;
}

std::ptrdiff_t session::write(const void* source, std::size_t size) noexcept {
    if (has_ended_writing_) return -EPIPE;
    if (failed_.code) return -EPROTO;
    if (const int outcome = flush(); outcome != 0) return outcome;
    if (size == 0) return 0;
    in_left_ = in_max;
    ERR_clear_error();
    std::size_t count = 0;
    const int returned = SSL_write_ex(ssl_.get(), source, size, &count);
    if (wire_error_ != 0) return -wire_error_;
    if (returned == 1) return static_cast<std::ptrdiff_t>(count);
    const int outcome = outcome_of(returned);
    return outcome == 0 ? -EPIPE : outcome;
}

int session::end_writing() noexcept {
    if (has_ended_writing_) return 0;
    if (has_failed()) return -ENOTCONN;
    has_ended_writing_ = true;
    if (!is_set_up_) return -ENOTCONN;
    owes_goodbye_ = true;
    say_goodbye();
    return 0;
}

void session::say_goodbye() noexcept {
    if (is_amid_message() || has_failed()) return;
    owes_goodbye_ = false;
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

int session::flush() noexcept {
    while (wire_error_ == 0 && has_rest()) {
        const std::ptrdiff_t count = wire_.send(out_.data() + sent_, out_.size() - sent_);
        if (count == -EAGAIN) return -EAGAIN;
        if (count < 0)
            wire_error_ = static_cast<int>(-count);
        else
            sent_ += static_cast<std::size_t>(count);
        constexpr std::size_t record = std::size_t{16} * 1024;
        if (sent_ >= record) out_.erase(0, std::exchange(sent_, 0));
    }
    if (!out_.empty()) std::string().swap(out_);
    sent_ = 0;
    return -wire_error_;
}

failure session::why(int error, const char* operation) const noexcept {
    failure made(std::error_code(error, std::system_category()), operation);
    explain(made);
    return made;
}

void session::explain(failure& why) const noexcept try {
    const bool is_ours = why.code() == std::error_code(EPROTO, std::system_category());
    if (!is_ours || !failed_.code) return;
    why = why.with_cause(failed_.code);
    if (!failed_.hint.empty()) why.with_hint(failed_.hint);
} catch (const std::bad_alloc&) {
    return;
}

// Made once, and never freed: connections outlive whatever would.
const BIO_METHOD* session::method() noexcept {
    static const BIO_METHOD* const made = [] {
        BIO_METHOD* const fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "priz");
        if (fresh == nullptr) return fresh;
        BIO_meth_set_read(fresh, bio_read);
        BIO_meth_set_write(fresh, bio_write);
        BIO_meth_set_ctrl(fresh, bio_control);
        return fresh;
    }();
    return made;
}

int session::bio_read(BIO* bio, char* target, int size) noexcept {
    BIO_clear_retry_flags(bio);
    return static_cast<session*>(BIO_get_data(bio))
        ->take_in(target, static_cast<std::size_t>(size), bio);
}

// What a peer may have sent once the connection is set up without sending data, and that costs us
// work: tickets are not counted, they are given out as a server likes.
void session::count_message(int is_sent, int, int what, const void* data, std::size_t size, SSL*,
                            void* self) noexcept {
    if (is_sent != 0 || what != SSL3_RT_HANDSHAKE || size == 0) return;
    auto& whose = *static_cast<session*>(self);
    const int kind = *static_cast<const unsigned char*>(data);
    const bool costs =
        kind == SSL3_MT_KEY_UPDATE || kind == SSL3_MT_HELLO_REQUEST || kind == SSL3_MT_CLIENT_HELLO;
    if (whose.is_set_up_ && costs) ++whose.messages_;
}

int session::take_in(char* target, std::size_t size, BIO* bio) noexcept {
    if (messages_ > messages_max) return -1;
    if (in_left_ == 0 || is_backed_up()) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const std::ptrdiff_t count = wire_.receive(target, size);
    if (count > 0) {
        in_left_ -= std::min(in_left_, static_cast<std::size_t>(count));
        return static_cast<int>(count);
    }
    if (count == 0) {
        has_wire_ended_ = true;
        return 0;
    }
    if (count == -EAGAIN)
        BIO_set_retry_read(bio);
    else
        wire_error_ = static_cast<int>(-count);
    return -1;
}

int session::bio_write(BIO* bio, const char* source, int size) noexcept {
    BIO_clear_retry_flags(bio);
    static_cast<session*>(BIO_get_data(bio))->give_out(source, static_cast<std::size_t>(size));
    return size;
}

// What the wire does not take waits here; where it fails, who writes or flushes is told.
void session::give_out(const char* source, std::size_t size) noexcept try {
    if (wire_error_ != 0) return;
    std::size_t done = 0;
    while (!holds_ && !has_rest() && done < size) {
        const std::ptrdiff_t count = wire_.send(source + done, size - done);
        if (count == -EAGAIN) break;
        if (count < 0) {
            wire_error_ = static_cast<int>(-count);
            return;
        }
        done += static_cast<std::size_t>(count);
    }
    out_.append(source + done, size - done);
} catch (const std::bad_alloc&) {
    wire_error_ = ENOMEM;
}

long session::bio_control(BIO*, int what, long, void*) noexcept {
    return what == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace priz::tls::detail
