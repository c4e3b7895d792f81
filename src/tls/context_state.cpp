#include "tls/context_state.hpp"

#include <openssl/err.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/sys.hpp"
#include "tls/causes.hpp"
#include "tls/session.hpp"

namespace priz::tls::detail {

namespace {

// Of TLS 1.2; those of 1.3 are all of this kind.
constexpr const char* suites = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK";

context_state& state_of(const SSL* ssl) noexcept {
    return *static_cast<context_state*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

std::unexpected<failure> system_failure(int error, const std::string& subject,
                                        const char* operation) {
    failure why(std::error_code(error, std::system_category()), operation);
    return std::unexpected(why.with_subject(subject));
}

}  // namespace

bool use_identity(SSL* ssl, const identity& one) noexcept {
    constexpr int replaces = 1;
    return SSL_use_cert_and_key(ssl, one.leaf.get(), one.key.get(), one.chain.get(), replaces) == 1;
}

result<std::shared_ptr<context_state>> context_state::make(bool is_server, const char* operation) {
    std::shared_ptr<context_state> made(new context_state(is_server));
    if (const auto done = made->prepare(operation); !done) return std::unexpected(done.error());
    return made;
}

result<void> context_state::prepare(const char* operation) {
    settings_.reset(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
    SSL_CTX* const ctx = settings_.get();
    if (ctx == nullptr) {
        ERR_clear_error();
        return no_memory(operation);
    }
    SSL_CTX_set_app_data(ctx, this);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    const bool is_set = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
                        SSL_CTX_set_max_proto_version(ctx, 0) == 1 &&
                        SSL_CTX_set_cipher_list(ctx, suites) == 1 &&
                        SSL_CTX_set_max_early_data(ctx, 0) == 1;
    if (!is_set)
        return std::unexpected(failure(errc::handshake_failed, operation).with_hint(last_words()));
    if (is_server) {
        static constexpr unsigned char session_context[] = "priz";
        SSL_CTX_set_session_id_context(ctx, session_context, sizeof session_context - 1);
        // Sessions are in the tickets, and cost no memory here.
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_cert_cb(ctx, choose_identity, this);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, nullptr);
    } else {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, keep_session);
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, nullptr);
    }
    return {};
}

result<void> context_state::may_be_set(const char* operation) const {
    if (!is_sealed_.load(std::memory_order_acquire)) return {};
    return wrong(operation, "the context has been used for a connection: its settings stay");
}

result<void> context_state::add_identity(identity_files from, const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    const std::lock_guard guard(reading_);
    std::vector<identity_files> files = files_;
    files.push_back(std::move(from));
    auto all = read_all(files, operation);
    if (!all) return std::unexpected(all.error());
    files_ = std::move(files);
    show(*std::move(all));
    return {};
}

result<std::shared_ptr<const context_state::identities>> context_state::read_all(
    const std::vector<identity_files>& files, const char* operation) const {
    const owned<SSL> trial(SSL_new(settings_.get()));
    if (trial == nullptr) {
        ERR_clear_error();
        return no_memory(operation);
    }
    auto all = std::make_shared<identities>();
    for (const identity_files& from : files) {
        auto read = read_identity(from, operation);
        if (!read) return std::unexpected(read.error());
        // A key that is too weak, for one.
        if (!use_identity(trial.get(), *read)) {
            failure why(errc::bad_certificate_file, operation);
            why.with_subject(from.certificate).with_hint(last_words());
            return std::unexpected(std::move(why));
        }
        all->push_back(*std::move(read));
    }
    return all;
}

void context_state::show(std::shared_ptr<const identities> all) noexcept {
    const std::lock_guard guard(lock_);
    identities_.swap(all);
}

result<void> context_state::reload(const char* operation) {
    const std::lock_guard guard(reading_);
    auto all = read_all(files_, operation);
    if (!all) return std::unexpected(all.error());
    if (!(*all)->empty()) show(*std::move(all));
    // What was begun with the certificate of before is not gone on with.
    sessions_.clear();
    return {};
}

std::shared_ptr<const context_state::identities> context_state::present() noexcept {
    const std::lock_guard guard(lock_);
    return identities_;
}

result<void> context_state::load_verify_locations(const std::string& file,
                                                  const std::string& folder,
                                                  const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    if (file.empty() && folder.empty()) return wrong(operation, "name a file, a folder, or both");
    if (!file.empty()) {
        errno = 0;
        const owned<BIO> there(BIO_new_file(file.c_str(), "re"));
        const int error = errno;
        ERR_clear_error();
        if (there == nullptr) return system_failure(error != 0 ? error : ENOMEM, file, operation);
        if (SSL_CTX_load_verify_file(settings_.get(), file.c_str()) != 1) {
            failure why(errc::bad_certificate_file, operation);
            why.with_subject(file).with_hint(last_words());
            return std::unexpected(std::move(why));
        }
        // Clients are told whose certificates are wanted.
        if (is_server)
            SSL_CTX_set_client_CA_list(settings_.get(), SSL_load_client_CA_file(file.c_str()));
    }
    if (!folder.empty() && SSL_CTX_load_verify_dir(settings_.get(), folder.c_str()) != 1)
        return system_failure(ENOMEM, folder, operation);
    trusts_others_ = true;
    return {};
}

result<void> context_state::load_default_certs(const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    if (SSL_CTX_set_default_verify_paths(settings_.get()) == 1) return {};
    ERR_clear_error();
    return no_memory(operation);
}

