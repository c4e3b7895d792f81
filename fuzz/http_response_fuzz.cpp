// Heads of responses: however the bytes come, the same is read; and what was read is written by
// append_response_head(), and read again as the same.
#include "http_heads.hpp"
#include "priz/http/head_writer.hpp"

namespace {

namespace http = priz::http;
using fuzz::require;

fuzz::verdicts responses;

void write_and_read_again(const http::response_parser& parser) {
    const auto fields = fuzz::unframed(parser);
    const auto content = parser.framing();
    const int status = parser.status();
    std::string text;
    const auto written = http::try_append_response_head(text, status, fields, content,
                                                        parser.reason(), parser.version());
    // A reader takes 205 with content as it comes; nobody writes it.
    require(written.has_value() == (status != 205 || content == http::framing::none()));
    if (!written) return;
    http::field_places<> places;
    http::response_parser again(places, fuzz::no_limits());
    require(again.parse(text) == http::progress::complete);
    require(again.status() == status && again.framing() == parser.framing());
    require(parser.reason().empty() || again.reason() == parser.reason());
    require(fuzz::unframed(again) == fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::read_head(data, size, responses, write_and_read_again);
    return 0;
}
