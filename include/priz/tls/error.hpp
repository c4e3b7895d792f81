// priz/tls/error.hpp: why a TLS connection failed.
//
// Failures of TLS are those of every verb (priz/error.hpp), with one of the causes below; what the
// verification found, which alert the peer sent, or which file was at fault, is the failure's
// hint(). Failures of the connection below (a reset, a timeout) keep their own causes.
//
//     try {
//         co_await tls::connect("expired.example.org", 443);
//     } catch (const priz::error& why) {
//         if (why.code() == tls::errc::certificate_expired) …
//     }
//
// Python: ssl.SSLError, ssl.SSLCertVerificationError
#pragma once

#include <system_error>
#include <type_traits>

#include "priz/export.hpp"

namespace priz::tls {

enum class errc {
    certificate_verify_failed = 1,  // the peer's certificate is not to be trusted, for a reason
                                    // that is none of the next three
    certificate_expired,            // its time is over, or has not come
    hostname_mismatch,              // it is another's
    unknown_authority,              // nobody who is trusted has signed it
    certificate_refused,   // the peer did not accept our certificate, or wanted one and got none
    no_shared_alpn,        // no application protocol that both speak, or one that nobody offered
    wrong_version,         // no version of TLS that both speak
    not_tls,               // what the peer sent is not TLS
    handshake_failed,      // another reason why there is no connection; the hint tells it
    truncated,             // the peer's bytes ended without its word that they are all
    bad_record,            // bytes that were altered on the way
    protocol_error,        // another breach of the protocol, or an alert, when all was set up
    bad_certificate_file,  // no certificate, no key, or no password for it, where one was expected
    key_mismatch,          // the private key is not that of the certificate
};

// Compares equal to std::errc::protocol_error, and `truncated` to std::errc::connection_aborted.
PRIZ_API const std::error_category& category() noexcept;
PRIZ_API std::error_code make_error_code(errc cause) noexcept;

}  // namespace priz::tls

template <>
struct std::is_error_code_enum<priz::tls::errc> : std::true_type {};
