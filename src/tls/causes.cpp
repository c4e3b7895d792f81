#include "tls/causes.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

namespace priz::tls::detail {

namespace {

const char* own_text(errc value) noexcept {
    switch (value) {
        case errc::certificate_verify_failed:
            return "the certificate could not be verified";
        case errc::certificate_expired:
            return "the certificate is not valid at this time";
        case errc::hostname_mismatch:
            return "the certificate is for another host name";
        case errc::unknown_authority:
            return "the certificate is not signed by an authority that is trusted";
        case errc::certificate_refused:
            return "the peer refused the certificate";
        case errc::no_shared_alpn:
            return "no application protocol in common";
        case errc::wrong_version:
            return "no TLS version in common";
        case errc::not_tls:
            return "the peer does not speak TLS";
        case errc::handshake_failed:
            return "the TLS handshake failed";
        case errc::truncated:
            return "the peer's bytes were cut off";
        case errc::bad_record:
            return "bytes were altered on the way";
        case errc::protocol_error:
            return "TLS protocol error";
        case errc::bad_certificate_file:
            return "not a certificate or key in PEM";
        case errc::key_mismatch:
            return "the key is not the certificate's";
    }
    return "unknown TLS error";
}

class tls_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "tls"; }
    std::string message(int value) const override { return own_text(static_cast<errc>(value)); }
    std::error_condition default_error_condition(int value) const noexcept override {
        if (static_cast<errc>(value) == errc::truncated) return std::errc::connection_aborted;
        return std::errc::protocol_error;
    }
};

// Outlives every destructor that could still report a failure.
union immortal {
    tls_category value;
    constexpr immortal() : value() {}
    ~immortal() {}
};

constinit const immortal instance;

errc verification_cause(long outcome) noexcept {
    switch (outcome) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return errc::certificate_expired;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return errc::hostname_mismatch;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_CERT_UNTRUSTED:
            return errc::unknown_authority;
        default:
            return errc::certificate_verify_failed;
    }
}

// What an alert of the peer's means.
errc alert_cause(int alert, bool in_handshake) noexcept {
    switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case TLS13_AD_CERTIFICATE_REQUIRED:
            return errc::certificate_refused;
        case SSL_AD_PROTOCOL_VERSION:
            return errc::wrong_version;
        case SSL_AD_NO_APPLICATION_PROTOCOL:
            return errc::no_shared_alpn;
        default:
            return in_handshake ? errc::handshake_failed : errc::protocol_error;
    }
}

errc reason_cause(int reason, bool in_handshake) noexcept {
    switch (reason) {
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_VERSION_TOO_HIGH:
        case SSL_R_NO_PROTOCOLS_AVAILABLE:
            return errc::wrong_version;
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
            return in_handshake ? errc::not_tls : errc::bad_record;
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return errc::no_shared_alpn;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return errc::certificate_verify_failed;
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_DECRYPTION_FAILED:
            return errc::bad_record;
        case SSL_R_UNEXPECTED_EOF_WHILE_READING:
            return errc::truncated;
        default:
            return in_handshake ? errc::handshake_failed : errc::protocol_error;
    }
}

std::string words_of(unsigned long error) {
    const char* const text = ERR_reason_error_string(error);
    return text != nullptr ? text : "error " + std::to_string(ERR_GET_REASON(error));
}

}  // namespace

cause cause_of_verification(long outcome, const std::string& expected_name) {
    const errc value = verification_cause(outcome);
    std::string hint = X509_verify_cert_error_string(outcome);
    if (value == errc::hostname_mismatch) hint += ": it is not for " + expected_name;
    if (value == errc::unknown_authority)
        hint +=
            "; the authorities that are trusted: context::load_verify_locations(), SSL_CERT_FILE";
    return {make_error_code(value), std::move(hint)};
}

// The first error is the cause; those behind it are what came of it.
cause cause_of_error(SSL* ssl, bool in_handshake, const std::string& expected_name) {
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    const int reason = ERR_GET_REASON(error);
    const bool is_ssl = ERR_GET_LIB(error) == ERR_LIB_SSL;
    if (is_ssl && reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        return cause_of_verification(SSL_get_verify_result(ssl), expected_name);
    if (is_ssl && reason > SSL_AD_REASON_OFFSET) {
        const int alert = reason - SSL_AD_REASON_OFFSET;
        return {make_error_code(alert_cause(alert, in_handshake)),
                std::string("the peer sent the alert ") + SSL_alert_desc_string_long(alert)};
    }
    if (error == 0)
        return {make_error_code(in_handshake ? errc::handshake_failed : errc::protocol_error), {}};
    return {make_error_code(reason_cause(is_ssl ? reason : 0, in_handshake)), words_of(error)};
}

std::string last_words() {
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    return words_of(error);
}

}  // namespace priz::tls::detail

namespace priz::tls {

const std::error_category& category() noexcept { return detail::instance.value; }

std::error_code make_error_code(errc cause) noexcept {
    return {static_cast<int>(cause), category()};
}

}  // namespace priz::tls
