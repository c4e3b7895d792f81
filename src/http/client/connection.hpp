// connection.hpp: a connection that carries exchanges, as the client sees it.
//
// HTTP/1 carries one exchange after the other, HTTP/2 many at a time. The pool and the client know
// neither: they ask a connection for how many more exchanges it has room, and begin one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "priz/duration.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/limits.hpp"
#include "priz/http/request_content.hpp"
#include "priz/http/timeouts.hpp"
#include "priz/io/event.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

// What the connection has to take within timeouts::write.
inline constexpr std::size_t sent_in_time = std::size_t{256} * 1024;
// Interim answers to one request; more are no answer.
inline constexpr int interim_max = 16;
// How long a server that was asked may think about whether it wants the content.
inline constexpr duration continue_wait = 1;

// A request as it goes on a connection. What it refers to outlives the exchange's begin().
struct outgoing_request {
    std::string method;
    std::string scheme;
    std::string authority;
    std::string target;    // as the request line has it; HTTP/2's :path
    http::headers fields;  // Host among them; neither Content-Length nor Transfer-Encoding
    const request_content* content = nullptr;
    bool has_content = false;       // otherwise no length is announced either
    bool expects_continue = false;  // fields say so
    std::string shown;              // for messages: method and URL
};

struct answer_head {
    int status = 0;
    std::string reason;
    std::string version;
    http::headers fields;
};

// One request and its answer. To destroy one before read() has given the end abandons it: on
// HTTP/1 its connection is over.
class exchange {
public:
    virtual ~exchange() = default;

    // Sends the request and receives the head of the answer that counts.
    virtual io::task<answer_head> begin(const outgoing_request& what) = 0;

    // The next piece of the answer's content, valid until the next call; empty at its end.
    virtual io::task<std::string_view> read() = 0;

    // What came behind the content, after its end.
    virtual const http::headers& trailers() const noexcept = 0;

    // After begin() has failed: whether the server can have done nothing, as it got nothing; and
    // whether nothing of an answer was seen.
    virtual bool sent_nothing() const noexcept = 0;
    virtual bool heard_nothing() const noexcept = 0;
    // The server has said that it has not looked at the request.
    virtual bool was_refused() const noexcept { return false; }
    // The coroutine that writes the content has been called.
    virtual bool has_drawn_content() const noexcept { return false; }
};

class client_connection {
public:
    virtual ~client_connection() = default;

    // How many exchanges may begin now.
    virtual unsigned room() const noexcept = 0;
    // None will ever begin again. It may still carry some.
    virtual bool is_over() const noexcept = 0;
    virtual bool carries_none() const noexcept = 0;
    // It has room for no more now, and will soon: one that carries several, before it knows how
    // many, or while somebody looks whether it is quiet.
    virtual bool expects_room() const noexcept { return false; }
    // Set, and cleared, when it gets room by itself.
    io::event* on_room = nullptr;

    // Of one that carries none: whether it is as it was left, neither ended by the peer nor with
    // bytes that nobody asked for.
    virtual io::task<bool> is_quiet() = 0;

    // The connection outlives it.
    virtual std::unique_ptr<exchange> begin_exchange() = 0;
};

}  // namespace priz::http::detail
