// byte_parts.hpp: several parts of a file in one reply: multipart/byteranges (RFC 9110, 14.6).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "priz/http/range.hpp"
#include "priz/http/reply.hpp"
#include "priz/unique_fd.hpp"

namespace priz::http::detail {

// Whether a client may have these: together they are no more than the whole, so that a small
// request never asks for more than one without ranges does (CVE-2011-3192).
bool are_worth_it(const std::vector<byte_range>& ranges, std::uint64_t size) noexcept;

// 206, with the parts in their order, each with its media type and its place in the whole of `size`
// bytes. Read piece by piece, as the connection takes them.
reply parts_of_file(unique_fd file, std::uint64_t size, const std::vector<byte_range>& ranges,
                    std::string_view type);

}  // namespace priz::http::detail
