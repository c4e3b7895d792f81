// priz/http/head_parser.hpp: reads the head of an HTTP/1 request or response, without I/O.
//
// The caller collects the bytes of a message in a buffer, and gives the parser all of it whenever
// more has come. The parser goes on where it stopped, keeps offsets, copies nothing and allocates
// nothing; what it found is views into that buffer:
//
//     http::field_places<> places;
//     http::request_parser parser(places);
//     auto how = parser.parse(buffer);
//     while (how == http::progress::more) {
//         const auto piece = s.recv(65536);
//         buffer += piece;
//         how = piece.empty() ? parser.finish() : parser.parse(buffer);
//         if (piece.empty()) break;  // the stream has ended; more: with no message begun
//     }
//
// It reads strictly: a message has one reading or none (RFC 9112; shapes in which two programs
// could disagree on where a message ends are refused). What it says does not depend on how the
// bytes came. The content behind the head is read by priz/http/body_decoder.hpp.
//
// A parser is used by one thread at a time. Python: http.client, http.server (parse_request)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "priz/export.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/field.hpp"
#include "priz/http/framing.hpp"
#include "priz/http/limits.hpp"

namespace priz::http {

enum class progress : std::uint8_t {
    more,      // all of the buffer was looked at; the message goes on
    complete,  // everything has its value
    failed,    // error() says why; the connection is of no further use
};

// What heads of requests and responses have in common.
class PRIZ_API head_parser {
public:
    // Bytes of the buffer that are the head: what follows them is content, or the next message.
    std::size_t size() const noexcept { return at_; }
    http::version version() const noexcept { return version_; }
    field_list fields() const noexcept { return {{places_, count_}, base_}; }

    // Where the content ends. A CONNECT request has none; what follows it is the next request only
    // if it is answered otherwise than by 2xx (RFC 9110, 9.3.6).
    http::framing framing() const noexcept { return framing_; }
    // Whether the connection may be used for another message afterwards (RFC 9112, 9.3).
    bool keep_alive() const noexcept;
    // Whether Connection has the option "upgrade", and there is an Upgrade field. HTTP/1.0 has no
    // upgrade (RFC 9110, 7.8).
    bool upgrade() const noexcept {
        return has(saw_upgrade_option) && has(saw_upgrade) && version_ == http::version::http_1_1;
    }

    // Why, after progress::failed. Offsets count from the buffer's beginning.
    const parse_error& error() const noexcept { return error_; }

protected:
    head_parser(std::span<field_place> places, const limits& most) noexcept;

    enum class stage : std::uint8_t {
        start,
        first_word,  // the method
        target,
        version,
        status,  // from the space before it
        reason,
        end_of_first_line,
        line,  // at the beginning of a line of the fields
        name,
        space,  // between colon and value
        value,
        complete,
        failed,
    };
    enum mark : std::uint16_t {
        saw_host = 1,
        saw_length = 2,
        saw_coding = 4,
        saw_chunked = 8,  // as the one coding
        saw_close = 16,
        saw_keep_alive = 32,
        saw_upgrade_option = 64,
        saw_upgrade = 128,
        saw_continue = 256,
        is_response = 512,
        skipped_empty_line = 1024,
        is_trailer = 2048,
    };

    bool has(mark m) const noexcept { return (marks_ & m) != 0; }
    void set(mark m) noexcept { marks_ = static_cast<std::uint16_t>(marks_ | m); }
    void restart() noexcept;
    // Where reading goes on in `buffer`.
    const char* begin(std::string_view buffer) noexcept;
    void begin_line(const char* at) noexcept;
    progress fail(defect what, const char* at) noexcept;
    // More bytes are needed than there are; reading goes on at `at`, with stage `next`.
    progress pause(const char* at, stage next) noexcept;
    // A byte that does not belong where it stands, said by its own name if it is a control.
    progress refuse(const char* at, const char* resume, stage current, defect what) noexcept;
    progress read_version(const char* at) noexcept;
    progress read_fields(const char* at) noexcept;
    progress end(bool nothing_came) noexcept;
    defect note_field(const field_place& place) noexcept;
    defect note_host(std::string_view value) noexcept;
    defect note_length(std::string_view value) noexcept;
    defect note_coding(std::string_view value) noexcept;
    void note_connection(std::string_view value) noexcept;
    const char* position(std::uint32_t offset) const noexcept { return base_ + offset; }
    std::uint32_t offset(const char* at) const noexcept {
        return static_cast<std::uint32_t>(at - base_);
    }
    std::string_view part(std::uint32_t from, std::uint32_t to) const noexcept {
        return {base_ + from, to - from};
    }

