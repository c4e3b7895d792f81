// priz/http/reply.hpp: what a handler gives back.
//
//     return "Hello";                                     200, text/plain; charset=utf-8
//     return 404;                                         a status, with its phrase as text
//     return http::reply(201, text).type("text/html");
//     return http::reply::stream([](http::content_writer& out) -> io::task<> {
//         for (int i = 0; i < 10; ++i) co_await out.write(line(i));
//     });
//
// A reply is made of whatever says it: text, a status, both, a coroutine that writes the content
// piece by piece, or the end of HTTP on this connection (upgrade). Content-Length, chunks, Date and
// Connection are the server's business; a reply to HEAD loses its content by itself, and so does
// one whose status has none (204, 205, 304).
//
// A value, which moves and does not copy. Elsewhere: request.hpp, server.hpp. Python:
// flask.Response, aiohttp.web.Response, StreamResponse
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "priz/bytes.hpp"
#include "priz/export.hpp"
#include "priz/http/content_writer.hpp"
#include "priz/http/headers.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/unique_fd.hpp"

namespace priz::http {

namespace detail {

// What sends a streamed reply's content, and what has the connection after an upgrade, whatever
// their types.
class PRIZ_API any_producer {
public:
    virtual ~any_producer();
    virtual io::task<> write(content_writer& out) = 0;
};
class PRIZ_API any_successor {
public:
    virtual ~any_successor();
    virtual io::task<> take_over(io::stream connection, std::string received) = 0;
};

template <class F>
class producer_of final : public any_producer {
public:
    explicit producer_of(F does) : does_(std::move(does)) {}
    io::task<> write(content_writer& out) override { return does_(out); }

private:
    F does_;
};
template <class F>
class successor_of final : public any_successor {
public:
    explicit successor_of(F does) : does_(std::move(does)) {}
    io::task<> take_over(io::stream connection, std::string received) override {
        return does_(std::move(connection), std::move(received));
    }

private:
    F does_;
};

template <class F>
concept produces = requires(F& f, content_writer& out) {
    { f(out) } -> std::same_as<io::task<>>;
};
template <class F>
concept succeeds = requires(F& f, io::stream s, std::string text) {
    { f(std::move(s), std::move(text)) } -> std::same_as<io::task<>>;
};

}  // namespace detail

class PRIZ_API reply {
public:
    // 200 without content.
    reply() = default;
    // 200 with that text, which is UTF-8.
    reply(std::string text) : content_(std::move(text)) {}
    reply(std::string_view text) : content_(text) {}
    reply(const char* text) : content_(text) {}
    // That status, 200 to 599; without a text, its phrase where the status may have content.
    reply(int status);
    reply(int status, std::string text) : status_(status), content_(std::move(text)) {}

    // Content that `write`, a coroutine, sends while it runs, of that length where it is known:
    // otherwise in chunks, or until the connection ends where the client does not know them. A
    // function that throws, or sends another length, cuts the connection off: a part is never
    // taken for the whole.
    template <detail::produces F>
    static reply stream(F write, std::optional<std::uint64_t> length = std::nullopt,
                        int status = 200) {
        return streamed(std::make_unique<detail::producer_of<F>>(std::move(write)), length, status);
    }

    // `size` bytes of a regular file, from `first` on, sent by the kernel where the connection lets
    // it. A file that has become shorter cuts the connection off. No media type is guessed.
    static reply file(unique_fd opened, std::uint64_t first, std::uint64_t size, int status = 200);

    // 101: after the head, `next`, a coroutine, has the connection, and what the client has sent
    // beyond its request; it speaks another protocol from then on. `fields` say which (Upgrade).
    // For requests of HTTP/1.1 alone.
    template <detail::succeeds F>
    static reply upgrade(headers fields, F next) {
        return upgraded(std::move(fields),
                        std::make_unique<detail::successor_of<F>>(std::move(next)));
    }

    // The media type: text/plain; charset=utf-8 unless it is set. Errors: as headers::add().
    reply& type(std::string_view media_type) &;
    reply&& type(std::string_view media_type) && { return std::move(type(media_type)); }

    // One more field. Errors: as headers::add().
    reply& with(std::string_view name, std::string_view value) &;
    reply&& with(std::string_view name, std::string_view value) && {
        return std::move(with(name, value));
    }

    int status() const noexcept { return status_; }
    const headers& fields() const noexcept { return fields_; }
    headers& fields() noexcept { return fields_; }
    // Empty for one that is streamed.
    const std::string& content() const& noexcept { return content_; }
    std::string content() && noexcept { return std::move(content_); }

    // How connections send it.
    struct uncommon {
        std::unique_ptr<detail::any_producer> producer;
        std::optional<std::uint64_t> length;
        std::unique_ptr<detail::any_successor> successor;
        unique_fd file = {};
        std::uint64_t first = 0;  // of the file
    };
    const uncommon* rare() const noexcept { return rare_.get(); }
    bool has_type() const noexcept { return has_type_; }

private:
    static reply streamed(std::unique_ptr<detail::any_producer> write,
                          std::optional<std::uint64_t> length, int status);
    static reply upgraded(headers fields, std::unique_ptr<detail::any_successor> next);

    int status_ = 200;
    bool has_type_ = false;
    headers fields_;
    std::string content_;
    std::unique_ptr<uncommon> rare_;
};

}  // namespace priz::http
