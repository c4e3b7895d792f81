// Content in codings: however it is cut, a decoder gives the same content and the same verdict, in
// pieces that are small, and no more of it than its limits say. The first byte says which codings.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "priz/http/content_decoder.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;

constexpr http::decoding_limits most{.ratio = 100, .free = 100'000};
constexpr std::size_t piece_max = std::size_t{32} * 1024;

fuzz::verdicts decodings;

void require(bool claim) {
    if (!claim) std::abort();
}

struct decoding {
    std::string content;
    http::defect what = http::defect::none;
};

decoding decode_all(const std::vector<http::content_coding>& how, std::string_view sent,
                    std::size_t step) {
    http::content_decoder by(how, most);
    decoding found;
    for (std::size_t at = 0; at < sent.size(); at += step) {
        std::string_view input = sent.substr(at, step);
        for (;;) {
            const auto got = by.next(input);
            require(got.how != http::decoded::complete && got.consumed <= input.size());
            input.remove_prefix(got.consumed);
            if (got.how == http::decoded::failed) {
                found.what = by.error().what;
                require(by.next(input).how == http::decoded::failed);
                require(by.finish() == http::decoded::failed);
                return found;
            }
            if (got.how == http::decoded::more) break;
            require(!got.content.empty() && got.content.size() <= piece_max);
            found.content += got.content;
            require(found.content.size() <= most.free + most.ratio * (sent.size() + 1));
        }
        require(input.empty());
    }
    if (by.finish() == http::decoded::failed) found.what = by.error().what;
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    std::vector<http::content_coding> how{static_cast<http::content_coding>(data[0] & 3U)};
    if ((data[0] & 16U) != 0) how.push_back(static_cast<http::content_coding>(data[0] >> 2U & 3U));
    const std::string_view sent(reinterpret_cast<const char*>(data) + 1, size - 1);
    const decoding whole = decode_all(how, sent, sent.size() + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
        const decoding cut = decode_all(how, sent, step);
        // How much has come out when the limit is looked at depends on the pieces, and so does how
        // much of content that is wrong is given before it is found to be.
        if (whole.what == http::defect::decompression_bomb ||
            cut.what == http::defect::decompression_bomb)
            continue;
        require(cut.what == whole.what);
        require(whole.what != http::defect::none || cut.content == whole.content);
    }
    decodings.note(whole.what == http::defect::none);
    return 0;
}
