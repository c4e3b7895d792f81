#include "priz/http/head_writer.hpp"

#include <cstring>
#include <new>

#include "http/authority.hpp"
#include "http/scan.hpp"
#include "http/target.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/status.hpp"

namespace priz::http {

using namespace detail;

namespace {

using kind = framing::kind;

template <class Class>
bool all_inside(std::string_view text) noexcept {
    const char* const end = text.data() + text.size();
    return find_outside<Class>(text.data(), end, text.data()) == end;
}

std::unexpected<failure> refused(defect what, const char* operation, std::string_view subject) {
    failure why(make_error_code(what), operation);
    // The subject may be the very bytes that are refused; an error's text has none of them.
    std::string shown;
    for (char c : subject.substr(0, 64)) shown += c > 0x1f && c < 0x7f ? c : '?';
    why.with_subject(std::move(shown)).with_hint(section(what));
    return std::unexpected(std::move(why));
}

bool frames(std::string_view name) noexcept {
    return is_word(name, "content-length") || is_word(name, "transfer-encoding");
}

defect check_field(const field_view& field) noexcept {
    if (!is_token(field.name)) return defect::bad_field_name;
    if (!all_inside<value_bytes>(field.value)) return defect::bad_field_value;
    return frames(field.name) ? defect::framing_field : defect::none;
}

// The digits of `number` at the end of `text`.
std::string_view decimal_digits(std::uint64_t number, char (&text)[20]) noexcept {
    std::size_t from = sizeof(text);
    do {
        text[--from] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return {text + from, sizeof(text) - from};
}

// The bytes of a head, all of them known, into the string in one go.
class head_bytes {
public:
    explicit head_bytes(framing content) noexcept {
        if (content.how == kind::chunked) framing_ = "Transfer-Encoding: chunked\r\n";
        if (content.how == kind::sized) length_ = decimal_digits(content.length, digits_);
    }

    void append_to(std::string& out, std::initializer_list<std::string_view> first_line,
                   field_range fields) const {
        std::size_t size = framing_.size() + 2;
        if (!length_.empty()) size += length_prefix.size() + length_.size() + 2;
        for (const auto part : first_line) size += part.size();
        for (const auto& field : fields) size += field.name.size() + field.value.size() + 4;
        const std::size_t before = out.size();
        // A string that grows to what is asked for, and no further, would be copied each time.
        if (out.capacity() < before + size) out.reserve(before + size + before / 2);
        out.resize_and_overwrite(before + size, [&](char* data, std::size_t whole) {
            char* at = data + before;
            for (const auto part : first_line) put(at, part);
            for (const auto& field : fields) put_field(at, field.name, field.value);
            put(at, framing_);
            if (!length_.empty()) {
                put(at, length_prefix);
                put(at, length_);
                put(at, "\r\n");
            }
            put(at, "\r\n");
            return whole;
        });
    }

private:
    static constexpr std::string_view length_prefix = "Content-Length: ";

    static void put(char*& at, std::string_view text) noexcept {
        if (!text.empty()) std::memcpy(at, text.data(), text.size());
        at += text.size();
    }
    static void put_field(char*& at, std::string_view name, std::string_view value) noexcept {
        put(at, name);
        put(at, ": ");
        put(at, value);
        put(at, "\r\n");
    }

    std::string_view framing_;
    std::string_view length_;
    char digits_[20];
};

std::string_view text_of(version as) noexcept {
    return as == version::http_1_1 ? "HTTP/1.1" : "HTTP/1.0";
}

// The defect that Host has beside this target, and the target itself.
defect check_host(field_range fields, const target_reading& target, version as) noexcept {
    const field_view* host = nullptr;
    for (const auto& field : fields) {
        if (!is_word(field.name, "host")) continue;
        if (host != nullptr) return defect::several_hosts;
        host = &field;
    }
    if (host == nullptr) return as == version::http_1_1 ? defect::no_host : defect::none;
    const std::string_view value = trimmed(host->value);
    if (!read_authority(value)) return defect::bad_host;
    if (!target.authority.empty() && !same_name(value, target.authority))
        return defect::host_is_not_target;
    return defect::none;
}

defect check_content(framing content, version as, bool allowed) noexcept {
    if (content.how == kind::chunked && as == version::http_1_0)
        return defect::transfer_coding_before_1_1;
    const bool some = content.how == kind::chunked || content.how == kind::sized;
    return some && !allowed ? defect::unexpected_content : defect::none;
}

// The defect of that framing in an answer of that status.
defect check_status(int status, framing content, version as) noexcept {
    const bool success = status >= 200 && status <= 299;
    if (content.how == kind::tunnel && status != 101 && !success) return defect::unexpected_content;
    if (content.how == kind::until_close &&
        (status < 200 || status == 204 || status == 205 || status == 304))
        return defect::unexpected_content;
    const bool empty = content == framing::sized(0);
    const bool allowed = status >= 200 && status != 204 && (status != 205 || empty);
    return check_content(content, as, allowed);
}

// Fields that have to be known before the content comes, in the groups of RFC 9110, 6.5.1.
bool may_be_trailer(std::string_view name) noexcept {
    static constexpr std::string_view never[] = {
        // Framing, and what concerns the connection.
        "content-length", "transfer-encoding", "trailer", "connection", "keep-alive", "te",
        "upgrade", "proxy-connection",
        // Routing.
        "host", "max-forwards",
        // Request modifiers.
        "cache-control", "expect", "pragma", "range", "if-match", "if-none-match",
        "if-modified-since", "if-unmodified-since", "if-range",
        // Authentication, and cookies, which serve it.
        "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "cookie",
        "set-cookie",
        // Response controls.
        "age", "date", "expires", "location", "retry-after", "vary", "warning",
        // Content format.
        "content-encoding", "content-type", "content-range"};
    for (const auto word : never)
        if (is_word(name, word)) return false;
    return true;
}

}  // namespace

result<void> try_append_request_head(std::string& out, std::string_view method,
                                     std::string_view target, field_range fields, framing content,
                                     version as) {
    constexpr const char* operation = "append_request_head";
    if (!is_token(method)) return refused(defect::bad_method, operation, method);
    if (!all_inside<target_bytes>(target)) return refused(defect::bad_target, operation, target);
    const target_reading read = read_target(method, target);
    if (read.found != defect::none) return refused(read.found, operation, target);
    for (const auto& field : fields) {
        if (const defect found = check_field(field); found != defect::none)
            return refused(found, operation, field.name);
    }
    if (const defect found = check_host(fields, read, as); found != defect::none)
        return refused(found, operation, "Host");
    const bool may_have_content = method != "CONNECT" && method != "TRACE";
    if (const defect found = check_content(content, as, may_have_content); found != defect::none)
        return refused(found, operation, method);
    if (content.how == kind::until_close || content.how == kind::tunnel)
        return refused(defect::unexpected_content, operation, method);
    head_bytes(content).append_to(out, {method, " ", target, " ", text_of(as), "\r\n"}, fields);
    return {};
}

result<void> try_append_response_head(std::string& out, int status, field_range fields,
                                      framing content, std::string_view reason, version as) {
    constexpr const char* operation = "append_response_head";
    if (status < 100 || status > 599) return refused(defect::bad_status, operation, {});
    if (reason.empty()) reason = reason_phrase(status);
    if (!all_inside<value_bytes>(reason)) return refused(defect::bad_reason, operation, reason);
    for (const auto& field : fields) {
        if (const defect found = check_field(field); found != defect::none)
            return refused(found, operation, field.name);
    }
    char digits[20];
    const auto code = decimal_digits(static_cast<unsigned>(status), digits);
    if (const defect found = check_status(status, content, as); found != defect::none)
        return refused(found, operation, code);
    const bool never_content = status < 200 || status == 204 || status == 304;
    // Without a length the content would end with the connection.
    if (content.how == kind::none && !never_content) content = framing::sized(0);
    head_bytes(content).append_to(out, {text_of(as), " ", code, " ", reason, "\r\n"}, fields);
    return {};
}

void append_request_head(std::string& out, std::string_view method, std::string_view target,
                         field_range fields, framing content, version as) {
    value_or_throw(try_append_request_head(out, method, target, fields, content, as));
}

void append_response_head(std::string& out, int status, field_range fields, framing content,
                          std::string_view reason, version as) {
    value_or_throw(try_append_response_head(out, status, fields, content, reason, as));
}

chunk_head::chunk_head(std::size_t size) noexcept : from_(sizeof(text_) - 2) {
    text_[from_] = '\r';
    text_[from_ + 1] = '\n';
    do {
        text_[--from_] = "0123456789abcdef"[size & 15];
        size >>= 4;
    } while (size != 0);
}

void append_chunk(std::string& out, bytes_view content) {
    if (content.empty()) return;
    out += chunk_head(content.size()).text();
    out += content.text();
    out += "\r\n";
}

result<void> try_append_last_chunk(std::string& out, field_range trailers) {
    constexpr const char* operation = "append_last_chunk";
    for (const auto& field : trailers) {
        defect found = check_field(field);
        if (!may_be_trailer(field.name)) found = defect::forbidden_trailer;
        if (found != defect::none) return refused(found, operation, field.name);
    }
    head_bytes(framing::none()).append_to(out, {"0\r\n"}, trailers);
    return {};
}

void append_last_chunk(std::string& out, field_range trailers) {
    value_or_throw(try_append_last_chunk(out, trailers));
}

}  // namespace priz::http
