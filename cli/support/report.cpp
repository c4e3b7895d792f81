#include "report.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "descriptor.hpp"
#include "utf8.hpp"

namespace priz::cli {

namespace {

const char* escape_code(tint how) noexcept {
    switch (how) {
        case tint::good:
            return "\x1b[32m";
        case tint::warning:
            return "\x1b[33m";
        case tint::bad:
            return "\x1b[31m";
        case tint::dim:
            return "\x1b[2m";
        case tint::bold:
            return "\x1b[1m";
        case tint::none:
            break;
    }
    return "";
}

std::string paint(tint how, std::string_view text) {
    return fmt::format("{}{}\x1b[0m", escape_code(how), text);
}

bool has_environment(const char* name) noexcept {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

// Where a terminal does not know its width, nothing is cut.
std::size_t columns_of(int fd) noexcept {
    ::winsize size = {};
    const bool knows = ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col != 0;
    return knows ? size.ws_col : std::numeric_limits<std::size_t>::max();
}

// Standard error is for people: when nobody reads it, nobody misses it.
void notice(std::string_view text) { write_all(STDERR_FILENO, text); }

std::string line_of(std::string_view name, const json& fields) {
    json whole = {{"event", name}};
    whole.update(fields);
    return whole.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

report::report(std::string verb, const manners& how)
    : verb_(std::move(verb)),
      how_(how),
      out_(STDOUT_FILENO),
      out_is_terminal_(out_.is_terminal()) {}

void report::event(std::string_view name, json fields, std::string_view text) {
    if (how_.as_json)
        out_.write(line_of(name, fields));
    else if (!how_.quiet)
        notice(fmt::format("{}\n", text));
}

void report::warning(std::string_view message) {
    event("warning", {{"message", message}},
          fmt::format("{}: {}", painted_notice(tint::warning, "warning"), message));
}

void report::result(std::string_view name, json fields, std::string_view text) {
    out_.write(how_.as_json ? line_of(name, fields) : fmt::format("{}\n", text));
}

void report::remote(std::string_view data) {
    out_.write(out_is_terminal_ ? escaped(data) : std::string(data));
}

void report::remote(std::string_view data, escaper& stream) {
    out_.write(out_is_terminal_ ? stream.feed(data) : std::string(data));
}

bool report::has_live_line() const noexcept {
    return !how_.as_json && !how_.quiet && is_terminal(STDERR_FILENO);
}

void report::live_line(std::string_view text) {
    if (has_live_line()) notice(fmt::format("\r\x1b[K{}", cut_to(text, columns_of(STDERR_FILENO))));
}

void report::problem(std::string_view message, int code) {
    if (how_.as_json) out_.write(line_of("error", {{"code", code}, {"message", message}}));
    const auto who = verb_.empty() ? std::string("priz") : "priz " + verb_;
    notice(fmt::format("{}: {}\n", painted_notice(tint::bad, who), message));
}

bool report::colours(int fd) const noexcept {
    if (how_.when != colour::automatic) return how_.when == colour::always;
    return !has_environment("NO_COLOR") && is_terminal(fd);
}

std::string report::painted(tint how, std::string_view text) const {
    return colours(STDOUT_FILENO) && !how_.as_json ? paint(how, text) : std::string(text);
}

std::string report::painted_notice(tint how, std::string_view text) const {
    return colours(STDERR_FILENO) ? paint(how, text) : std::string(text);
}

std::string_view cut_to(std::string_view text, std::size_t columns) noexcept {
    std::size_t size = 0;
    for (; columns > 1 && size < text.size(); --columns)
        size += std::max<std::size_t>(first_character(text.substr(size)).size, 1);
    return text.substr(0, size);
}

std::string base64(std::string_view data) {
    static constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const auto part = data.substr(i, 3);
        unsigned bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8U | (k < part.size() ? static_cast<unsigned char>(part[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= part.size() ? digits[bits >> (18 - 6 * k) & 63U] : '=';
    }
    return out;
}

void put_bytes(json& fields, std::string_view data) {
    if (is_utf8(data))
        fields["text"] = data;
    else
        fields["base64"] = base64(data);
}

}  // namespace priz::cli
