#include "http_head.hpp"

#include <algorithm>
#include <cctype>

namespace priz::cli {

namespace {

using state = http_head::state;

bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != marks.npos;
    });
}

// Printable, or beyond ASCII; in values also tabs and spaces.
bool is_text(std::string_view text, bool with_blanks) {
    return std::ranges::all_of(text, [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte > 0x20 && byte != 0x7F) || (with_blanks && (c == ' ' || c == '\t'));
    });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// Takes the next line, without its end; false where its end has not come yet.
bool next_line(std::string_view& rest, std::string_view& line) {
    const auto end = rest.find('\n');
    if (end == rest.npos) return false;
    line = rest.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    rest.remove_prefix(end + 1);
    return true;
}

state read_request_line(std::string_view line, http_request& request) {
    const auto first = line.find(' ');
    const auto second = line.rfind(' ');
    if (first == line.npos || first == second) return state::malformed;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, second - first - 1);
    request.version = line.substr(second + 1);
    if (!is_token(request.method) || request.target.empty() || !is_text(request.target, false))
        return state::malformed;
    const std::string_view version = request.version;
    if (!version.starts_with("HTTP/") || version.size() != 8 || version[6] != '.')
        return state::malformed;
    return version[5] == '1' ? state::complete : state::unsupported_version;
}

state read_header(std::string_view line, http_request& request) {
    const auto colon = line.find(':');
    if (colon == line.npos) return state::malformed;
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_token(line.substr(0, colon)) || !is_text(value, true)) return state::malformed;
    request.headers.emplace_back(line.substr(0, colon), value);
    return request.headers.size() > http_headers_max ? state::too_large : state::complete;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// HTTP/1.1 asks for exactly one Host (RFC 9112, 3.2).
state checked(const http_request& request) {
    const auto hosts = std::ranges::count_if(
        request.headers, [](const auto& header) { return same_name(header.first, "host"); });
    const bool good = request.version == "HTTP/1.0" ? hosts <= 1 : hosts == 1;
    return good ? state::complete : state::malformed;
}

bool is_too_large(std::string_view rest, std::size_t whole) {
    return whole > http_head_max || rest.size() > http_line_max;
}

}  // namespace

http_head parse_http_head(std::string_view received) {
    http_head head;
    std::string_view rest = received.substr(0, http_head_max + 1);
    std::string_view line;
    bool in_request_line = true;
    bool skipped = false;  // one empty line may come first (2.2)
    while (next_line(rest, line)) {
        if (line.size() > http_line_max) return {state::too_large, {}};
        if (line.empty() && in_request_line && !std::exchange(skipped, true)) continue;
        if (line.empty() && !in_request_line) return {checked(head.request), head.request};
        head.what = in_request_line ? read_request_line(line, head.request)
                                    : read_header(line, head.request);
        if (head.what != state::complete) return head;
        in_request_line = false;
    }
    head.what = is_too_large(rest, received.size()) ? state::too_large : state::incomplete;
    return head;
}

}  // namespace priz::cli
