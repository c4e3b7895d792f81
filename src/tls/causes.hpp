// causes.hpp: what OpenSSL says of a failure, as a cause and a hint.
#pragma once

#include <openssl/ssl.h>

#include <string>

#include "priz/error.hpp"
#include "priz/tls/error.hpp"

namespace priz::tls::detail {

struct cause {
    std::error_code code;
    std::string hint;
};

// Of the verification of a peer's certificate: an X509_V_ERR_… value.
cause cause_of_verification(long outcome, const std::string& expected_name);

// Of an SSL call that has just failed in this thread with SSL_ERROR_SSL; empties the thread's queue
// of errors. `in_handshake`: before the connection was set up.
cause cause_of_error(SSL* ssl, bool in_handshake, const std::string& expected_name);

// The thread's last error in words.
std::string last_words();

// A value_error with that hint; of this verb.
inline std::unexpected<failure> wrong(const char* operation, const char* hint) noexcept {
    return std::unexpected(failure(priz::errc::value_error, operation).with_hint(hint));
}

inline std::unexpected<failure> no_memory(const char* operation) noexcept {
    return std::unexpected(failure(std::make_error_code(std::errc::not_enough_memory), operation));
}

}  // namespace priz::tls::detail
