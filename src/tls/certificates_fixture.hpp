// certificates_fixture.hpp: authorities and certificates, made for tests.
//
//     const test_authority authority("the authority");
//     const auto files = authority.issue({.names = {"DNS:server.test"}});
//     tls::context::server(files.certificate, files.key);
//
// Everything lies in a folder that is gone with the object.
#pragma once

#include <gtest/gtest.h>
#include <openssl/pem.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "priz/tls/context.hpp"
#include "tls/openssl.hpp"

namespace priz::tls {

class temporary_folder {
public:
    temporary_folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "priz-tls-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
    std::ifstream from(path, std::ios::binary);
    std::ostringstream text;
    text << from.rdbuf();
    return text.str();
}

struct certificate_files {
    std::string certificate;
    std::string key;
};

struct certificate_wishes {
    std::string subject = "a test";
    std::string names = "DNS:server.test, IP:127.0.0.1";  // subjectAltName
    long from_s = -3600;                                  // from now on
    long until_s = 86400;
    std::string usage = "serverAuth, clientAuth";
    bool has_weak_key = false;
};

class test_authority {
public:
    explicit test_authority(const std::string& name = "test authority") : name_(name) {
        key_ = new_key();
        certificate_ = begin({.subject = name});
        add(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
        add(certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
        add(certificate_.get(), NID_subject_key_identifier, "hash");
        sign(certificate_.get(), key_.get());
        write(file(), certificate_.get(), nullptr);
    }

    // Its own certificate.
    std::string file() const { return folder.file("authority.pem"); }

    certificate_files issue(const certificate_wishes& wishes = {}) const {
        const std::string stem = "issued-" + std::to_string(++issued_);
        const certificate_files made{folder.file(stem + ".pem"), folder.file(stem + ".key")};
        issue_to(made, wishes);
        return made;
    }

    void issue_to(const certificate_files& to, const certificate_wishes& wishes) const {
        using namespace detail;
        const owned<EVP_PKEY> key =
            wishes.has_weak_key
                ? owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{512}))
                : new_key();
        const owned<X509> made = begin(wishes);
        X509_set_pubkey(made.get(), key.get());
        if (!wishes.names.empty()) add(made.get(), NID_subject_alt_name, wishes.names);
        add(made.get(), NID_ext_key_usage, wishes.usage);
        X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
        X509_sign(made.get(), key_.get(), EVP_sha256());
        write(to.certificate, made.get(), nullptr);
        write(to.key, nullptr, key.get());
    }

    temporary_folder folder;

private:
    static detail::owned<EVP_PKEY> new_key() {
        return detail::owned<EVP_PKEY>(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    }

    detail::owned<X509> begin(const certificate_wishes& wishes) const {
        detail::owned<X509> made(X509_new());
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set_int64(X509_get_serialNumber(made.get()), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), wishes.from_s);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), wishes.until_s);
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(wishes.subject.data()),
                                   static_cast<int>(wishes.subject.size()), -1, 0);
        return made;
    }

    static void add(X509* to, int what, const std::string& value) {
        X509V3_CTX whose;
        X509V3_set_ctx(&whose, to, to, nullptr, nullptr, 0);
        X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &whose, what, value.c_str());
        if (made == nullptr) throw std::runtime_error("no such extension: " + value);
        X509_add_ext(to, made, -1);
        X509_EXTENSION_free(made);
    }

    static void sign(X509* own, EVP_PKEY* key) {
        X509_set_pubkey(own, key);
        X509_set_issuer_name(own, X509_get_subject_name(own));
        X509_sign(own, key, EVP_sha256());
    }

    static void write(const std::string& path, X509* certificate, EVP_PKEY* key) {
        const detail::owned<BIO> file(BIO_new_file(path.c_str(), "w"));
        if (file == nullptr) throw std::runtime_error("cannot write " + path);
        if (certificate != nullptr) PEM_write_bio_X509(file.get(), certificate);
        if (key != nullptr)
            PEM_write_bio_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    }

    std::string name_;
    detail::owned<EVP_PKEY> key_;
    detail::owned<X509> certificate_;
    mutable int issued_ = 0;
    mutable std::int64_t serial_ = 100;
};

// One for all tests of a program.
inline const test_authority& the_authority() {
    static const test_authority made;
    return made;
}

// A client that trusts it, and a server with a certificate of its.
inline context trusting_context() {
    context made;
    made.load_verify_locations(the_authority().file());
    return made;
}

inline context serving_context(const certificate_wishes& wishes = {}) {
    const auto files = the_authority().issue(wishes);
    return context::server(files.certificate, files.key);
}

}  // namespace priz::tls
