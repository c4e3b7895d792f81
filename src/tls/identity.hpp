// identity.hpp: certificates with their keys, as files hold them and as connections use them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "tls/openssl.hpp"

namespace priz::tls::detail {

// Text that leaves nothing of itself behind in memory. It copies where others move: what a string
// has been moved from may still hold it.
class secret {
public:
    secret(const std::string& text) : text_(text) {}
    secret(const secret&) = default;
    secret& operator=(const secret& other) {
        std::string copy = other.text_;
        text_.swap(copy);
        wipe(copy);
        return *this;
    }
    ~secret() { wipe(text_); }

    const std::string& text() const noexcept { return text_; }

private:
    static void wipe(std::string& what) noexcept { OPENSSL_cleanse(what.data(), what.size()); }

    std::string text_;
};

struct identity_files {
    std::string certificate;
    std::string key;  // empty: in the same file
    secret password;
};

struct identity {
    owned<X509> leaf;
    owned<STACK_OF(X509)> chain;  // between it and the root
    owned<EVP_PKEY> key;
};

// Errors: ENOENT and the like, with the file as the subject; bad_certificate_file, key_mismatch.
result<identity> read_identity(const identity_files& from, const char* operation);

// The one for a host name; the first where none is, null where there are none.
const identity* identity_for(const std::vector<identity>& all, std::string_view name) noexcept;

}  // namespace priz::tls::detail
