#include "http/scan.hpp"
#include "priz/http/head_parser.hpp"

namespace priz::http {

using namespace detail;

progress response_parser::parse(std::string_view buffer) noexcept {
    if (stage_ >= stage::complete) return end(false);
    const char* at = begin(buffer);
    if (stage_ == stage::start) stage_ = stage::version;
    if (stage_ < stage::line) {
        if (const progress how = read_status_line(at); how != progress::complete) return how;
        at = position(at_);
    }
    const progress how = read_fields(at);
    return how == progress::complete ? complete() : how;
}

progress response_parser::finish() noexcept { return end(given_ == 0); }

void response_parser::reset(to method) noexcept {
    restart();
    method_ = method;
    status_ = 0;
    reason_ = reason_end_ = 0;
}

progress response_parser::read_status_line(const char* at) noexcept {
    if (stage_ == stage::version) {
        if (const progress how = read_version(at); how != progress::complete) return how;
        at += 8;
        stage_ = stage::status;
    }
    if (stage_ == stage::status) {
        // Five bytes: " 200 ". The last space is there where the phrase is not.
        for (int i = 0; i < 5; ++i) {
            if (at + i == stop_) return pause(at, stage::status);
            const bool space = i == 0 || i == 4;
            if (space ? at[i] != ' ' : !is_digit(at[i]))
                return refuse(at + i, at, stage::status,
                              i == 0 ? defect::bad_version : defect::bad_status);
        }
        const int status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
        if (status < 100 || status > 599) return fail(defect::bad_status, at + 1);
        status_ = status;
        at += 5;
        reason_ = offset(at);
        stage_ = stage::reason;
    }
    at = find_outside<value_bytes>(at, stop_, base_);
    if (at == stop_) return pause(at, stage::reason);
    if (*at != '\r' || stop_ - at < 2 || at[1] != '\n')
        return refuse(at, at, stage::reason, defect::bad_reason);
    reason_end_ = offset(at);
    at += 2;
    begin_line(at);
    at_ = offset(at);
    stage_ = stage::line;
    return progress::complete;
}

// RFC 9112, 6.3, in its order.
framing response_parser::framing_of_answer() const noexcept {
    if (status_ == 101 || (method_ == to::connect && status_ >= 200 && status_ <= 299))
        return framing::tunnel();
    if (method_ == to::head || status_ < 200 || status_ == 204 || status_ == 304)
        return framing::none();
    if (has(saw_chunked)) return framing::chunked();
    if (!has(saw_length)) return framing::until_close();
    return length_ == 0 ? framing::none() : framing::sized(length_);
}

progress response_parser::complete() noexcept {
    framing_ = framing_of_answer();
    if (framing_.length > limits_.content) return fail(defect::content_too_large, position(at_));
    stage_ = stage::complete;
    return progress::complete;
}

}  // namespace priz::http
