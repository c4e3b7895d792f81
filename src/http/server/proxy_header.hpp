// proxy_header.hpp: what a proxy says of a connection at its beginning (haproxy's
// proxy-protocol.txt, versions 1 and 2).
//
// A header is a promise of whoever connects, and is read where one is expected, never guessed at:
// what stands there instead closes the connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

struct proxy_header {
    // The proxy asks for itself, such as for the server's health.
    bool is_local = false;
    // Nothing: it does not say.
    std::optional<address> client = std::nullopt;
    // The client's connection to the proxy is encrypted; only version 2 tells.
    bool is_secure = false;

    friend bool operator==(const proxy_header&, const proxy_header&) = default;
};

// A header of version 1 ends within this much; of version 2, what follows its beginning is at most
// this much: haproxy sends less than 600 bytes.
inline constexpr std::size_t header_1_max = 107;
inline constexpr std::size_t header_2_begins = 16;
inline constexpr std::size_t header_2_max = 4096;

struct proxy_header_read {
    enum class progress : std::uint8_t { more, complete, failed };
    progress how = progress::failed;
    // So many bytes are still missing, at least: no more than these may be received, as what is
    // behind the header is not the header's reader's.
    std::size_t missing = 0;
    proxy_header header = {};
};

// `bytes` is all that has come; complete where they end with the header.
proxy_header_read read_proxy_header(std::string_view bytes) noexcept;

// Receives the header and nothing behind it. A stream of which it is known whose it is, is of the
// client from then on.
//
// Errors: protocol_error for bytes that are none, or end before it does; what the connection fails
// with. Cancellation: what had come of it is lost.
io::task<result<proxy_header>> receive_proxy_header(io::stream& connection);

}  // namespace priz::http::detail
