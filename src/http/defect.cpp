#include "priz/http/defect.hpp"

namespace priz::http {

namespace {

struct row {
    const char* name;
    const char* sentence;
    const char* section;
    int status;
};

// A switch, so that the compiler tells of a defect without a row.
constexpr row row_of(defect what) noexcept {
    switch (what) {
        case defect::none:
            return {"none", "nothing is wrong", "", 200};
        case defect::incomplete:
            return {"incomplete", "the stream ended within the message", "RFC 9112, 8", 400};
        case defect::bare_cr:
            return {"bare_cr", "a CR that no LF follows", "RFC 9112, 2.2", 400};
        case defect::bare_lf:
            return {"bare_lf", "a line that ends in LF alone", "RFC 9112, 2.2", 400};
        case defect::nul_byte:
            return {"nul_byte", "a NUL byte", "RFC 9110, 5.5", 400};
        case defect::line_too_long:
            return {"line_too_long", "a field line longer than the limit", "RFC 9110, 5.4", 431};
        case defect::head_too_large:
            return {"head_too_large", "a header section larger than the limit", "RFC 9110, 5.4",
                    431};
        case defect::too_many_fields:
            return {"too_many_fields", "more fields than the limit", "RFC 9110, 5.4", 431};
        case defect::bad_method:
            return {"bad_method", "the method is no token", "RFC 9110, 9.1", 400};
        case defect::method_too_long:
            return {"method_too_long", "a method longer than the limit", "RFC 9112, 3", 501};
        case defect::bad_target:
            return {"bad_target", "no valid request target", "RFC 9112, 3.2", 400};
        case defect::target_too_long:
            return {"target_too_long", "a request target longer than the limit", "RFC 9112, 3",
                    414};
        case defect::wrong_target_form:
            return {"wrong_target_form", "a form of target that this method does not have",
                    "RFC 9112, 3.2", 400};
        case defect::bad_version:
            return {"bad_version", "no valid HTTP version", "RFC 9112, 2.3", 400};
        case defect::unsupported_version:
            return {"unsupported_version", "another major version than HTTP/1", "RFC 9110, 15.6.6",
                    505};
        case defect::bad_status:
            return {"bad_status", "no valid status code", "RFC 9112, 4", 400};
        case defect::bad_reason:
            return {"bad_reason", "no valid reason phrase", "RFC 9112, 4", 400};
        case defect::space_before_first_field:
            return {"space_before_first_field", "white space before the first field",
                    "RFC 9112, 2.2", 400};
        case defect::folded_line:
            return {"folded_line", "a field that goes on in a second line", "RFC 9112, 5.2", 400};
        case defect::bad_field_name:
            return {"bad_field_name", "the field name is no token", "RFC 9110, 5.1", 400};
        case defect::space_before_colon:
            return {"space_before_colon", "white space between field name and colon",
                    "RFC 9112, 5.1", 400};
        case defect::bad_field_value:
            return {"bad_field_value", "a control character in a field value", "RFC 9110, 5.5",
                    400};
        case defect::no_host:
            return {"no_host", "no Host field", "RFC 9112, 3.2", 400};
        case defect::several_hosts:
            return {"several_hosts", "several Host fields", "RFC 9112, 3.2", 400};
        case defect::bad_host:
            return {"bad_host", "no valid host and port", "RFC 9110, 7.2", 400};
        case defect::host_is_not_target:
            return {"host_is_not_target", "Host is not the authority of the target",
                    "RFC 9112, 3.2", 400};
        case defect::bad_content_length:
            return {"bad_content_length", "no valid Content-Length", "RFC 9110, 8.6", 400};
        case defect::several_content_lengths:
            return {"several_content_lengths", "several Content-Length fields", "RFC 9112, 6.3",
                    400};
        case defect::length_and_coding:
            return {"length_and_coding", "both Content-Length and Transfer-Encoding",
                    "RFC 9112, 6.1", 400};
        case defect::bad_transfer_coding:
            return {"bad_transfer_coding", "chunked is not the one, final transfer coding",
                    "RFC 9112, 6.3", 400};
        case defect::unsupported_transfer_coding:
            return {"unsupported_transfer_coding", "a transfer coding other than chunked",
                    "RFC 9112, 6.1", 501};
        case defect::transfer_coding_before_1_1:
            return {"transfer_coding_before_1_1", "Transfer-Encoding in an HTTP/1.0 message",
                    "RFC 9112, 6.1", 400};
        case defect::unexpected_content:
            return {"unexpected_content", "content with a method or status that has none",
                    "RFC 9110, 9.3", 400};
        case defect::framing_field:
            return {"framing_field", "Content-Length and Transfer-Encoding follow from the framing",
                    "RFC 9112, 6", 400};
        case defect::content_too_large:
            return {"content_too_large", "more content than the limit", "RFC 9110, 15.5.14", 413};
        case defect::bad_chunk_size:
            return {"bad_chunk_size", "no valid chunk size", "RFC 9112, 7.1", 400};
        case defect::chunk_size_overflow:
            return {"chunk_size_overflow",
                    "a chunk size beyond 2^63 - 1, or of more than 16 digits", "RFC 9112, 7.1",
                    400};
        case defect::bad_chunk_extension:
            return {"bad_chunk_extension", "no valid chunk extension", "RFC 9112, 7.1.1", 400};
        case defect::chunk_extension_too_long:
            return {"chunk_extension_too_long", "chunk extensions longer than the limit",
                    "RFC 9112, 7.1.1", 400};
        case defect::no_line_after_chunk:
            return {"no_line_after_chunk", "no CRLF behind a chunk", "RFC 9112, 7.1", 400};
        case defect::forbidden_trailer:
            return {"forbidden_trailer", "a trailer field that belongs into the header",
                    "RFC 9110, 6.5.1", 400};
        case defect::unsupported_content_coding:
            return {"unsupported_content_coding", "a content coding that is not known here",
                    "RFC 9110, 8.4", 415};
        case defect::too_many_codings:
            return {"too_many_codings", "more content codings on top of each other than the limit",
                    "RFC 9110, 8.4", 415};
        case defect::bad_content_coding:
            return {"bad_content_coding", "content that is not in the coding that it claims",
                    "RFC 9110, 8.4", 400};
        case defect::truncated_content:
            return {"truncated_content", "coded content that ends too early", "RFC 9110, 8.4", 400};
        case defect::bad_multipart:
            return {"bad_multipart", "content that is no form of parts", "RFC 7578, 4", 400};
        case defect::too_many_parts:
            return {"too_many_parts", "a form of more parts than the limit", "RFC 7578, 4", 413};
        case defect::decompression_bomb:
            return {"decompression_bomb", "compressed content that grows beyond the limit",
                    "RFC 9110, 17.5", 413};
        case defect::bad_scheme:
            return {"bad_scheme", "no http, https, ws or wss URL", "RFC 9110, 4.2", 400};
        case defect::bad_authority:
            return {"bad_authority", "no valid host", "RFC 3986, 3.2.2", 400};
        case defect::bad_port:
            return {"bad_port", "no valid port", "RFC 3986, 3.2.3", 400};
        case defect::bad_percent_code:
            return {"bad_percent_code", "a percent sign without two hexadecimal digits",
                    "RFC 3986, 2.1", 400};
        case defect::bad_path:
            return {"bad_path", "a byte that has to be percent-coded", "RFC 3986, 3.3", 400};
        case defect::bad_syntax:
            return {"bad_syntax", "not of the field's syntax", "RFC 9110, 5.6", 400};
    }
    return {"unknown", "an unknown defect", "", 400};
}

class defect_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "http"; }
    std::string message(int value) const override { return describe(static_cast<defect>(value)); }
    std::error_condition default_error_condition(int) const noexcept override {
        return std::errc::protocol_error;
    }
};

}  // namespace

const char* name(defect what) noexcept { return row_of(what).name; }
const char* describe(defect what) noexcept { return row_of(what).sentence; }
const char* section(defect what) noexcept { return row_of(what).section; }
int answer_status(defect what) noexcept { return row_of(what).status; }

const std::error_category& category() noexcept {
    static const defect_category the_category;
    return the_category;
}

std::error_code make_error_code(defect what) noexcept {
    return {static_cast<int>(what), category()};
}

std::string parse_error::message() const {
    return std::string(describe(what)) + " (offset " + std::to_string(offset) + "; " +
           section(what) + ')';
}

failure parse_error::as_failure(const char* operation) const {
    failure why(make_error_code(what), operation);
    why.with_hint("offset " + std::to_string(offset) + "; " + section(what));
    return why;
}

}  // namespace priz::http
