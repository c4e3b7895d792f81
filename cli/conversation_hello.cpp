#include "conversation_hello.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "support/report.hpp"

namespace priz::cli {

namespace {

using state = http_head::state;

struct answer_text {
    const char* status;
    std::string body;
};

answer_text answer_to(const http_head& head) {
    switch (head.what) {
        case state::too_large:
            return {"431 Request Header Fields Too Large", "The request's head is too large.\n"};
        case state::unsupported_version:
            return {"505 HTTP Version Not Supported", "This server speaks HTTP/1.1.\n"};
        case state::malformed:
        case state::incomplete:
            return {"400 Bad Request", "This is no HTTP request.\n"};
        case state::complete:
            break;
    }
    if (head.request.method != "GET" && head.request.method != "HEAD")
        return {"405 Method Not Allowed", "Only GET and HEAD are answered here.\n"};
    return {"200 OK", "Merhaba dünya!\n"};
}

std::string http_date() {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time(nullptr)));
}

std::string http_answer(const answer_text& text, bool with_body) {
    const bool allow = std::string_view(text.status).starts_with("405");
    return fmt::format(
        "HTTP/1.1 {}\r\nDate: {}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: {}\r\n{}Connection: close\r\n\r\n{}",
        text.status, http_date(), text.body.size(), allow ? "Allow: GET, HEAD\r\n" : "",
        with_body ? text.body : "");
}

void print_request(line& peer, const http_request& request) {
    json headers = json::array();
    std::string text = fmt::format("{} {} {}\n", request.method, request.target, request.version);
    for (const auto& [name, value] : request.headers) {
        headers.push_back({name, value});
        text += fmt::format("{}: {}\n", name, value);
    }
    auto& out = peer.out();
    if (!out.as_json()) return out.remote(text + "\n");
    out.event("request",
              {{"client", peer.id()},
               {"method", request.method},
               {"target", request.target},
               {"version", request.version},
               {"headers", headers}},
              "");
}

}  // namespace

void hello_conversation::received(line& peer, std::string_view data) {
    if (answered_) return;
    head_ += data;
    if (data.find('\n') == data.npos && head_.size() <= http_head_max) return;
    const auto head = parse_http_head(head_);
    if (head.what != state::incomplete) answer(peer, head);
}

void hello_conversation::ended(line& peer) {
    if (answered_) return;
    if (head_.empty()) return peer.finish("end of stream");
    answer(peer, parse_http_head(head_));
}

void hello_conversation::answer(line& peer, const http_head& head) {
    answered_ = true;
    if (head.what == state::complete) print_request(peer, head.request);
    const auto text = answer_to(head);
    peer.send(http_answer(text, head.request.method != "HEAD"));
    peer.finish(text.status);
}

}  // namespace priz::cli
