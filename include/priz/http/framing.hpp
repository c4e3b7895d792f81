// priz/http/framing.hpp: where the content of an HTTP/1 message ends (RFC 9112, 6.3).
#pragma once

#include <cstdint>

namespace priz::http {

enum class version : std::uint8_t { http_1_0, http_1_1 };

struct framing {
    enum class kind : std::uint8_t {
        none,         // the message ends with its head
        sized,        // after `length` bytes: Content-Length
        chunked,      // Transfer-Encoding: chunked
        until_close,  // with the stream; responses alone
        tunnel,       // HTTP ends here: 101, and 2xx to CONNECT; what follows is another protocol's
    };

    kind how = kind::none;
    std::uint64_t length = 0;  // of `sized`

    static constexpr framing none() noexcept { return {}; }
    static constexpr framing sized(std::uint64_t length) noexcept { return {kind::sized, length}; }
    static constexpr framing chunked() noexcept { return {kind::chunked, 0}; }
    static constexpr framing until_close() noexcept { return {kind::until_close, 0}; }
    static constexpr framing tunnel() noexcept { return {kind::tunnel, 0}; }

    friend bool operator==(const framing&, const framing&) = default;
};

}  // namespace priz::http
