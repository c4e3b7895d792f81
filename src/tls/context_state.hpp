// context_state.hpp: what a context is made of, and how connections are made of it.
//
// OpenSSL's SSL_CTX has the settings and never a certificate: those are chosen for each connection,
// from a list that reload() replaces as a whole. A connection holds on to what it has been given.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "priz/tls/context.hpp"
#include "tls/identity.hpp"
#include "tls/openssl.hpp"
#include "tls/session_cache.hpp"

namespace priz::tls::detail {

class context_state {
public:
    static result<std::shared_ptr<context_state>> make(bool is_server, const char* operation);

    const bool is_server;

    // Settings. They fail when there was a connection already.
    result<void> add_identity(identity_files from, const char* operation);
    result<void> reload(const char* operation);
    result<void> load_verify_locations(const std::string& file, const std::string& folder,
                                       const char* operation);
    result<void> load_default_certs(const char* operation);
    result<void> set_client_certificate(client_certificate wanted, const char* operation);
    result<void> set_alpn(std::span<const std::string_view> protocols, const char* operation);
    result<void> set_minimum_version(protocol oldest, const char* operation);
    result<void> set_keylog_file(const std::string& path, const char* operation);
    result<void> accept_any_certificate(const char* operation);
    result<void> accept_any_host_name(const char* operation);

    // A connection's SSL, with its certificate or the choice of one; from now on the settings stay.
    result<owned<SSL>> new_ssl(const char* operation);

    bool checks_host() const noexcept { return verifies_ && checks_host_; }
    // The protocols that are offered, as they stand in the handshake.
    const std::string& alpn() const noexcept { return alpn_; }
    session_cache& sessions() noexcept { return sessions_; }

private:
    using identities = std::vector<identity>;

    explicit context_state(bool for_servers) noexcept : is_server(for_servers) {}

    result<void> prepare(const char* operation);
    result<void> may_be_set(const char* operation) const;
    result<void> seal(const char* operation);
    std::shared_ptr<const identities> present() noexcept;
    // Those of all files, in this order.
    result<std::shared_ptr<const identities>> read_all(const std::vector<identity_files>& files,
                                                       const char* operation) const;
    void show(std::shared_ptr<const identities> all) noexcept;

    static int choose_identity(SSL* ssl, void* state) noexcept;
    static int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                               const unsigned char* offered, unsigned offered_size,
                               void* state) noexcept;
    static void write_secret(const SSL* ssl, const char* line) noexcept;
    static int keep_session(SSL* ssl, SSL_SESSION* given) noexcept;

    owned<SSL_CTX> settings_;
    std::mutex sealing_;
    std::atomic<bool> is_sealed_ = false;
    bool trusts_others_ = false;  // than the system's
    bool verifies_ = true;
    bool checks_host_ = true;
    std::string alpn_;
    session_cache sessions_;

    // Files are read under a lock of their own: no handshake waits for a disk.
    std::mutex reading_;
    std::vector<identity_files> files_;
    std::mutex lock_;
    std::shared_ptr<const identities> identities_;
    std::mutex logging_;
    owned<BIO> keylog_;
};

// Whether it takes that identity.
bool use_identity(SSL* ssl, const identity& one) noexcept;

}  // namespace priz::tls::detail
