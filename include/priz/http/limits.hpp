// priz/http/limits.hpp: how much of a message is read before it is refused.
//
// Whatever a peer can make long has a limit here; beyond it the reader fails with a defect that
// names it. The defaults are a server's; client_limits() are those towards servers, which send
// more.
#pragma once

#include <cstdint>

namespace priz::http {

struct limits {
    // Bytes of the request or status line, and of each field line, with the CRLF.
    std::uint32_t line = 8 * 1024;
    // Bytes of the whole head: first line, fields, and the empty line. The same of trailers.
    std::uint32_t head = 64 * 1024;
    // Fields of a head, or of trailers.
    std::uint32_t fields = 100;
    // Bytes of a method. The longest registered one has 17.
    std::uint32_t method = 32;
    // Bytes of the extensions of one chunk. Over all chunks of a message they may have 16 KiB more
    // than the content that came with them.
    std::uint32_t chunk_extension = 256;
    // Bytes of content, framed in whichever way.
    std::uint64_t content = UINT64_MAX;
};

// As curl: 300 KiB of fields, of which there may be 5,000, and 100 KiB a line.
constexpr limits client_limits() noexcept {
    limits of_client;
    of_client.line = 100 * 1024;
    of_client.head = 300 * 1024;
    of_client.fields = 5000;
    return of_client;
}

}  // namespace priz::http
