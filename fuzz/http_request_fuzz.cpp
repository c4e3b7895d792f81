// Heads of requests: however the bytes come, the same is read; and what was read is written by
// append_request_head(), and read again as the same.
#include "http_heads.hpp"
#include "priz/http/head_writer.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;
using fuzz::require;

fuzz::verdicts requests;

void read_in_slices(std::string_view text, const std::string& whole, bool every_byte) {
    http::field_places<> places;
    http::request_parser parser(places);
    require(fuzz::read_in_slices(parser, text, every_byte) == whole);
}

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
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto memory = fuzz::exact_copy(input);
    http::field_places<> places;
    http::request_parser parser(places);
    const auto how = parser.parse({memory.get(), size});
    const std::string whole = fuzz::told(parser, how);
    if (size < 4096) read_in_slices(input, whole, true);
    read_in_slices(input, whole, false);
    if (requests.note(how == http::progress::complete)) write_and_read_again(parser);
    require(how != http::progress::failed || parser.error().offset <= size);
    return 0;
}
