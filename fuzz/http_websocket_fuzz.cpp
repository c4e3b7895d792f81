// WebSocket frames: however they are cut, a reader tells the same, in both roles; what it accepts
// as text is UTF-8 to the C library too, and no message is longer than its limit.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/websocket/frames.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;
using http::detail::frame_reader;
using event = frame_reader::event;

constexpr http::websocket_limits most{.message = 5000, .fragments = 5};

fuzz::verdicts readings;

void require(bool claim) {
    if (!claim) std::abort();
}

// Straight from the table of RFC 3629, 4, one character a time.
bool is_utf8(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char c = at(i);
        const std::size_t size = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (c >= 0x80 && c < 0xc2) return false;
        if (i + size > text.size() || c > 0xf4) return false;
        std::uint32_t value = size == 1 ? c : c & (0x7fU >> size);
        for (std::size_t k = 1; k < size; ++k) {
            if ((at(i + k) & 0xc0U) != 0x80) return false;
            value = value << 6U | (at(i + k) & 0x3fU);
        }
        if ((size == 3 && value < 0x800) || (size == 4 && value < 0x10000) || value > 0x10ffff ||
            (value >= 0xd800 && value <= 0xdfff))
            return false;
        i += size;
    }
    return true;
}

struct reading {
    std::string told;
    bool has_failed = false;
    friend bool operator==(const reading&, const reading&) = default;
};

reading read_all(std::string_view bytes, std::size_t step, bool is_server, bool is_compressed) {
    http::detail::message_inflater inflater(15, true);
    frame_reader reader(is_server, most, is_compressed ? &inflater : nullptr);
    reading all;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        std::string_view input = bytes.substr(at, step);
        for (;;) {
            const event what = reader.next(input);
            if (what == event::more) break;
            all.told += static_cast<char>('0' + static_cast<int>(what));
            if (what == event::failed) {
                require(reader.close_code() == 1002 || reader.close_code() == 1007 ||
                        reader.close_code() == 1009);
                all.told += reader.why();
                all.has_failed = true;
                return all;
            }
            if (what == event::message) {
                require(reader.message().size() <= most.message);
                require(!reader.is_text() || is_utf8(reader.message()));
                all.told += reader.message();
            } else {
                require(reader.control().size() <= 125);
                all.told += reader.control();
            }
        }
    }
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const bool is_server = (data[0] & 1U) != 0;
    const bool is_compressed = (data[0] & 2U) != 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const reading whole = read_all(bytes, bytes.size() + 1, is_server, is_compressed);
    require(read_all(bytes, 1, is_server, is_compressed) == whole);
    require(read_all(bytes, 3, is_server, is_compressed) == whole);
    readings.note(!whole.has_failed);
    return 0;
}