result<void> context_state::set_client_certificate(client_certificate wanted,
                                                   const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    if (!is_server) return wrong(operation, "a client's context: servers are always asked");
    int mode = SSL_VERIFY_NONE;
    if (wanted != client_certificate::ignored) mode = SSL_VERIFY_PEER;
    if (wanted == client_certificate::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(settings_.get(), mode, nullptr);
    return {};
}

result<void> context_state::set_alpn(std::span<const std::string_view> protocols,
                                     const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    constexpr std::size_t name_max = 255;
    std::string wire;
    for (const std::string_view one : protocols) {
        if (one.empty() || one.size() > name_max)
            return wrong(operation, "a protocol's name has 1 to 255 bytes");
        wire += static_cast<char>(one.size());
        wire += one;
    }
    constexpr std::size_t list_max = 65535 - 2;
    if (wire.size() > list_max) return wrong(operation, "the list is too long");
    alpn_ = std::move(wire);
    if (is_server) {
        SSL_CTX_set_alpn_select_cb(settings_.get(), alpn_.empty() ? nullptr : choose_protocol,
                                   this);
        return {};
    }
    const auto* const data = reinterpret_cast<const unsigned char*>(alpn_.data());
    if (SSL_CTX_set_alpn_protos(settings_.get(), data, static_cast<unsigned>(alpn_.size())) != 0)
        return no_memory(operation);
    return {};
}

result<void> context_state::set_minimum_version(protocol oldest, const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    const int version = oldest == protocol::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (SSL_CTX_set_min_proto_version(settings_.get(), version) == 1) return {};
    return wrong(operation, "no such version");
}

result<void> context_state::set_keylog_file(const std::string& path, const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    // Its owner's alone: whoever reads it can read the connections.
    constexpr ::mode_t mode = S_IRUSR | S_IWUSR;
    const int fd = sys::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT, mode);
    if (fd < 0) return system_failure(errno, path, operation);
    owned<BIO> file(BIO_new_fd(fd, BIO_CLOSE));
    if (file == nullptr) {
        sys::close(fd);
        ERR_clear_error();
        return no_memory(operation);
    }
    const std::lock_guard guard(logging_);
    keylog_ = std::move(file);
    SSL_CTX_set_keylog_callback(settings_.get(), write_secret);
    return {};
}

result<void> context_state::accept_any_certificate(const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    if (is_server) return wrong(operation, "a server's context: it asks for none by itself");
    verifies_ = false;
    SSL_CTX_set_verify(settings_.get(), SSL_VERIFY_NONE, nullptr);
    return {};
}

result<void> context_state::accept_any_host_name(const char* operation) {
    if (const auto may = may_be_set(operation); !may) return may;
    checks_host_ = false;
    return {};
}

result<void> context_state::seal(const char* operation) {
    const std::lock_guard guard(sealing_);
    if (is_sealed_.load(std::memory_order_acquire)) return {};
    if (!is_server && verifies_ && !trusts_others_)
        if (const auto done = load_default_certs(operation); !done) return done;
    const char* const secrets = ::secure_getenv("SSLKEYLOGFILE");
    if (keylog_ == nullptr && secrets != nullptr && *secrets != '\0')
        if (const auto done = set_keylog_file(secrets, operation); !done) return done;
    is_sealed_.store(true, std::memory_order_release);
    return {};
}

result<owned<SSL>> context_state::new_ssl(const char* operation) {
    if (!is_sealed_.load(std::memory_order_acquire))
        if (const auto done = seal(operation); !done) return std::unexpected(done.error());
    owned<SSL> made(SSL_new(settings_.get()));
    if (made == nullptr) {
        ERR_clear_error();
        return no_memory(operation);
    }
    if (is_server) return made;
    const auto all = present();
    if (all == nullptr || use_identity(made.get(), all->front())) return made;
    return std::unexpected(failure(errc::bad_certificate_file, operation).with_hint(last_words()));
}

int context_state::choose_identity(SSL* ssl, void* state) noexcept {
    const auto all = static_cast<context_state*>(state)->present();
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const identity* const chosen =
        all == nullptr ? nullptr : identity_for(*all, name != nullptr ? name : "");
    return chosen != nullptr && use_identity(ssl, *chosen) ? 1 : 0;
}

int context_state::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                                   const unsigned char* offered, unsigned offered_size,
                                   void* state) noexcept {
    const std::string& ours = static_cast<context_state*>(state)->alpn_;
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

// What cannot be written is missing in the file: the connection goes on.
void context_state::write_secret(const SSL* ssl, const char* line) noexcept try {
    context_state& state = state_of(ssl);
    // One write: other programs may append to the same file.
    std::string whole = line;
    whole += '\n';
    {
        const std::lock_guard guard(state.logging_);
        BIO_write(state.keylog_.get(), whole.data(), static_cast<int>(whole.size()));
    }
    OPENSSL_cleanse(whole.data(), whole.size());
} catch (const std::bad_alloc&) {
    return;
}

int context_state::keep_session(SSL* ssl, SSL_SESSION* given) noexcept try {
    const session* const whose = session::of(ssl);
    if (whose == nullptr || whose->server_name().empty() || SSL_SESSION_is_resumable(given) != 1)
        return 0;
    SSL_SESSION_up_ref(given);
    state_of(ssl).sessions_.put(whose->server_name(), owned<SSL_SESSION>(given),
                                whose->generation());
    return 0;
} catch (const std::exception&) {
    return 0;
}

}  // namespace priz::tls::detail
