// priz/http/head_writer.hpp: writes the heads of HTTP/1 messages, and chunks.
//
// Everything is checked before a byte is written: what request_parser and response_parser would
// refuse is refused here, but for limits, which are the reader's. CR, LF and NUL pass in no method,
// target, name, value or phrase, whoever they came from. Content-Length and Transfer-Encoding are
// written as the framing has it, and are not given as fields; so a head never says two things about
// its content.
//
//     std::string out;
//     http::append_request_head(out, "GET", "/", {{"Host", "example.org"}});
//
// The functions append to `out`, which is as it was when they fail; a string that is used again
// needs no new memory. They know no connection: whether to say Connection: close is the caller's.
// Python: http.client.HTTPConnection.putrequest(), putheader(), endheaders()
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/field.hpp"
#include "priz/http/framing.hpp"

namespace priz::http {

// Fields to be written: a braced list, a vector, an array.
class field_range {
public:
    constexpr field_range() noexcept = default;
    constexpr field_range(std::initializer_list<field_view> list) noexcept
        : fields_(list.begin(), list.size()) {}
    template <class R>
    requires std::convertible_to<const R&, std::span<const field_view>>
    constexpr field_range(const R& fields) noexcept : fields_(fields) {}

    constexpr auto begin() const noexcept { return fields_.begin(); }
    constexpr auto end() const noexcept { return fields_.end(); }
    constexpr std::size_t size() const noexcept { return fields_.size(); }

private:
    std::span<const field_view> fields_;
};

// Appends a request's head. `content` is none, sized or chunked; sized with length 0 says so by
// Content-Length: 0, as a POST without content should. HTTP/1.1 has exactly one Host field.
//
// Errors: the defect, with the field's name where it is one.
PRIZ_API void append_request_head(std::string& out, std::string_view method,
                                  std::string_view target, field_range fields,
                                  framing content = framing::none(),
                                  version as = version::http_1_1);
PRIZ_API result<void> try_append_request_head(std::string& out, std::string_view method,
                                              std::string_view target, field_range fields,
                                              framing content = framing::none(),
                                              version as = version::http_1_1);

// Appends a response's head. An empty `reason` is the registered one. Without content the head says
// Content-Length: 0, but for 1xx, 204 and 304, which end with it anyway. An answer to HEAD, and
// 304, have the framing that the content would have (RFC 9110, 8.6): until_close() writes a bare
// head, as an answer to HEAD has that does not know the length. So does tunnel(), for 101 and for
// 2xx to CONNECT.
//
// Errors: as append_request_head(); defect::unexpected_content: content with 1xx, 204 or 205,
// until_close with them or 304, tunnel with another status than 101 and 2xx.
PRIZ_API void append_response_head(std::string& out, int status, field_range fields,
                                   framing content = framing::none(), std::string_view reason = {},
                                   version as = version::http_1_1);
PRIZ_API result<void> try_append_response_head(std::string& out, int status, field_range fields,
                                               framing content = framing::none(),
                                               std::string_view reason = {},
                                               version as = version::http_1_1);

// What stands before a chunk's content: its size in hexadecimal digits, and CRLF. Behind the
// content goes CRLF again.
class PRIZ_API chunk_head {
public:
    // `size` is not 0: that would be the last chunk.
    explicit chunk_head(std::size_t size) noexcept;
    std::string_view text() const noexcept { return {text_ + from_, sizeof(text_) - from_}; }

private:
    char text_[2 * sizeof(std::size_t) + 2];
    std::size_t from_;
};

// Appends a whole chunk; nothing where there is no content.
PRIZ_API void append_chunk(std::string& out, bytes_view content);

// Appends the end of chunked content, with trailer fields.
//
// Errors: as append_request_head(); defect::forbidden_trailer: fields of framing, routing, request
// modifiers, response controls, authentication and content format (RFC 9110, 6.5.1).
PRIZ_API void append_last_chunk(std::string& out, field_range trailers = {});
PRIZ_API result<void> try_append_last_chunk(std::string& out, field_range trailers = {});

}  // namespace priz::http
