// Chunked content: however the bytes come, the same is decoded, and as much of them consumed; and
// what was decoded is written in chunks, and decoded again as the same.
#include <algorithm>

#include "http_heads.hpp"
#include "priz/http/body_decoder.hpp"
#include "priz/http/head_writer.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;
using fuzz::require;

fuzz::verdicts bodies;

struct reading {
    http::decoded how = http::decoded::more;
    std::string content;
    std::size_t consumed = 0;
    std::vector<std::pair<std::string, std::string>> trailers;
    http::parse_error error;
    friend bool operator==(const reading&, const reading&) = default;
};

// As the bytes come up to each of `ends`; what was not consumed is given again.
reading decode(std::string_view text, const std::vector<std::size_t>& ends) {
    http::field_places<20> places;
    http::body_decoder body(http::framing::chunked(), places);
    reading found;
    for (const std::size_t end : ends) {
        for (;;) {
            const std::string_view rest = text.substr(found.consumed, end - found.consumed);
            const auto memory = fuzz::exact_copy(rest);
            const auto step = body.next({memory.get(), rest.size()});
            require(step.consumed <= rest.size());
            require((step.how == http::decoded::content) != step.content.empty());
            found.how = step.how;
            found.consumed += step.consumed;
            found.content += step.content;
            if (step.how == http::decoded::complete) {
                for (const auto field : body.trailers())
                    found.trailers.emplace_back(field.name, field.value);
            }
            if (step.how != http::decoded::content) break;
        }
        if (found.how != http::decoded::more) break;
    }
    found.error = body.error();
    if (found.how != http::decoded::complete) {
        // How much of a part is consumed is the decoder's own.
        found.consumed = 0;
        require(found.how == http::decoded::failed || body.finish() == http::decoded::failed);
    }
    return found;
}

void write_and_decode_again(const reading& first) {
    std::string text;
    const std::string_view content = first.content;
    for (std::size_t at = 0; at < content.size(); at += 7)
        http::append_chunk(text, content.substr(at, 7));
    std::vector<http::field_view> trailers;
    for (const auto& [name, value] : first.trailers) trailers.push_back({name, value});
    http::append_last_chunk(text, trailers);
    reading again = decode(text, {text.size()});
    require(again.consumed == text.size());
    again.consumed = first.consumed;
    require(again == first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const reading whole = decode(input, {size});
    if (size < 4096 && size > 0) require(decode(input, fuzz::cuts(input, true)) == whole);
    if (size > 0) require(decode(input, fuzz::cuts(input, false)) == whole);
    if (bodies.note(whole.how == http::decoded::complete)) write_and_decode_again(whole);
    return 0;
}
