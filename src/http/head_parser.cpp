// The part of a head that requests and responses share: the version and the field lines.
//
// Reading is one pass from left to right. Where the bytes end, position and stage are kept, and the
// next call goes on there; so each byte is looked at once however small the pieces are, and what is
// found, defects included, is the same for every way in which the bytes may be cut. The latter asks
// for care at two places: a CR is judged only once the byte behind it is there, and a limit ends
// what may be looked at, so that no defect beyond it is seen before it.
#include "priz/http/head_parser.hpp"

#include <algorithm>
#include <cstring>

#include "http/authority.hpp"
#include "http/scan.hpp"

namespace priz::http {

using namespace detail;

head_parser::head_parser(std::span<field_place> places, const limits& most) noexcept
    : places_(places.data()), limits_(most) {
    limits_.fields = static_cast<std::uint32_t>(std::min<std::size_t>(places.size(), most.fields));
}

void head_parser::restart() noexcept {
    base_ = stop_ = nullptr;
    given_ = 0;
    at_ = line_ = name_end_ = value_ = count_ = host_ = 0;
    marks_ &= is_response | is_trailer;
    stage_ = stage::start;
    version_ = version::http_1_1;
    at_limit_ = false;
    framing_ = {};
    length_ = 0;
    error_ = {};
}

bool head_parser::keep_alive() const noexcept {
    using enum framing::kind;
    if (has(saw_close) || framing_.how == until_close || framing_.how == tunnel) return false;
    return version_ == version::http_1_1 || has(saw_keep_alive);
}

const char* head_parser::begin(std::string_view buffer) noexcept {
    base_ = buffer.data();
    given_ = buffer.size();
    const std::uint32_t line = line_;
    begin_line(position(line));
    return position(at_);
}

void head_parser::begin_line(const char* at) noexcept {
    line_ = offset(at);
    const std::uint64_t limit =
        std::min<std::uint64_t>(std::uint64_t{line_} + limits_.line, limits_.head);
    at_limit_ = given_ >= limit;
    stop_ = base_ + std::min<std::uint64_t>(given_, limit);
}

progress head_parser::fail(defect what, const char* at) noexcept {
    stage_ = stage::failed;
    error_ = {what, offset(at)};
    return progress::failed;
}

progress head_parser::pause(const char* at, stage next) noexcept {
    at_ = offset(at);
    stage_ = next;
    if (!at_limit_) return progress::more;
    if (next < stage::line && !has(is_response)) return fail(defect::target_too_long, stop_);
    const bool whole = std::uint64_t{line_} + limits_.line >= limits_.head;
    return fail(whole ? defect::head_too_large : defect::line_too_long, stop_);
}

progress head_parser::refuse(const char* at, const char* resume, stage current,
                             defect what) noexcept {
    if (*at == '\n') return fail(defect::bare_lf, at);
    if (*at == '\0') return fail(defect::nul_byte, at);
    if (*at != '\r') return fail(what, at);
    if (stop_ - at < 2) return pause(resume, current);
    return fail(at[1] == '\n' ? what : defect::bare_cr, at);
}

// HTTP-version, eight bytes (RFC 9112, 2.3). A higher minor version is read as the highest that is
// known, as its messages are to be understood so (RFC 9110, 2.5).
progress head_parser::read_version(const char* at) noexcept {
    constexpr std::string_view pattern = "HTTP/1.1";
    const auto there = std::min<std::size_t>(static_cast<std::size_t>(stop_ - at), pattern.size());
    if (there == pattern.size() && std::memcmp(at, pattern.data(), pattern.size()) == 0) {
        version_ = version::http_1_1;
        return progress::complete;
    }
    for (std::size_t i = 0; i < there; ++i) {
        const bool right = i == 5 || i == 7 ? is_digit(at[i]) : at[i] == pattern[i];
        if (!right) return refuse(at + i, at, stage::version, defect::bad_version);
    }
    if (there < pattern.size()) return pause(at, stage::version);
    if (at[5] != '1') return fail(defect::unsupported_version, at);
    version_ = at[7] == '0' ? version::http_1_0 : version::http_1_1;
    return progress::complete;
}

progress head_parser::read_fields(const char* at) noexcept {
    stage current = stage_;
    const char* name_end = position(name_end_);
    const char* value = position(value_);
    for (;;) {
        if (current == stage::line) {
            if (at == stop_) return pause(at, stage::line);
            if (*at == '\r') {
                if (stop_ - at < 2) return pause(at, stage::line);
                if (at[1] != '\n') return fail(defect::bare_cr, at);
                at_ = offset(at + 2);
                return progress::complete;
            }
            if (is_space(*at))
                return fail(count_ == 0 ? defect::space_before_first_field : defect::folded_line,
                            at);
            if (count_ == limits_.fields) return fail(defect::too_many_fields, at);
            current = stage::name;
        }
        if (current == stage::name) {
            at = find_token_end(at, stop_, base_);
            if (at == stop_) return pause(at, stage::name);
            if (*at != ':' || offset(at) == line_) {
                const bool space = is_space(*at) && offset(at) != line_;
                const defect what = space ? defect::space_before_colon : defect::bad_field_name;
                return refuse(at, at, stage::name, what);
            }
            name_end = at++;
            current = stage::space;
        }
        if (current == stage::space) {
            name_end_ = offset(name_end);
            while (at != stop_ && is_space(*at)) ++at;
            if (at == stop_) return pause(at, stage::space);
            value = at;
            current = stage::value;
        }
        value_ = offset(value);
        at = find_outside<value_bytes>(at, stop_, base_);
        if (stop_ - at < 2 && (at == stop_ || *at == '\r')) return pause(at, stage::value);
        if (*at != '\r' || at[1] != '\n')
            return refuse(at, at, stage::value, defect::bad_field_value);
        const char* value_end = at;
        while (value_end != value && is_space(value_end[-1])) --value_end;
        field_place& place = places_[count_];
        place = {line_, offset(name_end) - line_, offset(value),
                 static_cast<std::uint32_t>(value_end - value)};
        if (const defect found = note_field(place); found != defect::none) [[unlikely]]
            return fail(found, position(line_));
        ++count_;
        at += 2;
        begin_line(at);
        current = stage::line;
    }
}

progress head_parser::end(bool nothing_came) noexcept {
    if (stage_ == stage::failed) return progress::failed;
    if (stage_ == stage::complete) return progress::complete;
    if (nothing_came) return progress::more;
    stage_ = stage::failed;
    error_ = {defect::incomplete, given_};
    return progress::failed;
}

// The fields that decide where the message ends, and what becomes of the connection.
defect head_parser::note_field(const field_place& place) noexcept {
    const char* const name = position(place.name_at);
    const std::string_view value(position(place.value_at), place.value_size);
    switch (place.name_size) {
        case 4:
            return is_same_token(name, "host") ? note_host(value) : defect::none;
        case 6:
            if (is_same_token(name, "expect") && is_word(value, "100-continue")) set(saw_continue);
            break;
        case 7:
            if (is_same_token(name, "upgrade")) set(saw_upgrade);
            break;
        case 10:
            if (is_same_token(name, "connection")) note_connection(value);
            break;
        case 14:
            if (is_same_token(name, "content-length")) return note_length(value);
            break;
        case 17:
            if (is_same_token(name, "transfer-encoding")) return note_coding(value);
            break;
        default:
            break;
    }
    return defect::none;
}

defect head_parser::note_host(std::string_view value) noexcept {
    if (has(is_trailer)) return defect::forbidden_trailer;
    if (has(is_response)) return defect::none;
    if (has(saw_host)) return defect::several_hosts;
    const char* const end = value.data() + value.size();
    const bool plain = find_outside<plain_host_bytes>(value.data(), end, base_) == end;
    if (!plain && !read_authority(value)) return defect::bad_host;
    set(saw_host);
    host_ = count_;
    return defect::none;
}

defect head_parser::note_length(std::string_view value) noexcept {
    if (has(is_trailer)) return defect::forbidden_trailer;
    if (has(saw_length)) return defect::several_content_lengths;
    if (has(saw_coding)) return defect::length_and_coding;
    const auto length = decimal(value);
    if (!length) return defect::bad_content_length;
    set(saw_length);
    length_ = *length;
    return defect::none;
}

// `chunked` alone. Whoever knows other codings would read another end of the message, so they are
// refused even where the last one is chunked.
defect head_parser::note_coding(std::string_view value) noexcept {
    if (has(is_trailer)) return defect::forbidden_trailer;
    if (version_ == version::http_1_0) return defect::transfer_coding_before_1_1;
    if (has(saw_length)) return defect::length_and_coding;
    if (has(saw_coding)) return defect::bad_transfer_coding;
    set(saw_coding);
    if (is_word(value, "chunked")) {
        set(saw_chunked);
        return defect::none;
    }
    std::string_view last;
    while (!value.empty()) {
        if (is_word(last, "chunked")) return defect::bad_transfer_coding;
        const bool last_of_all = value.find(',') == std::string_view::npos;
        last = take_element(value);
        if (!is_token(last.substr(0, last.find_first_of("; \t"))))
            return defect::bad_transfer_coding;
        if (value.empty() && !last_of_all) return defect::bad_transfer_coding;
    }
    return is_word(last, "chunked") ? defect::unsupported_transfer_coding
                                    : defect::bad_transfer_coding;
}

void head_parser::note_connection(std::string_view value) noexcept {
    while (!value.empty()) {
        const std::string_view option = take_element(value);
        if (is_word(option, "close")) set(saw_close);
        if (is_word(option, "keep-alive")) set(saw_keep_alive);
        if (is_word(option, "upgrade")) set(saw_upgrade_option);
    }
}

}  // namespace priz::http
