#include "priz/http/multipart.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "http/collect_text.hpp"
#include "http/text.hpp"
#include "http/value_reader.hpp"
#include "priz/http/media_type.hpp"

namespace priz::http {

using namespace detail;

namespace {

constexpr std::size_t boundary_max = 70;
// White space behind a boundary, which nobody sends.
constexpr std::size_t padding_max = 64;

std::string random_boundary() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::system_error(std::make_error_code(std::errc::io_error), "random bytes");
    std::string text = "priz-";
    for (const unsigned char byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

// As browsers write it (WHATWG, multipart/form-data encoding algorithm).
std::string quoted_name(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"')
            text += "%22";
        else if (c == '\r')
            text += "%0D";
        else if (c == '\n')
            text += "%0A";
        else if (code < 0x20 || code == 0x7f) {
            failure why(priz::errc::value_error, "add");
            why.with_hint("a control character in the name of a part").raise();
        } else
            text += c;
    }
    return text + '"';
}

bool is_boundary(std::string_view text) noexcept {
    constexpr std::string_view others = "'()+_,-./:=? ";
    if (text.empty() || text.size() > boundary_max || text.ends_with(' ')) return false;
    return std::ranges::all_of(
        text, [&](char c) { return is_letter(c) || is_digit(c) || others.find(c) != others.npos; });
}

// How much of the end of `text` may be the beginning of `mark`.
std::size_t overlap(std::string_view text, std::string_view mark) noexcept {
    std::size_t count = std::min(text.size(), mark.size() - 1);
    while (count > 0 && !text.ends_with(mark.substr(0, count))) --count;
    return count;
}

// A parameter's value between quotation marks. A reverse solidus stands for itself unless a
// quotation mark or another one follows: some send the paths of files.
std::optional<std::string> quoted_parameter(std::string_view& text) {
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        char c = text[i];
        if (c == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        if (c == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\'))
            c = text[++i];
        value += c;
    }
    return std::nullopt;
}

std::string boundary_of(const request& of) {
    const auto field = of.field("Content-Type");
    const auto type = field ? try_parse_media_type(*field) : result<media_type>(media_type());
    const auto boundary = type ? type->parameter("boundary") : std::nullopt;
    if (!type || !type->is("multipart/form-data") || !boundary || !is_boundary(*boundary))
        throw status_error(415, "this takes a form: multipart/form-data");
    return std::string(*boundary);
}

}  // namespace

multipart_form::multipart_form() : boundary_(random_boundary()) {}

void multipart_form::begin(std::string_view name, const std::string* filename,
                           std::string_view media_type) {
    std::string disposition = "form-data; name=" + quoted_name(name);
    if (filename != nullptr) disposition += "; filename=" + quoted_name(*filename);
    headers fields{{"Content-Disposition", disposition}};
    if (!media_type.empty()) fields.add("Content-Type", media_type);
    text_.append("--").append(boundary_).append("\r\n");
    for (const field_view field : fields)
        text_.append(field.name).append(": ").append(field.value).append("\r\n");
    text_ += "\r\n";
}

multipart_form& multipart_form::add(std::string_view name, std::string_view value) {
    begin(name, nullptr, {});
    text_.append(value).append("\r\n");
    return *this;
}

multipart_form& multipart_form::add_file(std::string_view name, std::string_view filename,
                                         std::string_view content, std::string_view media_type) {
    const std::string file(filename);
    begin(name, &file, media_type.empty() ? "application/octet-stream" : media_type);
    text_.append(content).append("\r\n");
    return *this;
}

std::string multipart_form::content() const { return text_ + "--" + boundary_ + "--\r\n"; }

std::string multipart_form::content_type() const {
    return "multipart/form-data; boundary=" + boundary_;
}

multipart_parser::multipart_parser(std::string_view boundary, const multipart_limits& most)
    : delimiter_("\r\n--" + std::string(boundary)), most_(most) {
    if (is_boundary(boundary)) return;
    failure why(make_error_code(defect::bad_multipart), "multipart_parser");
    why.with_hint("a boundary that is none").raise();
}

multipart_parser::step multipart_parser::fail(defect what) noexcept {
    state_ = state::failed;
    error_ = {what, static_cast<std::size_t>(passed_)};
    return {multipart_event::failed, 0, {}};
}

multipart_parser::step multipart_parser::next(std::string_view input) {
    step all;
    for (;;) {
        step one;
        switch (state_) {
            case state::start:
                one = read_start(input);
                break;
            case state::behind_boundary:
                one = read_behind_boundary(input);
                break;
            case state::head:
                one = read_head(input);
                break;
            case state::content:
                one = read_content(input);
                break;
            case state::end:
                // Nothing follows but a line's end.
                if (!std::string_view("\r\n").starts_with(input))
                    return fail(defect::bad_multipart);
                all.how = multipart_event::complete;
                return all;
            case state::failed:
                return {multipart_event::failed, 0, {}};
        }
        passed_ += one.consumed;
        input.remove_prefix(one.consumed);
        const bool has_moved = one.how == multipart_event::more && one.consumed > 0;
        one.consumed += all.consumed;
        all = one;
        if (!has_moved) return all;
    }
}

multipart_parser::step multipart_parser::read_start(std::string_view input) {
    const std::string_view first = std::string_view(delimiter_).substr(2);
    const std::size_t count = std::min(input.size(), first.size());
    if (input.substr(0, count) != first.substr(0, count)) return fail(defect::bad_multipart);
    if (count < first.size()) return {};
    state_ = state::behind_boundary;
    return {multipart_event::more, count, {}};
}

multipart_parser::step multipart_parser::read_behind_boundary(std::string_view input) {
    std::size_t at = 0;
    while (at < input.size() && is_space(input[at])) ++at;
    if (at > padding_max) return fail(defect::bad_multipart);
    const std::string_view rest = input.substr(at);
    if (rest.size() < 2) {
        const bool may_be = rest.empty() || rest == "\r" || (rest == "-" && at == 0);
        return may_be ? step{} : fail(defect::bad_multipart);
    }
    if (rest.starts_with("--") && at == 0) {
        state_ = state::end;
        return {multipart_event::more, 2, {}};
    }
    if (!rest.starts_with("\r\n")) return fail(defect::bad_multipart);
    if (++parts_ > most_.parts) return fail(defect::too_many_parts);
    state_ = state::head;
    return {multipart_event::more, at + 2, {}};
}

multipart_parser::step multipart_parser::read_head(std::string_view input) {
    const std::size_t end = input.find("\r\n\r\n");
    // Of one that has not ended, three bytes may be of its end.
    const std::size_t size =
        end != input.npos ? end : input.size() - std::min<std::size_t>(input.size(), 3);
    if (size > most_.head) return fail(defect::head_too_large);
    if (end == input.npos) return input.starts_with("\r\n") ? fail(defect::bad_multipart) : step{};
    if (!read_fields(input.substr(0, end + 2))) return fail(defect::bad_multipart);
    state_ = state::content;
    is_at_start_ = true;
    // The empty line's CRLF is left: a part without content goes on with its delimiter there.
    return {multipart_event::part, end + 2, {}};
}

bool multipart_parser::read_fields(std::string_view text) {
    fields_.clear();
    while (!text.empty()) {
        const std::size_t end = text.find("\r\n");
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 2);
        const std::size_t colon = line.find(':');
        if (colon == line.npos || fields_.size() == most_.fields ||
            !fields_.try_add(line.substr(0, colon), trimmed(line.substr(colon + 1))))
            return false;
    }
    return read_disposition();
}

// Content-Disposition: form-data; name="a"; filename="b". Each once.
bool multipart_parser::read_disposition() {
    name_.clear();
    filename_.reset();
    const auto all = fields_.get_all("Content-Disposition");
    if (all.size() != 1) return false;
    std::string_view text = all.front();
    const std::size_t kind = std::min(text.find(';'), text.size());
    if (!is_word(trimmed(text.substr(0, kind)), "form-data")) return false;
    text.remove_prefix(kind);
    bool has_name = false;
    while (!text.empty()) {
        text.remove_prefix(1);
        text = trimmed(text);
        const std::size_t equals = text.find('=');
        if (equals == text.npos) return false;
        const std::string_view parameter = text.substr(0, equals);
        if (!is_token(parameter)) return false;
        text.remove_prefix(equals + 1);
        std::optional<std::string> value;
        if (text.starts_with('"')) {
            value = quoted_parameter(text);
        } else {
            const std::size_t end = std::min(text.find(';'), text.size());
            const std::string_view token = trimmed(text.substr(0, end));
            if (is_token(token)) value = token;
            text.remove_prefix(end);
        }
        text = trimmed(text);
        if (!value || (!text.empty() && !text.starts_with(';'))) return false;
        if (is_word(parameter, "name")) {
            if (std::exchange(has_name, true)) return false;
            name_ = *std::move(value);
        } else if (is_word(parameter, "filename")) {
            if (filename_) return false;
            filename_ = std::move(value);
        }
    }
    return has_name;
}

multipart_parser::step multipart_parser::read_content(std::string_view input) {
    const std::size_t at = input.find(delimiter_);
    if (at == 0) {
        state_ = state::behind_boundary;
        return {multipart_event::part_end, delimiter_.size(), {}};
    }
    if (is_at_start_) {
        // The empty line's CRLF is the delimiter's where there is no content.
        if (std::string_view(delimiter_).starts_with(input)) return {};
        is_at_start_ = false;
        return {multipart_event::more, 2, {}};
    }
    const std::size_t end = at != input.npos ? at : input.size() - overlap(input, delimiter_);
    if (end == 0) return {};
    return {multipart_event::content, end, input.substr(0, end)};
}

bool multipart_parser::finish() noexcept {
    if (state_ == state::end) return true;
    if (state_ != state::failed) fail(defect::incomplete);
    return false;
}

multipart_reader::multipart_reader(request& of, const multipart_limits& most)
    : request_(of), parser_(boundary_of(of), most) {}

io::task<multipart_parser::step> multipart_reader::step() {
    for (;;) {
        const multipart_parser::step found = parser_.next(input_);
        input_.remove_prefix(found.consumed);
        if (found.how == multipart_event::failed) {
            const parse_error& why = parser_.error();
            throw status_error(answer_status(why.what), describe(why.what));
        }
        if (found.how != multipart_event::more && found.how != multipart_event::complete)
            co_return found;
        std::string rest(input_);
        const std::string_view came = co_await request_.read();
        if (came.empty()) {
            if (!parser_.finish()) throw status_error(400, describe(parser_.error().what));
            co_return found;
        }
        // What the request lends is there until it is asked again.
        if (rest.empty()) {
            input_ = came;
            continue;
        }
        rest += came;
        held_ = std::move(rest);
        input_ = held_;
    }
}

io::task<bool> multipart_reader::next() {
    while (!has_ended_) {
        const multipart_parser::step found = co_await step();
        has_ended_ = found.how == multipart_event::complete;
        is_in_part_ = found.how == multipart_event::part;
        if (is_in_part_) co_return true;
    }
    co_return false;
}

io::task<std::string_view> multipart_reader::read() {
    if (!is_in_part_) co_return std::string_view();
    const multipart_parser::step found = co_await step();
    is_in_part_ = found.how == multipart_event::content;
    co_return found.content;
}

io::task<std::string> multipart_reader::text(std::size_t most) { return collect_text(*this, most); }

}  // namespace priz::http
