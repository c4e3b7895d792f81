// base64.hpp: what Basic authentication writes (RFC 4648, 4).
#pragma once

#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace priz::http::detail {

inline std::string base64(std::string_view data) {
    std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(data.data()),
                                     static_cast<int>(data.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace priz::http::detail
