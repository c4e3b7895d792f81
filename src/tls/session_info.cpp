#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>

#include <cstdio>
#include <ctime>

#include "tls/session.hpp"

namespace priz::tls::detail {

namespace {

std::string text_in(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string name_text(const X509_NAME* name) {
    const owned<BIO> memory(BIO_new(BIO_s_mem()));
    if (memory == nullptr) return {};
    X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return text_in(memory.get());
}

std::string time_text(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
    char text[32];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    return {text, size};
}

std::string number_text(const ASN1_INTEGER* number) {
    const owned<BIGNUM> big(ASN1_INTEGER_to_BN(number, nullptr));
    char* const digits = big != nullptr ? BN_bn2hex(big.get()) : nullptr;
    std::string text = digits != nullptr ? digits : "";
    OPENSSL_free(digits);
    return text;
}

std::vector<std::string> names_in(const X509* certificate) {
    const owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    std::vector<std::string> texts;
    for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const owned<BIO> memory(BIO_new(BIO_s_mem()));
        if (memory == nullptr) break;
        GENERAL_NAME_print(memory.get(), sk_GENERAL_NAME_value(names.get(), i));
        texts.push_back(text_in(memory.get()));
    }
    return texts;
}

certificate_info info_of(X509* certificate) {
    certificate_info told;
    told.subject = name_text(X509_get_subject_name(certificate));
    told.issuer = name_text(X509_get_issuer_name(certificate));
    told.subject_alt_names = names_in(certificate);
    told.not_before = time_text(X509_get0_notBefore(certificate));
    told.not_after = time_text(X509_get0_notAfter(certificate));
    told.serial_number = number_text(X509_get0_serialNumber(certificate));
    if (const int size = i2d_X509(certificate, nullptr); size > 0) {
        told.der.resize(static_cast<std::size_t>(size));
        auto* target = reinterpret_cast<unsigned char*>(told.der.data());
        i2d_X509(certificate, &target);
    }
    ERR_clear_error();
    return told;
}

}  // namespace

connection_info session::info() const {
    connection_info told;
    if (!is_set_up_) return told;
    SSL* const ssl = ssl_.get();
    told.version = SSL_get_version(ssl);
    told.cipher = SSL_get_cipher_name(ssl);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &size);
    if (size > 0) told.alpn.assign(reinterpret_cast<const char*>(chosen), size);
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    told.server_name = name != nullptr ? name : "";
    told.is_resumed = SSL_session_reused(ssl) == 1;
    if (const owned<X509> peer(SSL_get1_peer_certificate(ssl)); peer != nullptr)
        told.peer = info_of(peer.get());
    return told;
}

}  // namespace priz::tls::detail
