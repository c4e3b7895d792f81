// content_coders_fixture.hpp: content put into codings by the libraries' own encoders, for tests.
#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "priz/http/content_decoder.hpp"

namespace priz::http {

inline std::string zlib_encoded(std::string_view text, int window_bits) {
    ::z_stream z{};
    if (::deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string out(::deflateBound(&z, text.size()), '\0');
    z.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    const int how = ::deflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    ::deflateEnd(&z);
    if (how != Z_STREAM_END) throw std::runtime_error("deflate");
    return out;
}

inline std::string brotli_encoded(std::string_view text) {
    std::size_t size = ::BrotliEncoderMaxCompressedSize(text.size()) + 16;
    std::string out(size, '\0');
    if (::BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, text.size(),
                                reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                reinterpret_cast<std::uint8_t*>(out.data())) != BROTLI_TRUE)
        throw std::runtime_error("BrotliEncoderCompress");
    out.resize(size);
    return out;
}

inline std::string zstd_encoded(std::string_view text) {
    ::ZSTD_CCtx* const by = ::ZSTD_createCCtx();
    ::ZSTD_CCtx_setParameter(by, ZSTD_c_contentSizeFlag, 0);
    ::ZSTD_CCtx_setParameter(by, ZSTD_c_checksumFlag, 1);
    std::string out(::ZSTD_compressBound(text.size()), '\0');
    ::ZSTD_outBuffer to{out.data(), out.size(), 0};
    ::ZSTD_inBuffer from{text.data(), text.size(), 0};
    const std::size_t left = ::ZSTD_compressStream2(by, &to, &from, ZSTD_e_end);
    ::ZSTD_freeCCtx(by);
    if (left != 0) throw std::runtime_error("ZSTD_compressStream2");
    out.resize(to.pos);
    return out;
}

inline std::string encoded(content_coding what, std::string_view text) {
    constexpr int with_gzip_header = 16;
    switch (what) {
        case content_coding::gzip:
            return zlib_encoded(text, MAX_WBITS + with_gzip_header);
        case content_coding::deflate:
            return zlib_encoded(text, MAX_WBITS);
        case content_coding::br:
            return brotli_encoded(text);
        case content_coding::zstd:
            break;
    }
    return zstd_encoded(text);
}

}  // namespace priz::http
