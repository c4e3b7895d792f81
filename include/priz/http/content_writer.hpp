// priz/http/content_writer.hpp: where content goes that is written piece by piece: a streamed
// reply's of a server (reply.hpp), a request's of a client (request_content.hpp).
//
// It belongs to the connection, and is used until the coroutine that writes has ended. Python:
// aiohttp.web.StreamResponse
#pragma once

#include <string_view>

#include "priz/bytes.hpp"
#include "priz/export.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

class PRIZ_API content_writer {
public:
    content_writer() = default;
    content_writer(const content_writer&) = delete;
    content_writer& operator=(const content_writer&) = delete;

    // Sends a piece of the content; done when the connection has taken it, so that a peer that
    // reads slowly holds the writer up. `piece` stays valid until the await ends.
    //
    // Errors:        what the connection fails with; timeout when the peer takes nothing for
    //                server_options::write_time, timeouts::write; value_error beyond the length
    //                that was announced.
    // Cancellation:  a part may have been sent; the connection is of no further use.
    // Concurrency:   one write at a time.
    // Python:        StreamResponse.write()
    virtual io::task<> write(bytes_view piece) = 0;

    // A field behind the content, which HTTP/1.0 and content of a known length do not have: there
    // it is dropped.
    //
    // Errors: as headers::add().
    virtual void add_trailer(std::string_view name, std::string_view value) = 0;

protected:
    ~content_writer() = default;
};

}  // namespace priz::http
