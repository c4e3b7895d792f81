// priz/http/defect.hpp: what can be wrong with a message, an URL or a field, and where it was
// found.
//
// Every reader and writer of priz::http that refuses says one of these. Each has a sentence, the
// section of the standard that it breaks, and the status that a server answers it with. A defect is
// an error code of its own category, so that it travels in a priz::failure like any other cause:
//
//     parse_request: a line that ends in LF alone (offset 14; RFC 9112, 2.2)
//
// Values without state. Python: http.client.HTTPException's subclasses, ValueError of urllib.parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <type_traits>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

enum class defect : std::uint8_t {
    none,
    incomplete,  // the stream ended within the message

    // Lines.
    bare_cr,        // a CR that no LF follows
    bare_lf,        // a line that ends in LF alone
    nul_byte,       // a NUL
    line_too_long,  // a field line longer than limits::line
    head_too_large,
    too_many_fields,

    // The first line.
    bad_method,
    method_too_long,
    bad_target,  // a byte that no target has, or a target of no known form
    target_too_long,
    wrong_target_form,  // a form that the method does not have, such as * with GET
    bad_version,
    unsupported_version,  // well formed, and not 1.x
    bad_status,
    bad_reason,

    // Field lines.
    space_before_first_field,
    folded_line,  // obs-fold
    bad_field_name,
    space_before_colon,
    bad_field_value,

    // What the fields say together.
    no_host,
    several_hosts,
    bad_host,
    host_is_not_target,  // a target with another authority than Host
    bad_content_length,
    several_content_lengths,
    length_and_coding,  // both Content-Length and Transfer-Encoding
    bad_transfer_coding,
    unsupported_transfer_coding,
    transfer_coding_before_1_1,
    unexpected_content,  // with CONNECT or TRACE, or a status that has none
    framing_field,       // Content-Length or Transfer-Encoding given to a writer by hand
    content_too_large,

    // Chunks.
    bad_chunk_size,
    chunk_size_overflow,
    bad_chunk_extension,
    chunk_extension_too_long,
    no_line_after_chunk,  // content goes on where the chunk's CRLF has to stand
    forbidden_trailer,

    // Content codings.
    unsupported_content_coding,
    too_many_codings,
    bad_content_coding,  // content that is not what its coding would have made
    truncated_content,   // coded content that ends too early, in a message that is whole
    decompression_bomb,  // content that a decoder's limits let grow no further

    // Forms.
    bad_multipart,
    too_many_parts,

    // URLs and field values.
    bad_scheme,
    bad_authority,
    bad_port,
    bad_percent_code,
    bad_path,
    bad_syntax,  // of a date, a media type, a range, an entity tag
};

// Its name, "bare_lf", as logs and metrics want it.
PRIZ_API const char* name(defect what) noexcept;

// The sentence, "a line that ends in LF alone".
PRIZ_API const char* describe(defect what) noexcept;

// The standard and its section, "RFC 9112, 2.2".
PRIZ_API const char* section(defect what) noexcept;

// What a server answers a request of this defect with: 400, 413, 414, 415, 431, 501 or 505.
PRIZ_API int answer_status(defect what) noexcept;

// Values are those of `defect`. Each is equal to std::errc::protocol_error; what a writer was given
// comes as the same defects.
PRIZ_API const std::error_category& category() noexcept;
PRIZ_API std::error_code make_error_code(defect what) noexcept;

// A defect and its place.
struct PRIZ_API parse_error {
    defect what = defect::none;
    std::size_t offset = 0;  // bytes from the beginning of what was parsed

    explicit operator bool() const noexcept { return what != defect::none; }
    friend bool operator==(const parse_error&, const parse_error&) = default;

    // As the failure of a verb; `operation` has static lifetime.
    failure as_failure(const char* operation) const;

    // "a line that ends in LF alone (offset 14; RFC 9112, 2.2)"
    std::string message() const;
};

}  // namespace priz::http

template <>
struct std::is_error_code_enum<priz::http::defect> : std::true_type {};
