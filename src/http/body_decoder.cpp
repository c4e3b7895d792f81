#include "priz/http/body_decoder.hpp"

#include <algorithm>

#include "http/text.hpp"

namespace priz::http {

using namespace detail;

namespace {

// What all extensions of a message may have beyond its content. A peer that sends one byte a chunk,
// each with extensions up to the limit, would have us read 260 bytes for one.
constexpr std::uint64_t extensions_beyond_content = 16 * 1024;

constexpr int size_digits_max = 16;

}  // namespace

progress trailer_parser::parse(std::string_view buffer) noexcept {
    if (stage_ >= stage::complete) return end(false);
    const char* at = begin(buffer);
    if (stage_ == stage::start) stage_ = stage::line;
    const progress how = read_fields(at);
    if (how == progress::complete) stage_ = stage::complete;
    return how;
}

body_decoder::body_decoder(http::framing how, std::span<field_place> trailers,
                           const limits& most) noexcept
    : stage_(stage::complete), limits_(most), trailers_(trailers, most) {
    using enum framing::kind;
    left_ = how.length;
    if (how.how == sized && how.length != 0) stage_ = stage::sized;
    if (how.how == sized && how.length > most.content) fail(defect::content_too_large, 0);
    if (how.how == chunked) stage_ = stage::size;
    if (how.how == until_close) stage_ = stage::until_close;
}

body_decoder::step body_decoder::fail(defect what, std::size_t offset) noexcept {
    stage_ = stage::failed;
    error_ = {what, static_cast<std::size_t>(done_) + offset};
    return {decoded::failed, 0, {}};
}

// Counts content that is to come against the limit.
defect body_decoder::allow(std::uint64_t more) noexcept {
    if (more > limits_.content - content_) return defect::content_too_large;
    content_ += more;
    return defect::none;
}

body_decoder::step body_decoder::next(std::string_view input) noexcept {
    std::size_t at = 0;
    for (;;) {
        switch (stage_) {
            case stage::failed:
                return {decoded::failed, 0, {}};
            case stage::complete:
                return {decoded::complete, at, {}};
            case stage::trailers:
                return read_trailers(input, at);
            case stage::sized:
            case stage::content:
            case stage::until_close:
                if (at < input.size()) return take_content(input, at);
                break;
            default:
                break;
        }
        if (at == input.size()) {
            done_ += at;
            return {decoded::more, at, {}};
        }
        const char c = input[at];
        defect found = defect::none;
        if (stage_ == stage::content_cr) {
            if (c != '\r') found = defect::no_line_after_chunk;
            stage_ = stage::content_lf;
        } else if (stage_ == stage::content_lf) {
            if (c != '\n') found = defect::no_line_after_chunk;
            stage_ = stage::size;
        } else if (stage_ == stage::size_lf) {
            found = c == '\n' ? end_size_line() : defect::bare_cr;
        } else if (stage_ <= stage::size_more) {
            found = read_size(c);
        } else {
            found = read_extension(c);
        }
        // A CR without its LF is where the CR is.
        if (found == defect::bare_cr) return fail(found, at - 1);
        if (found != defect::none) return fail(found, at);
        ++at;
    }
}

body_decoder::step body_decoder::take_content(std::string_view input, std::size_t from) noexcept {
    std::string_view piece = input.substr(from);
    if (stage_ == stage::until_close) {
        // Up to the limit it is content, however it comes; the first byte beyond is the defect.
        const std::uint64_t room = limits_.content - content_;
        if (room == 0) return fail(defect::content_too_large, from);
        piece = piece.substr(0, std::min<std::uint64_t>(piece.size(), room));
        content_ += piece.size();
    } else {
        piece = piece.substr(0, std::min<std::uint64_t>(piece.size(), left_));
        left_ -= piece.size();
        if (left_ == 0) stage_ = stage_ == stage::sized ? stage::complete : stage::content_cr;
    }
    const std::size_t consumed = from + piece.size();
    done_ += consumed;
    return {decoded::content, consumed, piece};
}

body_decoder::step body_decoder::read_trailers(std::string_view input, std::size_t from) noexcept {
    done_ += from;
    const progress how = trailers_.parse(input.substr(from));
    if (how == progress::more) return {decoded::more, from, {}};
    if (how == progress::failed) return fail(trailers_.error().what, trailers_.error().offset);
    stage_ = stage::complete;
    return {decoded::complete, from + trailers_.size(), {}};
}

decoded body_decoder::finish() noexcept {
    if (stage_ == stage::until_close) stage_ = stage::complete;
    if (stage_ == stage::complete) return decoded::complete;
    if (stage_ != stage::failed) fail(defect::incomplete, 0);
    return decoded::failed;
}

// chunk-size: digits alone, as many as 64 bits have. A size above 2^63 - 1 is more than any program
// could count that has signed numbers.
defect body_decoder::read_size(char c) noexcept {
    if (is(c, in_hex)) {
        if (stage_ == stage::size) {
            left_ = 0;
            digits_ = 0;
            extension_ = 0;
        }
        stage_ = stage::size_more;
        if (++digits_ > size_digits_max) return defect::chunk_size_overflow;
        left_ = left_ << 4 | hex_value(c);
        return left_ >> 63 != 0 ? defect::chunk_size_overflow : defect::none;
    }
    if (stage_ == stage::size) return defect::bad_chunk_size;
    return read_extension(c);
}

// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ), and the CR of the line.
defect body_decoder::read_extension(char c) noexcept {
    if (c == '\n') return defect::bare_lf;
    if (c == '\0') return defect::nul_byte;
    const bool may_end = stage_ == stage::size_more || stage_ == stage::extension_name ||
                         stage_ == stage::token_value || stage_ == stage::after_value;
    if (c == '\r') {
        stage_ = stage::size_lf;
        return may_end ? defect::none : defect::bad_chunk_extension;
    }
    const bool in_size = stage_ == stage::size_more;
    if (++extension_ > limits_.chunk_extension) return defect::chunk_extension_too_long;
    if (++extensions_ > content_ + extensions_beyond_content)
        return defect::chunk_extension_too_long;
    switch (stage_) {
        case stage::size_more:
        case stage::after_name:
        case stage::after_value:
        case stage::space_before_extension:
        case stage::extension_name:
        case stage::token_value:
            if (is(c, in_token) &&
                (stage_ == stage::extension_name || stage_ == stage::token_value))
                return defect::none;
            if (c == ';') {
                stage_ = stage::extension;
                return defect::none;
            }
            if (c == '=' && (stage_ == stage::extension_name || stage_ == stage::after_name)) {
                stage_ = stage::before_value;
                return defect::none;
            }
            if (!is_space(c)) return in_size ? defect::bad_chunk_size : defect::bad_chunk_extension;
            if (stage_ == stage::extension_name) {
                stage_ = stage::after_name;
            } else if (stage_ != stage::after_name) {
                stage_ = stage::space_before_extension;
            }
            return defect::none;
        case stage::extension:
            if (is_space(c)) return defect::none;
            stage_ = stage::extension_name;
            return is(c, in_token) ? defect::none : defect::bad_chunk_extension;
        case stage::before_value:
            if (is_space(c)) return defect::none;
            stage_ = c == '"' ? stage::quoted_value : stage::token_value;
            return c == '"' || is(c, in_token) ? defect::none : defect::bad_chunk_extension;
        case stage::quoted_value:
            if (c == '"') stage_ = stage::after_value;
            if (c == '\\') stage_ = stage::quoted_pair;
            return is(c, in_value) ? defect::none : defect::bad_chunk_extension;
        case stage::quoted_pair:
            stage_ = stage::quoted_value;
            return is(c, in_value) ? defect::none : defect::bad_chunk_extension;
        default:
            return defect::bad_chunk_extension;
    }
}

defect body_decoder::end_size_line() noexcept {
    stage_ = left_ == 0 ? stage::trailers : stage::content;
    return allow(left_);
}

}  // namespace priz::http
