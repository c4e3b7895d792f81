// priz/http/response.hpp: an answer, whole.
//
//     auto r = http::get("https://example.org/x.json");
//     r.raise_for_status();
//     auto parsed = r.json<nlohmann::json>();
//
// A value: nothing of it belongs to a connection or a loop. Elsewhere: answers that are read piece
// by piece (client.hpp, http::answer). Python: requests.Response
#pragma once

#include <string>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/export.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/url.hpp"

namespace priz::http {

struct PRIZ_API response {
    int status = 0;
    std::string reason = {};   // the phrase that the server sent; it means nothing to a program
    std::string version = {};  // "HTTP/1.1"
    http::headers headers = {};
    // With its content coding taken off; `headers` say what it was.
    bytes content = {};
    // What came behind the content, where it came in chunks.
    http::headers trailers = {};
    // What was asked at last, behind all redirections.
    http::url url = {};
    // What was asked before that, in order: where the redirections came from.
    // Python: Response.history
    std::vector<http::url> history = {};

    const std::string& text() const noexcept { return content; }

    // 1xx to 3xx. Python: Response.ok
    bool ok() const noexcept { return status < 400; }

    // Errors: 4xx and 5xx as an error of the cause errc::bad_status, which tells the status and the
    // URL. Python: Response.raise_for_status()
    void raise_for_status() const;

    // The content as `Json::parse()` reads it; priz brings no parser of its own.
    //
    // Errors: those of Json::parse(). Python: Response.json()
    template <class Json>
    Json json() const {
        return Json::parse(content);
    }
};

}  // namespace priz::http
