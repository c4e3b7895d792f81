// error_code.hpp: why a stream or a connection of HTTP/2 ended (RFC 9113, 7).
#pragma once

#include <cstdint>
#include <string>

namespace priz::http::http2 {

// Not all that a peer may send: a code that is not known is handed on as it came.
enum class error_code : std::uint32_t {
    no_error = 0,
    protocol_error = 1,
    internal_error = 2,
    flow_control_error = 3,
    settings_timeout = 4,
    stream_closed = 5,
    frame_size_error = 6,
    refused_stream = 7,
    cancel = 8,
    compression_error = 9,
    connect_error = 10,
    enhance_your_calm = 11,
    inadequate_security = 12,
    http_1_1_required = 13,
};

// "PROTOCOL_ERROR", as the RFC writes it; of one that is not known, its number.
std::string name_of(error_code code);

}  // namespace priz::http::http2
