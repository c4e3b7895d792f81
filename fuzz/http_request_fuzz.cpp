// Heads of requests: however the bytes come, the same is read; and what was read is written by
// append_request_head(), and read again as the same.
#include "http_heads.hpp"
#include "priz/http/head_writer.hpp"

namespace {

namespace http = priz::http;
using fuzz::require;

fuzz::verdicts requests;

void write_and_read_again(const http::request_parser& parser) {
    const auto fields = fuzz::unframed(parser);
    std::string text = "before";
    http::append_request_head(text, parser.method(), parser.target(), fields, parser.framing(),
                              parser.version());
    http::field_places<> places;
    http::request_parser again(places, fuzz::no_limits());
    require(again.parse(std::string_view(text).substr(6)) == http::progress::complete);
    require(again.method() == parser.method() && again.target() == parser.target());
    require(again.form() == parser.form() && again.version() == parser.version());
    require(again.framing() == parser.framing() && again.host() == parser.host());
    require(again.keep_alive() == parser.keep_alive());
    require(fuzz::unframed(again) == fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::read_head(data, size, requests, write_and_read_again);
    return 0;
}
