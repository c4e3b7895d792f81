#include "reading.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "priz/http/body_decoder.hpp"
#include "priz/http/head_parser.hpp"

namespace http1 {

namespace http = priz::http;

namespace {

constexpr std::size_t shown_max = 100;

// A text that is too long for a table, by its beginning and its size.
std::string shown(std::string_view bytes) {
    if (bytes.size() <= shown_max) return escaped(bytes);
    return escaped(bytes.substr(0, 10)) + "…" + std::to_string(bytes.size());
}

std::string fields_text(const http::field_list& fields) {
    std::string text;
    for (const auto field : fields)
        text += " [" + shown(field.name) + "=" + shown(field.value) + ']';
    return text;
}

std::string framing_text(const http::framing& framing) {
    using enum http::framing::kind;
    switch (framing.how) {
        case none:
            return "none";
        case sized:
            return "sized " + std::to_string(framing.length);
        case chunked:
            return "chunked";
        case until_close:
            return "until_close";
        case tunnel:
            break;
    }
    return "tunnel";
}

const char* form_text(http::target_form form) {
    static constexpr const char* names[] = {"origin", "absolute", "authority", "asterisk"};
    return names[static_cast<int>(form)];
}

// A connection that is read. Its buffer is another piece of memory each time that bytes come, and
// has room for nothing behind them: who keeps a pointer, or reads too far, is found by the
// sanitizers.
class connection {
public:
    explicit connection(side what) : side_(what) {}

    void receive(std::string_view slice) {
        auto longer = std::make_unique<char[]>(size_ + slice.size());
        for (std::size_t i = 0; i < size_; ++i) longer[i] = memory_[i];
        for (std::size_t i = 0; i < slice.size(); ++i) longer[size_ + i] = slice[i];
        memory_ = std::move(longer);
        size_ += slice.size();
        go_on();
    }

    std::string finish() {
        if (!over_) end();
        return text_.empty() ? "nothing" : text_;
    }

private:
    std::string_view buffer() const { return {memory_.get() + done_, size_ - done_}; }

    void go_on() {
        while (!over_ && (body_ ? read_body() : read_head())) {
        }
    }

    bool read_head() {
        const bool request = side_ == side::request;
        const auto how = request ? request_.parse(buffer()) : response_.parse(buffer());
        if (how == http::progress::more) return false;
        if (how == http::progress::failed) return refuse(head().error());
        begin_message();
        request ? note_request() : note_response();
        text_ += fields_text(head().fields());
        before_ = done_ += head().size();
        body_.emplace(head().framing(), places_);
        if (head().framing().how == http::framing::kind::tunnel) return stop();
        return true;
    }

    bool read_body() {
        const auto step = body_->next(buffer());
        done_ += step.consumed;
        content_ += step.content;
        if (step.how == http::decoded::failed) return refuse(body_->error());
        if (step.how == http::decoded::more) return false;
        if (step.how == http::decoded::complete) end_message();
        return true;
    }

    void begin_message() {
        if (!text_.empty()) text_ += " | ";
        verb_ = text_.size();
        text_ += "reads";
    }

    void note_request() {
        text_ += ' ' + shown(request_.method()) + ' ' + shown(request_.target()) + ' ' +
                 form_text(request_.form());
        note_connection();
        if (request_.expects_continue()) text_ += " continue";
    }

    void note_response() {
        text_ += ' ' + std::to_string(response_.status()) + " (" + shown(response_.reason()) + ')';
        note_connection();
    }

    void note_connection() {
        text_ += head().version() == http::version::http_1_1 ? " 1.1" : " 1.0";
        text_ += head().keep_alive() ? " keep" : " close";
        if (head().upgrade()) text_ += " upgrade";
        text_ += ' ' + framing_text(head().framing());
    }

    void end_message() {
        if (!content_.empty()) text_ += " content=" + shown(content_);
        if (!body_->trailers().empty()) text_ += " trailers" + fields_text(body_->trailers());
        content_.clear();
        body_.reset();
        before_ = done_;
        if (side_ == side::request) request_.reset();
        if (side_ != side::request)
            response_.is_interim() ? response_.next_answer() : response_.reset(kind());
    }

    http::response_parser::to kind() const {
        if (side_ == side::response_to_head) return http::response_parser::to::head;
        if (side_ == side::response_to_connect) return http::response_parser::to::connect;
        return http::response_parser::to::other;
    }

    void end() {
        if (body_) {
            if (body_->finish() == http::decoded::failed) {
                refuse(body_->error());
            } else {
                end_message();
            }
            return;
        }
        const bool request = side_ == side::request;
        const auto how = request ? request_.finish() : response_.finish();
        if (how == http::progress::failed) refuse(head().error());
    }

    bool refuse(const http::parse_error& error) {
        if (body_) text_.replace(verb_, 5, "begins");
        if (!content_.empty()) text_ += " content=" + shown(content_);
        text_ += text_.empty() ? "refuses " : " | refuses ";
        text_ += http::name(error.what);
        text_ += " @" + std::to_string(error.offset + before_) + ' ' +
                 std::to_string(http::answer_status(error.what));
        return stop();
    }

    bool stop() {
        over_ = true;
        return false;
    }

    http::head_parser& head() {
        return side_ == side::request ? static_cast<http::head_parser&>(request_) : response_;
    }

    http::response_parser make_response() {
        http::response_parser parser(places_);
        parser.reset(kind());
        return parser;
    }

    side side_;
    std::unique_ptr<char[]> memory_;
    std::size_t size_ = 0;
    std::size_t done_ = 0;
    std::size_t before_ = 0;  // where the head or the content began
    bool over_ = false;
    std::string text_;
    std::size_t verb_ = 0;  // where the last message begins in it
    std::string content_;
    http::field_places<> places_;
    http::request_parser request_{places_};
    http::response_parser response_ = make_response();
    std::optional<http::body_decoder> body_;
};

int hex(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

}  // namespace

std::string reading_of(side what, const std::vector<std::string_view>& slices) {
    connection read(what);
    for (const auto slice : slices) read.receive(slice);
    return read.finish();
}

std::string unescaped(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            bytes += text[i];
            continue;
        }
        const char c = text[++i];
        if (c == 'x') {
            bytes += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else if (c == '{') {
            const std::size_t star = text.find('*', i), brace = text.find('}', star);
            const std::string part = unescaped(text.substr(i + 1, star - i - 1));
            const long count = std::atol(std::string(text.substr(star + 1)).c_str());
            for (long n = 0; n < count; ++n) bytes += part;
            i = brace;
        } else {
            bytes += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
        }
    }
    return bytes;
}

std::string escaped(std::string_view bytes) {
    std::string text;
    for (char c : bytes) {
        char code[8];
        std::snprintf(code, sizeof(code), "\\x%02x", static_cast<unsigned>(c) & 0xff);
        if (c == '\r') {
            text += "\\r";
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '\t') {
            text += "\\t";
        } else if (c == '\\') {
            text += "\\\\";
        } else {
            text += c >= 0x20 && c < 0x7f ? std::string(1, c) : std::string(code);
        }
    }
    return text;
}

}  // namespace http1
