// priz/tls/context.hpp: whom to trust, and who one is.
//
//     tls::context trusting;                                    // a client, with good defaults
//     auto serving = tls::context::server("cert.pem", "key.pem");
//
// A context is made once and used for many connections. The object is a handle: copies are the same
// context. Its settings are made before its first connection; later ones fail with value_error,
// except for reload(). Connections of any number of threads may use it at the same time.
//
// What holds without being asked for: a client verifies the server's certificate chain and host
// name; TLS 1.2 and 1.3, no older version; suites with forward secrecy and authenticated encryption
// alone; neither compression, nor renegotiation, nor early data. What weakens that is named
// dangerous_….
//
// Elsewhere: connections (stream.hpp, socket.hpp, engine.hpp). Python: ssl.SSLContext,
// ssl.create_default_context()
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::tls {

namespace detail {
class context_state;
}

enum class protocol { tls_1_2, tls_1_3 };

// What a server asks its clients for. Python: ssl.CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED
enum class client_certificate { ignored, optional, required };

class PRIZ_API context {
public:
    // A client that trusts the system's authorities: those of the file that SSL_CERT_FILE names and
    // of the folder that SSL_CERT_DIR names, where they are set, otherwise the distribution's.
    // Errors: ENOMEM. Python: ssl.create_default_context()
    context();
    static context client() { return context(); }
    static result<context> try_client() noexcept;

    // A server with the certificates of a file in PEM, its own first, then those of the authorities
    // between it and the root. The key is in `key_file`; where that is empty, in the same file.
    // Errors: as load_cert_chain(). Python: ssl.create_default_context(Purpose.CLIENT_AUTH)
    static context server(const std::string& certificate_file, const std::string& key_file = {},
                          const std::string& password = {});
    static result<context> try_server(const std::string& certificate_file,
                                      const std::string& key_file = {},
                                      const std::string& password = {}) noexcept;

    // A server's further certificate: which one a client is shown is decided by the name that it
    // asks for; the first one is for all others. A client's certificate, for servers that want one.
    // The files are read now, and by reload(). Errors: file_not_found and the like;
    // bad_certificate_file, key_mismatch. Python: SSLContext.load_cert_chain()
    void load_cert_chain(const std::string& certificate_file, const std::string& key_file = {},
                         const std::string& password = {});
    result<void> try_load_cert_chain(const std::string& certificate_file,
                                     const std::string& key_file = {},
                                     const std::string& password = {}) noexcept;

    // Reads all certificates and keys from their files anew, at any time: for connections that are
    // made from now on. Those that are there are not disturbed. On failure everything stays as it
    // was. A client forgets the sessions that were begun with the certificate of before. Errors:
    // as load_cert_chain(). Python has no such verb: its load_cert_chain() again.
    void reload();
    result<void> try_reload() noexcept;

    // Trusts the authorities of a file in PEM, or of a folder that `openssl rehash` has seen, and
    // no longer the system's, unless load_default_certs() is called as well. For a server: who
    // signs its clients' certificates. Errors: file_not_found and the like; bad_certificate_file.
    // Python: SSLContext.load_verify_locations()
    void load_verify_locations(const std::string& file, const std::string& folder = {});
    result<void> try_load_verify_locations(const std::string& file,
                                           const std::string& folder = {}) noexcept;

    // Trusts the system's authorities too. Python: SSLContext.load_default_certs()
    void load_default_certs();
    result<void> try_load_default_certs() noexcept;

    // A server's: whether clients have to show a certificate. It has to be signed by an authority
    // of load_verify_locations(). Errors: value_error for a client. Python: SSLContext.verify_mode
    void set_client_certificate(client_certificate wanted);
    result<void> try_set_client_certificate(client_certificate wanted) noexcept;

    // The application protocols that are spoken here, the one that is liked best first, such as
    // {"h2", "http/1.1"}. A server refuses clients that offer protocols and none of these (it takes
    // its own order); a client refuses a server that answers with one that it did not offer. Who
    // offers none, or answers with none, is not refused: connection_info::alpn is empty then.
    // Errors: value_error for a name that is empty or longer than 255 bytes.
    // Python: SSLContext.set_alpn_protocols()
    void set_alpn_protocols(std::span<const std::string_view> protocols);
    void set_alpn_protocols(std::initializer_list<std::string_view> protocols) {
        set_alpn_protocols(std::span(protocols.begin(), protocols.size()));
    }
    result<void> try_set_alpn_protocols(std::span<const std::string_view> protocols) noexcept;

    bool has_alpn_protocols() const noexcept;

    // No version below this one. Python: SSLContext.minimum_version
    void set_minimum_version(protocol oldest);
    result<void> try_set_minimum_version(protocol oldest) noexcept;

    // Writes the secrets of each connection to a file, to its end, in the form that Wireshark
    // reads: whoever has the file can read the connections, so that a new one is its owner's alone.
    // The environment's SSLKEYLOGFILE does
    // the same to contexts for which this is not called. Errors: permission_denied and the like.
    // Python: SSLContext.keylog_filename
    void set_keylog_file(const std::string& path);
    result<void> try_set_keylog_file(const std::string& path) noexcept;

    // Accepts whatever certificate a server shows: the connection is encrypted, but to whom is not
    // known. Python: check_hostname = False; verify_mode = CERT_NONE
    void dangerous_accept_any_certificate();
    result<void> try_dangerous_accept_any_certificate() noexcept;

    // Accepts a certificate that an authority has signed for anybody. Python: check_hostname =
    // False
    void dangerous_accept_any_host_name();
    result<void> try_dangerous_accept_any_host_name() noexcept;

    bool is_server() const noexcept;

    // How the library reaches what it is made of.
    const std::shared_ptr<detail::context_state>& native_state() const noexcept { return state_; }

private:
    explicit context(std::shared_ptr<detail::context_state> state) noexcept
        : state_(std::move(state)) {}

    std::shared_ptr<detail::context_state> state_;
};

}  // namespace priz::tls
