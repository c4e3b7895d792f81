// priz/http/body_decoder.hpp: the content of an HTTP/1 message out of its framing, without I/O.
//
// Give it the bytes behind the head as they come. Each call hands out at most one piece of content,
// a view into what was given, and says how many bytes are done with:
//
//     http::body_decoder body(parser.framing(), places);
//     for (;;) {
//         auto step = body.next(input);
//         input.remove_prefix(step.consumed);
//         if (step.how == http::decoded::content) use(step.content);
//         else if (step.how == http::decoded::more) {
//             … receive, behind what is left of input; where the stream has ended,
//             body.finish() says whether the content is whole, and the loop ends
//         } else break;
//     }
//
// It copies and allocates nothing. Content that is neither framed by a length nor by chunks ends
// with the stream: say so by finish(). One thread at a time. Python:
// http.client.HTTPResponse.read()
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "priz/export.hpp"
#include "priz/http/head_parser.hpp"

namespace priz::http {

// The fields behind chunked content, up to and with the empty line.
class PRIZ_API trailer_parser : public head_parser {
public:
    explicit trailer_parser(std::span<field_place> places, const limits& most = {}) noexcept
        : head_parser(places, most) {
        set(is_trailer);
        set(is_response);
    }
    // As request_parser::parse(). Fields that say where a message ends or where it goes are refused
    // (RFC 9110, 6.5.1).
    progress parse(std::string_view buffer) noexcept;
    void reset() noexcept { restart(); }
};

enum class decoded : std::uint8_t {
    content,   // a piece, never empty; call again with what follows it
    more,      // call again with what was not consumed, and more behind it
    complete,  // what follows is the next message
    failed,    // error() says why
};

class PRIZ_API body_decoder {
public:
    struct step {
        decoded how;
        std::size_t consumed = 0;  // bytes at the beginning of the input, the piece among them
        std::string_view content;  // a part of the input
    };

    // `trailers` has room for the fields of a trailer section, and outlives the decoder; without
    // room, a message with trailers is refused. It may be the head's, if those are done with.
    explicit body_decoder(http::framing how, std::span<field_place> trailers = {},
                          const limits& most = {}) noexcept;

    // Decodes the beginning of `input`, which follows what was consumed before. Content beyond
    // limits::content fails: announced by a length or a chunk's size, at once; framed by the
    // stream's end, at the first byte beyond.
    step next(std::string_view input) noexcept;

    // The stream has ended behind all that was given: complete or failed.
    decoded finish() noexcept;

    // After decoded::complete, and as long as the last input stays where it is.
    field_list trailers() const noexcept { return trailers_.fields(); }

    // Offsets count from the first byte behind the head.
    const parse_error& error() const noexcept { return error_; }

private:
    enum class stage : std::uint8_t {
        sized,
        until_close,
        size,       // the first digit of a chunk's size
        size_more,  // a further one, or what may follow
        extension,  // states of RFC 9112, 7.1.1: behind a semicolon or space before it
        extension_name,
        after_name,
        before_value,
        token_value,
        quoted_value,
        quoted_pair,
        after_value,
        space_before_extension,
        size_lf,
        content,
        content_cr,
        content_lf,
        trailers,
        complete,
        failed,
    };

    step fail(defect what, std::size_t offset) noexcept;
    step take_content(std::string_view input, std::size_t from) noexcept;
    step read_trailers(std::string_view input, std::size_t from) noexcept;
    defect read_size(char c) noexcept;
    defect read_extension(char c) noexcept;
    defect end_size_line() noexcept;
    defect allow(std::uint64_t more) noexcept;

    stage stage_;
    std::uint8_t digits_ = 0;
    std::uint32_t extension_ = 0;   // bytes of this chunk's extensions
    std::uint64_t extensions_ = 0;  // of all
    std::uint64_t left_ = 0;        // of the content, or of the chunk
    std::uint64_t content_ = 0;     // announced by all chunks so far
    std::uint64_t done_ = 0;        // bytes consumed
    limits limits_;
    trailer_parser trailers_;
    parse_error error_;
};

}  // namespace priz::http
