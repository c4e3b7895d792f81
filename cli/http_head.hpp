// cli/http_head.hpp: the head of an HTTP/1 request, as far as `priz listen --hello` needs it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace priz::cli {

struct http_request {
    std::string method;
    std::string target;
    std::string version;
    std::vector<std::pair<std::string, std::string>> headers;
};

struct http_head {
    enum class state { incomplete, complete, malformed, too_large, unsupported_version };

    state what = state::incomplete;
    http_request request = {};
};

inline constexpr std::size_t http_head_max = 64 * 1024;
inline constexpr std::size_t http_line_max = 8 * 1024;
inline constexpr std::size_t http_headers_max = 100;

// Reads the head at the beginning of what came so far. RFC 9112, strictly, save that a bare LF ends
// a line too (2.2).
http_head parse_http_head(std::string_view received);

}  // namespace priz::cli
