// priz/http/content_decoder.hpp: content with its coding taken off (RFC 9110, 8.4), without I/O.
//
//     http::content_decoder d(http::parse_content_encoding("gzip"));
//     for (;;) {
//         auto step = d.next(input);
//         input.remove_prefix(step.consumed);
//         if (step.how == http::decoded::content) use(step.content);
//         else if (step.how == http::decoded::more) {
//             … the next piece as it was sent; behind the last one d.finish() says whether the
//             content is whole, and the loop ends
//         } else break;
//     }
//
// A few bytes can stand for any number of them. So a decoder keeps no more than a piece, and ends
// where content grows by more than a factor; who collects it has a limit of their own besides. The
// client does this by itself (client_options::decode); a server's handler does it where it wants
// coded content.
//
// One thread at a time. Python: gzip, zlib.decompressobj()
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/body_decoder.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

enum class content_coding : std::uint8_t {
    gzip,     // RFC 1952, also of several members
    deflate,  // zlib's format (RFC 1950); not the bare one that some servers send by that name
    br,       // Brotli (RFC 7932)
    zstd,     // RFC 8878, also of several frames, with a window up to 8 MiB (RFC 9659)
};

// The codings that a Content-Encoding field names, in the order in which they were applied.
//
// Errors: defect::unsupported_content_coding for any other than these, "x-gzip" and "identity".
PRIZ_API std::vector<content_coding> parse_content_encoding(std::string_view value);
PRIZ_API result<std::vector<content_coding>> try_parse_content_encoding(std::string_view value);

struct decoding_limits {
    // How many bytes each byte may stand for, counted over everything so far, once more than `free`
    // bytes came out. Text becomes a tenth, seldom less than a fiftieth.
    std::uint32_t ratio = 100;
    std::uint64_t free = std::uint64_t{1024} * 1024;
    // Codings on top of each other.
    std::uint32_t codings = 2;
};

class PRIZ_API content_decoder {
public:
    using step = body_decoder::step;

    // `codings` as they were applied: the last is taken off first.
    //
    // Errors: defect::too_many_codings; std::bad_alloc.
    explicit content_decoder(const std::vector<content_coding>& codings,
                             const decoding_limits& most = {});
    content_decoder(content_decoder&& other) noexcept;
    content_decoder& operator=(content_decoder&& other) noexcept;
    ~content_decoder();

    // Decodes the beginning of `input`, which follows what was consumed before: content, which is
    // valid until the next call, more, or failed. Never complete: what was sent ends by its
    // framing, not by its coding.
    step next(std::string_view input);

    // Nothing follows: complete, or failed where the coding says that more has to come. Content of
    // no bytes at all is complete.
    decoded finish() noexcept;

    // bad_content_coding, truncated_content or decompression_bomb; the offset counts what was sent.
    const parse_error& error() const noexcept;

private:
    class inside;
    std::unique_ptr<inside> inside_;
};

}  // namespace priz::http
