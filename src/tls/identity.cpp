#include "tls/identity.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "tls/causes.hpp"

namespace priz::tls::detail {

namespace {

std::unexpected<failure> at_fault(const std::string& file, std::error_code code, std::string hint,
                                  const char* operation) {
    failure why(code, operation);
    why.with_subject(file);
    if (!hint.empty()) why.with_hint(std::move(hint));
    return std::unexpected(std::move(why));
}

// Without it OpenSSL would ask at the terminal.
int give_password(char* target, int size, int, void* given) noexcept {
    const std::string& password = **static_cast<const std::string**>(given);
    if (password.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(target, password.data(), password.size());
    return static_cast<int>(password.size());
}

result<owned<BIO>> open_file(const std::string& path, const char* operation) {
    errno = 0;
    owned<BIO> file(BIO_new_file(path.c_str(), "re"));
    const int error = errno;
    if (file != nullptr) return file;
    ERR_clear_error();
    return at_fault(path, std::error_code(error != 0 ? error : ENOMEM, std::system_category()), {},
                    operation);
}

result<void> read_certificates(identity& to, const identity_files& from, const char* operation) {
    auto file = open_file(from.certificate, operation);
    if (!file) return std::unexpected(file.error());
    const std::string* password = &from.password.text();
    to.leaf.reset(PEM_read_bio_X509_AUX(file->get(), nullptr, give_password, &password));
    if (to.leaf == nullptr)
        return at_fault(from.certificate, errc::bad_certificate_file,
                        "there is no certificate in it: " + last_words(), operation);
    to.chain.reset(sk_X509_new_null());
    if (to.chain == nullptr) return no_memory(operation);
    while (X509* const next = PEM_read_bio_X509(file->get(), nullptr, give_password, &password))
        if (sk_X509_push(to.chain.get(), next) == 0) {
            X509_free(next);
            return no_memory(operation);
        }
    // The end of the file is one, where no certificate begins any more.
    const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string words = last_words();
    if (is_end) return {};
    return at_fault(from.certificate, errc::bad_certificate_file,
                    "a certificate after the first one is damaged: " + words, operation);
}

result<void> read_key(identity& to, const identity_files& from, const char* operation) {
    const std::string& path = from.key.empty() ? from.certificate : from.key;
    auto file = open_file(path, operation);
    if (!file) return std::unexpected(file.error());
    const std::string* password = &from.password.text();
    to.key.reset(PEM_read_bio_PrivateKey(file->get(), nullptr, give_password, &password));
    if (to.key != nullptr) return {};
    return at_fault(path, errc::bad_certificate_file,
                    "there is no private key in it, or not with this password: " + last_words(),
                    operation);
}

}  // namespace

result<identity> read_identity(const identity_files& from, const char* operation) {
    identity read;
    if (const auto done = read_certificates(read, from, operation); !done)
        return std::unexpected(done.error());
    if (const auto done = read_key(read, from, operation); !done)
        return std::unexpected(done.error());
    if (X509_check_private_key(read.leaf.get(), read.key.get()) != 1)
        return at_fault(from.certificate, errc::key_mismatch, last_words(), operation);
    return read;
}

const identity* identity_for(const std::vector<identity>& all, std::string_view name) noexcept {
    if (all.empty()) return nullptr;
    const auto is_for_it = [&](const identity& one) {
        return X509_check_host(one.leaf.get(), name.data(), name.size(),
                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
    };
    const auto found = name.empty() ? all.end() : std::ranges::find_if(all, is_for_it);
    return found == all.end() ? &all.front() : &*found;
}

}  // namespace priz::tls::detail
