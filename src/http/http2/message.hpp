// message.hpp: the head of a message on HTTP/2, and what is checked of it beyond its frames.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/http2/pool.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/headers.hpp"

namespace priz::http::http2 {

// A request has all but the status, a response the status alone; trailers have fields alone.
struct message : pooled {
    std::string method;
    std::string scheme;
    std::string authority;
    std::string path;
    std::string protocol;  // of an extended CONNECT (RFC 8441)
    int status = 0;
    headers fields;  // names in small letters

    // Of a received one: the defect that a server answers with answer_status(). The fields behind
    // the limit are not kept.
    defect refused = defect::none;
};

// What nghttp2 does not check of a request: the form of the target, the authority, and that a Host
// field says the same as the authority. Where there is no authority, it is Host's from now on.
defect check_request(message& request);

// Whether a field belongs to one connection, so that no message of HTTP/2 has it (RFC 9113, 8.2.2).
bool is_connection_specific(std::string_view name, std::string_view value) noexcept;

}  // namespace priz::http::http2
