#include "http/scan.hpp"
#include "http/target.hpp"
#include "priz/http/head_parser.hpp"

namespace priz::http {

using namespace detail;

progress request_parser::parse(std::string_view buffer) noexcept {
    if (stage_ >= stage::complete) return end(false);
    const char* at = begin(buffer);
    if (stage_ == stage::start) {
        if (const progress how = skip_empty_line(at); how != progress::complete) return how;
        at = position(at_);
    }
    if (stage_ < stage::line) {
        if (const progress how = read_request_line(at); how != progress::complete) return how;
        at = position(at_);
    }
    const progress how = read_fields(at);
    return how == progress::complete ? complete() : how;
}

progress request_parser::finish() noexcept {
    const bool only_empty_line = has(skipped_empty_line) && given_ == 2;
    return end(given_ == 0 || only_empty_line);
}

// One empty line before the request is let pass (RFC 9112, 2.2): old clients end content with it.
progress request_parser::skip_empty_line(const char* at) noexcept {
    if (at == stop_) return pause(at, stage::start);
    if (*at == '\r') {
        if (stop_ - at < 2) return pause(at, stage::start);
        if (at[1] != '\n') return fail(defect::bare_cr, at);
        at += 2;
        set(skipped_empty_line);
        begin_line(at);
    }
    at_ = method_ = offset(at);
    stage_ = stage::first_word;
    return progress::complete;
}

progress request_parser::read_request_line(const char* at) noexcept {
    if (stage_ == stage::first_word) {
        at = find_token_end(at, stop_, base_);
        if (offset(at) - method_ > limits_.method)
            return fail(defect::method_too_long, position(method_ + limits_.method));
        if (at == stop_) return pause(at, stage::first_word);
        if (*at != ' ' || offset(at) == method_)
            return refuse(at, at, stage::first_word, defect::bad_method);
        method_end_ = offset(at++);
        stage_ = stage::target;
    }
    if (stage_ == stage::target) {
        at = find_outside<target_bytes>(at, stop_, base_);
        if (at == stop_) return pause(at, stage::target);
        const std::string_view text = part(method_end_ + 1, offset(at));
        if (*at != ' ') {
            // A line of HTTP/0.9 has no version.
            const bool empty = text.empty();
            return refuse(at, at, stage::target,
                          *at == '\r' && !empty ? defect::bad_version : defect::bad_target);
        }
        // Nearly every target is a path, and its method is not CONNECT.
        const bool path = base_[method_end_ + 1] == '/' && method_end_ - method_ != 7;
        if (const defect found = path ? defect::none : check_target(text); found != defect::none)
            return fail(found, position(method_end_ + 1));
        target_end_ = offset(at++);
        stage_ = stage::version;
    }
    if (stage_ == stage::version) {
        if (const progress how = read_version(at); how != progress::complete) return how;
        at += 8;
        stage_ = stage::end_of_first_line;
    }
    if (at == stop_) return pause(at, stage::end_of_first_line);
    if (*at != '\r' || stop_ - at < 2 || at[1] != '\n')
        return refuse(at, at, stage::end_of_first_line, defect::bad_version);
    at += 2;
    begin_line(at);
    at_ = offset(at);
    stage_ = stage::line;
    return progress::complete;
}

defect request_parser::check_target(std::string_view text) noexcept {
    const target_reading read = read_target(method(), text);
    form_ = read.form;
    if (read.found == defect::none && !read.authority.empty()) {
        authority_ = offset(read.authority.data());
        authority_end_ = authority_ + static_cast<std::uint32_t>(read.authority.size());
    }
    return read.found;
}

std::string_view request_parser::host() const noexcept {
    return has(saw_host) ? fields()[host_].value : std::string_view();
}

progress request_parser::complete() noexcept {
    const char* const end = position(at_);
    if (!has(saw_host) && version_ == version::http_1_1) return fail(defect::no_host, end);
    if (has(saw_host) && authority_end_ != 0) {
        if (!same_name(host(), part(authority_, authority_end_)))
            return fail(defect::host_is_not_target, host().data());
    }
    const bool content = has(saw_coding) || length_ != 0;
    if (content && (method() == "CONNECT" || method() == "TRACE"))
        return fail(defect::unexpected_content, end);
    if (length_ > limits_.content) return fail(defect::content_too_large, end);
    if (has(saw_chunked)) {
        framing_ = framing::chunked();
    } else if (length_ != 0) {
        framing_ = framing::sized(length_);
    }
    stage_ = stage::complete;
    return progress::complete;
}

}  // namespace priz::http
