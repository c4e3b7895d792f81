// priz/http/range.hpp: parts of a representation: Range and Content-Range (RFC 9110, 14).
//
//     auto wanted = http::parse_range("bytes=0-499,-100", size);
//
// Functions of their arguments. Python has no equivalent in its standard library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz::http {

// Bytes `first` to `last`, both of them included, as HTTP counts; first <= last.
struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t size() const noexcept { return last - first + 1; }
    friend bool operator==(const byte_range&, const byte_range&) = default;
};

// What a Range field asks of a representation of `size` bytes, in the field's order, cut to what
// there is. Parts that lie wholly behind its end are left out; an empty vector says that all do,
// which is answered by 416 (Range Not Satisfiable). A size of 0 satisfies no range.
//
// Errors: defect::bad_syntax: another unit than bytes, no range at all, or one that ends before it
// begins. A server that cannot read a Range field ignores it (RFC 9110, 14.2).
// defect::too_many_fields: more than `count_max`, or more than two that overlap, with which a small
// request asks for a large answer.
PRIZ_API std::vector<byte_range> parse_range(std::string_view value, std::uint64_t size,
                                             std::size_t count_max = 16);
PRIZ_API result<std::vector<byte_range>> try_parse_range(std::string_view value, std::uint64_t size,
                                                         std::size_t count_max = 16);

// A Content-Range field: which part comes, of how much.
struct content_range {
    std::optional<byte_range> range;    // nothing in an answer of 416
    std::optional<std::uint64_t> size;  // nothing where it is not known: *
    friend bool operator==(const content_range&, const content_range&) = default;

    // "bytes 0-499/1234", "bytes 0-499/*", "bytes */1234"
    PRIZ_API std::string str() const;
};

// Errors: defect::bad_syntax: another unit than bytes, neither a range nor a size, or a range that
// does not lie within the size or reaches to byte 2^64 - 1.
PRIZ_API content_range parse_content_range(std::string_view value);
PRIZ_API result<content_range> try_parse_content_range(std::string_view value);

}  // namespace priz::http