    const char* base_ = nullptr;
    const char* stop_ = nullptr;  // end of what may be looked at: of the bytes there, of the limit
    std::size_t given_ = 0;       // bytes in the buffer
    std::uint32_t at_ = 0;
    std::uint32_t line_ = 0;  // where the line began
    std::uint32_t name_end_ = 0;
    std::uint32_t value_ = 0;
    std::uint32_t count_ = 0;
    std::uint32_t host_ = 0;  // which field
    std::uint16_t marks_ = 0;
    stage stage_ = stage::start;
    http::version version_ = version::http_1_1;
    bool at_limit_ = false;  // stop_ is the limit
    http::framing framing_;
    std::uint64_t length_ = 0;
    field_place* places_;
    limits limits_;
    parse_error error_;
};

// How a target is written (RFC 9112, 3.2).
enum class target_form : std::uint8_t {
    origin,     // /where?q=now
    absolute,   // http://host/where
    authority,  // host:port, with CONNECT alone
    asterisk,   // *, with OPTIONS alone
};

// One parser reads the requests of a connection one after the other.
class PRIZ_API request_parser : public head_parser {
public:
    // `places` has room for the fields; it outlives the parser. A message may have
    // min(places.size(), most.fields) of them.
    explicit request_parser(std::span<field_place> places, const limits& most = {}) noexcept
        : head_parser(places, most) {}

    // Goes on with a message. `buffer` begins with the message's first byte; what was given before
    // is unchanged in it, though it may have moved.
    //
    // Errors: progress::failed, and error(); answer_status() says what to answer.
    progress parse(std::string_view buffer) noexcept;

    // The stream has ended. A message that is incomplete has failed then; nothing at all, not even
    // an empty line, is no message and no failure: progress::more.
    progress finish() noexcept;

    // For the next message, which begins at the beginning of the next buffer.
    void reset() noexcept {
        restart();
        form_ = target_form::origin;
        method_ = method_end_ = target_end_ = authority_ = authority_end_ = 0;
    }

    // A token; case matters. Empty until it has been read.
    std::string_view method() const noexcept {
        return method_end_ == 0 ? std::string_view() : part(method_, method_end_);
    }
    // As it was sent. Percent codes are not looked at. Empty until it has been read.
    std::string_view target() const noexcept {
        return target_end_ == 0 ? std::string_view() : part(method_end_ + 1, target_end_);
    }
    target_form form() const noexcept { return form_; }
    // The Host field's value, valid by its grammar; empty where HTTP/1.0 has none.
    std::string_view host() const noexcept;
    // Whether the client waits for 100 (Continue) before it sends the content (RFC 9110, 10.1.1);
    // false where there is no content.
    bool expects_continue() const noexcept {
        return has(saw_continue) && version_ == http::version::http_1_1 &&
               framing_.how != framing::kind::none;
    }

private:
    progress skip_empty_line(const char* at) noexcept;
    progress read_request_line(const char* at) noexcept;
    defect check_target(std::string_view text) noexcept;
    progress complete() noexcept;

    std::uint32_t method_ = 0;
    std::uint32_t method_end_ = 0;
    std::uint32_t target_end_ = 0;
    target_form form_ = target_form::origin;
    std::uint32_t authority_ = 0;  // that the target has
    std::uint32_t authority_end_ = 0;
};

class PRIZ_API response_parser : public head_parser {
public:
    // What was asked decides whether an answer has content. A parser that was not reset expects
    // the answer to another method than HEAD and CONNECT.
    enum class to : std::uint8_t { other, head, connect };

    explicit response_parser(std::span<field_place> places,
                             const limits& most = client_limits()) noexcept
        : head_parser(places, most) {
        set(is_response);
    }

    // As request_parser::parse(). An interim answer (1xx but 101) is a message of its own: the one
    // that counts follows it, after next_answer().
    progress parse(std::string_view buffer) noexcept;
    progress finish() noexcept;
    // For the answer to the next request, which is of that kind.
    void reset(to method) noexcept;
    // For the next answer to the same request, behind an interim one.
    void next_answer() noexcept { reset(method_); }

    // 100 to 599; 0 until it has been read.
    int status() const noexcept { return status_; }
    // The reason phrase, often empty; it means nothing to a program.
    std::string_view reason() const noexcept {
        return reason_end_ == 0 ? std::string_view() : part(reason_, reason_end_);
    }
    // 1xx but 101 (Switching Protocols), which is final for HTTP.
    bool is_interim() const noexcept { return status_ >= 100 && status_ < 200 && status_ != 101; }

private:
    progress read_status_line(const char* at) noexcept;
    progress complete() noexcept;
    http::framing framing_of_answer() const noexcept;

    std::uint32_t reason_ = 0;
    std::uint32_t reason_end_ = 0;
    int status_ = 0;
    to method_ = to::other;
};

}  // namespace priz::http
