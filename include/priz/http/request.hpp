// priz/http/request.hpp: a request, as a server's handler sees it.
//
//     io::task<http::reply> store(http::request& r) {
//         const std::string text = co_await r.text();
//         co_return http::reply(201, "stored " + r.parameter("name"));
//     }
//
// It belongs to the connection that it came by, whichever version of HTTP that speaks, and lives
// until the reply has been sent, also one that is streamed; so do the views that it gives. What
// goes on behind an upgrade has no request any more. Content is read as the handler asks for it:
// what nobody reads is not received, so that a peer can send no faster than it is read.
//
// Used on its connection's loop. Elsewhere: what a handler gives back (reply.hpp), the server
// (server.hpp). Python: flask.Request, aiohttp.web.Request
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "priz/address.hpp"
#include "priz/export.hpp"
#include "priz/http/field.hpp"
#include "priz/http/query.hpp"
#include "priz/io/detail/endpoint.hpp"
#include "priz/io/task.hpp"

namespace priz::io {
class server;
}

namespace priz::http {

// Thrown by a handler, or by what it calls: the request is answered with that status and text.
// Python: werkzeug.exceptions.HTTPException, flask.abort()
class PRIZ_API status_error : public std::runtime_error {
public:
    // Without a text, the registered phrase of the status. `status` is 400 to 599: another one is
    // answered with 500.
    explicit status_error(int status);
    status_error(int status, const std::string& text);
    int status() const noexcept { return status_; }

private:
    int status_;
};

namespace detail {

// Where a request's content comes from.
class content_source {
public:
    // The next piece, valid until the next call; empty at the end.
    virtual io::task<std::string_view> read() = 0;
    // Behind the content, when it has ended.
    virtual field_list trailers() const noexcept = 0;

protected:
    ~content_source() = default;
};

// What a connection knows of a request.
struct request_facts {
    std::string_view method;
    std::string_view target;
    std::string_view host;
    std::string_view scheme;
    std::string_view protocol;
    field_list fields;
    io::detail::endpoint* connection = nullptr;
    const address* client = nullptr;    // null: whose connection it is
    io::server* accepts = nullptr;      // null: a connection by itself
    content_source* content = nullptr;  // null: there is none
    std::optional<std::uint64_t> content_length;
    std::string_view extended_connect;  // the protocol that it asks for
};

class router;

}  // namespace detail

class PRIZ_API request {
public:
    // How connections make it.
    explicit request(const detail::request_facts& facts) noexcept : facts_(facts) {}
    request(const request&) = delete;
    request& operator=(const request&) = delete;
    ~request() = default;

    // "GET". Case matters.
    std::string_view method() const noexcept { return facts_.method; }
    // As it was sent: "/a%20b?q=1".
    std::string_view target() const noexcept { return facts_.target; }
    // Decoded: "/a b". A solidus that was sent as %2F looks like the others here; a route's
    // parameters tell them apart.
    std::string_view path() const noexcept { return path_; }
    // Behind the question mark, as it was sent; empty where there is none.
    std::string_view query_string() const noexcept { return query_; }
    // "http" or "https": whether this connection is encrypted, or its client's to a trusted proxy.
    std::string_view scheme() const noexcept { return facts_.scheme; }
    // "HTTP/1.0", "HTTP/1.1" or "HTTP/2".
    std::string_view protocol() const noexcept { return facts_.protocol; }
    // Of a request of HTTP/2 that asks for another protocol on its stream (RFC 8441): which, such
    // as "websocket". It is otherwise seen as the GET that it would be on HTTP/1.1. Empty for
    // others.
    std::string_view extended_connect() const noexcept { return facts_.extended_connect; }
    // The Host field, or :authority; empty where HTTP/1.0 has none.
    std::string_view host() const noexcept { return facts_.host; }
    // Whose connection it is, or who it is in the words of a trusted proxy
    // (server_options::proxies), which may know no port; empty where it has no name, or hides it.
    address peer() const noexcept;

    // What accepted its connection, and tells of a drain: for replies that go on for long, and for
    // what is behind an upgrade. Null for a connection that was served by itself.
    io::server* accepted_by() const noexcept { return facts_.accepts; }

    const field_list& fields() const noexcept { return facts_.fields; }
    // The first value of that name, in whichever case. Python: Request.headers.get()
    std::optional<std::string_view> field(std::string_view name) const noexcept {
        return facts_.fields.find(name);
    }

    // What stands in the place of {name} in the route, decoded. Python: Request.match_info
    //
    // Errors: value_error for a name that the route does not have.
    const std::string& parameter(std::string_view name) const;

    // Of the route's last parameter; nothing where it has none.
    std::optional<std::string_view> last_parameter() const noexcept;

    // The pairs of the query, decoded; the first value of a name.
    //
    // Errors: status_error, 400, for a query that cannot be decoded.
    // Python: Request.query, flask.Request.args
    pairs query() const;
    std::optional<std::string> query(std::string_view name) const;

    bool has_content() const noexcept { return facts_.content != nullptr; }
    // As it was announced; nothing where it comes in chunks.
    std::optional<std::uint64_t> content_length() const noexcept { return facts_.content_length; }

    // Receives the next piece of the content; empty at its end, which comes again. Valid until the
    // next read. A client that waits for 100 (Continue) is told to go on by the first read.
    //
    // Errors:        status_error, 400, when the content is not what its framing says; 408 when
    //                nothing comes for server_options::read_time, or too little for content_grace;
    //                413 beyond limits::content; what the connection fails with.
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   one read at a time.
    // Python:        Request.content.readany()
    io::task<std::string_view> read();

    // The whole content, of at most `most` bytes. 64 MiB are the default for what is collected.
    //
    // Errors:        as read(); status_error, 413, for more than `most`.
    // Cancellation:  what was read is lost.
    // Concurrency:   as read.
    // Python:        Request.text(), Request.read()
    io::task<std::string> text(std::size_t most = std::size_t{64} * 1024 * 1024);

    // Fields behind the content, once read() has told its end.
    field_list trailers() const noexcept {
        return facts_.content != nullptr ? facts_.content->trailers() : field_list();
    }

private:
    friend class detail::router;

    detail::request_facts facts_;
    std::string_view path_;
    std::string_view query_;
    std::string decoded_;  // the path, where it differs from what was sent
    std::vector<std::pair<std::string_view, std::string>> parameters_;
};

}  // namespace priz::http
