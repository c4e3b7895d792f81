// raw_frames.hpp: frames written and read byte for byte, for tests: what a peer can send that
// nghttp2 as a client never would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http2/session.hpp"

namespace priz::http::http2::raw {

using namespace std::literals;

enum type : std::uint8_t {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH_PROMISE,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUATION
};
inline constexpr std::uint8_t END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, PRIO = 32;
inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string number(std::uint32_t value, unsigned bytes = 4) {
    std::string out;
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
    return out;
}

inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload = {}) {
    std::string out = number(static_cast<std::uint32_t>(payload.size()), 3);
    out += static_cast<char>(type);
    out += static_cast<char>(flags);
    out += number(stream);
    return out.append(payload);
}

inline std::string setting(std::uint32_t id, std::uint32_t value) {
    return number(id, 2) + number(value);
}

// A literal that enters no table (RFC 7541, 6.2.2), for texts below 127 bytes.
inline std::string field(std::string_view name, std::string_view value) {
    std::string out(1, '\0');
    for (const std::string_view text : {name, value}) {
        out += static_cast<char>(text.size());
        out.append(text);
    }
    return out;
}

using fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline std::string block(fields list) {
    std::string out;
    for (const auto& [name, value] : list) out += field(name, value);
    return out;
}

// A request that is as it has to be, and more fields behind it.
inline std::string get(fields more = {}) {
    return block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}}) +
           block(more);
}
inline std::string post(fields more = {}) {
    return block({{":method", "POST"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}}) +
           block(more);
}

inline std::string request(std::uint32_t stream, std::string_view list,
                           std::uint8_t flags = END_STREAM | END_HEADERS) {
    return frame(HEADERS, flags, stream, list);
}

inline std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

struct seen_frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
    std::uint32_t number_at(std::size_t at) const {
        std::uint32_t value = 0;
        for (std::size_t i = at; i < at + 4 && i < payload.size(); ++i)
            value = value << 8 | static_cast<std::uint8_t>(payload[i]);
        return value;
    }
};

inline std::string all_output(session& of) {
    std::string out;
    for (auto part = of.output(); !part.empty(); part = of.output())
        out.append(reinterpret_cast<const char*>(part.data()), part.size());
    return out;
}

inline std::vector<seen_frame> frames_of(std::string_view text) {
    std::vector<seen_frame> out;
    if (text.starts_with(preface)) text.remove_prefix(preface.size());
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    while (text.size() >= 9) {
        const std::size_t size = std::size_t{at(0)} << 16 | std::size_t{at(1)} << 8 | at(2);
        if (text.size() < 9 + size) break;
        seen_frame one{at(3), at(4), 0, std::string(text.substr(9, size))};
        for (std::size_t i = 5; i < 9; ++i) one.stream = one.stream << 8 | at(i);
        out.push_back(std::move(one));
        text.remove_prefix(9 + size);
    }
    return out;
}

// What came of some bytes: the strongest of the frames that answer them.
struct verdict {
    enum class kind : std::uint8_t { ignored, stream, connection } what = kind::ignored;
    error_code code = error_code::no_error;
    friend bool operator==(const verdict&, const verdict&) = default;
};

inline verdict verdict_of(const std::vector<seen_frame>& frames) {
    verdict found;
    for (const seen_frame& one : frames) {
        if (one.type == GOAWAY && one.number_at(4) != 0)
            return {verdict::kind::connection, static_cast<error_code>(one.number_at(4))};
        if (one.type == RST_STREAM)
            found = {verdict::kind::stream, static_cast<error_code>(one.number_at(0))};
    }
    return found;
}

}  // namespace priz::http::http2::raw
