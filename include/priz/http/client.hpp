// priz/http/client.hpp: HTTP requests, awaited.
//
//     http::client c;
//     auto r = co_await c.get("https://example.org/x.json");
//
//     auto big = co_await c.open("GET", "https://example.org/big.iso");
//     while (auto piece = co_await big.read()) co_await file.write(piece);
//
// A client keeps connections and uses them again, each for requests of one identity alone: scheme,
// host, port, proxy, credentials, TLS settings, Unix path. It follows redirections, never from
// https to http, and takes no credentials along to another origin. Every wait has an end
// (timeouts.hpp), and request_options::timeout is one deadline over everything, the name's look-up
// included.
//
// A request whose connection turns out to have been closed meanwhile is made again on a new one,
// where that is safe: the connection had been used before, nothing of an answer was seen, and
// either nothing was sent or the method is idempotent and the content can be given again. So is one
// that a server of HTTP/2 says it has not looked at, whatever its method.
//
// A client belongs to the loop that it is first used on, and its connections end with clear() or
// with the client; both, and every answer, have to be gone before the loop is. Elsewhere: without a
// loop (session.hpp). Python: requests.Session, aiohttp.ClientSession
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/client_options.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/response.hpp"
#include "priz/http/url.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

namespace detail {
class answer_state;
class client_state;
}  // namespace detail

// A piece of content, lent until the next one is read. False at the content's end.
class content_piece {
public:
    content_piece() noexcept = default;
    explicit content_piece(std::string_view text) noexcept : text_(text) {}
    explicit operator bool() const noexcept { return !text_.empty(); }
    const char* data() const noexcept { return text_.data(); }
    std::size_t size() const noexcept { return text_.size(); }
    std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

// An answer whose content is read piece by piece. Who lets it go before the content's end ends its
// connection, or its stream where others share the connection. Python: requests.get(stream=True),
// http.client.HTTPResponse
class PRIZ_API answer {
public:
    explicit answer(std::unique_ptr<detail::answer_state> inside) noexcept;
    answer(answer&& other) noexcept;
    answer& operator=(answer&& other) noexcept;
    ~answer();

    int status() const noexcept;
    const std::string& reason() const noexcept;
    const std::string& version() const noexcept;
    const http::headers& headers() const noexcept;
    // What was asked at last, and before, as in response.
    const http::url& url() const noexcept;
    const std::vector<http::url>& history() const noexcept;
    // What Content-Length says, where there is one: of what is sent, in its coding.
    std::optional<std::uint64_t> content_length() const noexcept;

    // The next piece of the content, its coding taken off as client_options::decode says.
    //
    // Errors:        those of the connection; defect::incomplete where it ends too early; those of
    //                content_decoder; timeout. After an error there is no more.
    // Cancellation:  ends the answer: what is left of it cannot be read.
    // Concurrency:   one read at a time.
    // Python:        Response.iter_content(), HTTPResponse.read1()
    io::task<content_piece> read();
    io::task<result<content_piece>> try_read();

    // All that is left, with the rest of the answer, as one value.
    //
    // Errors:        as read; defect::content_too_large beyond that many bytes.
    // Cancellation:  as read.
    // Python:        Response.content
    io::task<response> collect(std::uint64_t content_max = std::uint64_t{64} * 1024 * 1024);
    io::task<result<response>> try_collect(std::uint64_t content_max = std::uint64_t{64} * 1024 *
                                                                       1024);

    // What came behind the content, after its end.
    const http::headers& trailers() const noexcept;

private:
    std::unique_ptr<detail::answer_state> inside_;
};

class PRIZ_API client {
public:
    // Errors: value_error for no connections, and an idle time that is none.
    explicit client(client_options options = {});
    client(client&&) noexcept;
    client& operator=(client&&) noexcept;
    ~client();

    // Makes a request, and collects the answer. What is given is copied by the call.
    //
    // Errors:        the defect of an URL, a method or a field that cannot be sent; gaierror,
    //                connection_refused and the others of io::connect(); tls::errc; timeout;
    //                http::errc. Every status is an answer and no error.
    // Cancellation:  safe: its connection is closed. The server may have done what was asked.
    // Concurrency:   any number of tasks may make requests.
    // Python:        requests.request(), requests.get() and the others
    io::task<response> request(std::string method, std::string url);
    io::task<response> request(std::string method, std::string url, const request_options& options);
    io::task<response> get(std::string url);
    io::task<response> get(std::string url, const request_options& options);
    io::task<response> head(std::string url);
    io::task<response> head(std::string url, const request_options& options);
    io::task<response> post(std::string url);
    io::task<response> post(std::string url, const request_options& options);
    io::task<response> put(std::string url);
    io::task<response> put(std::string url, const request_options& options);
    io::task<response> patch(std::string url);
    io::task<response> patch(std::string url, const request_options& options);
    io::task<response> delete_(std::string url);
    io::task<response> delete_(std::string url, const request_options& options);
    io::task<result<response>> try_request(std::string method, std::string url);
    io::task<result<response>> try_request(std::string method, std::string url,
                                           const request_options& options);

    // Makes a request, and gives the answer when its head has come; one of a status below 300 when
    // the request's content has been sent too, so that a server that answers much while it is sent
    // much has to be able to wait with the one or the other.
    //
    // Errors, Cancellation, Concurrency: as request().
    // Python:        requests.request(stream=True)
    io::task<answer> open(std::string method, std::string url);
    io::task<answer> open(std::string method, std::string url, const request_options& options);
    io::task<result<answer>> try_open(std::string method, std::string url);
    io::task<result<answer>> try_open(std::string method, std::string url,
                                      const request_options& options);

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
    // This compiler destroys options in braces twice where they stand in a co_await expression.
    // Give them a name: request_options o{…}; co_await c.get(url, o);
    io::task<response> request(std::string, std::string, request_options&&) = delete;
    io::task<response> get(std::string, request_options&&) = delete;
    io::task<response> head(std::string, request_options&&) = delete;
    io::task<response> post(std::string, request_options&&) = delete;
    io::task<response> put(std::string, request_options&&) = delete;
    io::task<response> patch(std::string, request_options&&) = delete;
    io::task<response> delete_(std::string, request_options&&) = delete;
    io::task<result<response>> try_request(std::string, std::string, request_options&&) = delete;
    io::task<answer> open(std::string, std::string, request_options&&) = delete;
    io::task<result<answer>> try_open(std::string, std::string, request_options&&) = delete;
#endif

    // Closes the connections that carry nothing.
    void clear() noexcept;
    // How many connections there are, and how many of them carry nothing.
    std::size_t connections() const noexcept;
    std::size_t idle_connections() const noexcept;

private:
    std::shared_ptr<detail::client_state> state_;
};

}  // namespace priz::http
