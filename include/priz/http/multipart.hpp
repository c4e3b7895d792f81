// priz/http/multipart.hpp: forms with files (multipart/form-data, RFC 7578), in both directions.
//
//     http::multipart_form form;                       a client
//     form.add("name", "value");
//     form.add_file("photo", "me.jpg", bytes, "image/jpeg");
//     options.content = form.content();
//     options.content_type = form.content_type();
//
//     http::multipart_reader form(r);                  a server's handler
//     while (co_await form.next())
//         store(form.name(), co_await form.text());
//
// The reader takes one reading and no other: no bytes before the first part, no part without a
// name, no end but the closing boundary. Names are as they were sent; browsers write `"`, CR and LF
// in them as %22, %0D and %0A. Python: requests' `files`, email.message, multipart
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/request.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

// Written in memory, whole.
class PRIZ_API multipart_form {
public:
    // Errors: std::system_error where there are no random bytes for the boundary.
    multipart_form();

    // A name that browsers would send: `"`, CR and LF are written as %22, %0D and %0A.
    // Errors: value_error for other control characters in a name.
    multipart_form& add(std::string_view name, std::string_view value);
    // A media type of "" is application/octet-stream. Errors: as add(); those of headers::add()
    // for the type.
    multipart_form& add_file(std::string_view name, std::string_view filename,
                             std::string_view content, std::string_view media_type = {});

    std::string content() const;
    // With the boundary.
    std::string content_type() const;

private:
    void begin(std::string_view name, const std::string* filename, std::string_view media_type);

    std::string boundary_;
    std::string text_;
};

struct multipart_limits {
    std::uint64_t parts = 1000;
    std::uint32_t head = 8 * 1024;  // bytes of the fields of a part
    std::uint32_t fields = 20;
};

// What next() of a parser has found.
enum class multipart_event : std::uint8_t {
    more,     // the unconsumed input goes on; give it again with what follows
    part,     // a part has begun: fields(), name(), filename()
    content,  // a piece of it
    part_end,
    complete,  // the last part has ended
    failed,    // error() says why
};

// Reads a form from bytes as they come, without I/O.
class PRIZ_API multipart_parser {
public:
    struct step {
        multipart_event how = multipart_event::more;
        std::size_t consumed = 0;
        std::string_view content;  // part of the input
    };

    // Errors: defect::bad_multipart for a boundary that is none: 1 to 70 of the characters that
    // RFC 2046, 5.1.1 has.
    explicit multipart_parser(std::string_view boundary, const multipart_limits& most = {});

    step next(std::string_view input);
    // At the input's end: false, and error(), where the form's end has not been seen.
    bool finish() noexcept;

    const headers& fields() const noexcept { return fields_; }
    const std::string& name() const noexcept { return name_; }
    const std::optional<std::string>& filename() const noexcept { return filename_; }
    const parse_error& error() const noexcept { return error_; }

private:
    enum class state : std::uint8_t { start, behind_boundary, head, content, end, failed };

    step fail(defect what) noexcept;
    step read_start(std::string_view input);
    step read_behind_boundary(std::string_view input);
    step read_head(std::string_view input);
    step read_content(std::string_view input);
    bool read_fields(std::string_view text);
    bool read_disposition();

    std::string delimiter_;  // CRLF, two hyphens and the boundary
    multipart_limits most_;
    state state_ = state::start;
    bool is_at_start_ = false;  // of a part's content
    std::uint64_t parts_ = 0;
    std::uint64_t passed_ = 0;  // bytes that were consumed
    headers fields_;
    std::string name_;
    std::optional<std::string> filename_;
    parse_error error_;
};

// The form of a request.
class PRIZ_API multipart_reader {
public:
    // Errors: status_error, 415, for a request whose content is no multipart/form-data.
    explicit multipart_reader(request& of, const multipart_limits& most = {});

    // Goes on to the next part, past what was not read of this one; false at the form's end.
    //
    // Errors:        status_error, 400, for content that is no form, 413 beyond a limit; as
    //                request::read().
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   one verb at a time.
    // Python:        aiohttp.MultipartReader.next()
    io::task<bool> next();

    const headers& fields() const noexcept { return parser_.fields(); }
    const std::string& name() const noexcept { return parser_.name(); }
    // Nothing: it is no file.
    const std::optional<std::string>& filename() const noexcept { return parser_.filename(); }

    // The next piece of the part's content, valid until the next call; empty at its end.
    //
    // Errors, Cancellation, Concurrency: as next().
    // Python:        aiohttp.BodyPartReader.read_chunk()
    io::task<std::string_view> read();
    // All of it, of at most `most` bytes. Errors: as next(); status_error, 413, for more.
    io::task<std::string> text(std::size_t most = std::size_t{1024} * 1024);

private:
    io::task<multipart_parser::step> step();

    request& request_;
    multipart_parser parser_;
    std::string held_;        // received, and not read
    std::string_view input_;  // of held_, or of what the request lent
    bool is_in_part_ = false;
    bool has_ended_ = false;
};

}  // namespace priz::http
