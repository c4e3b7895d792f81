// Forms of parts: read in one piece and byte by byte they are the same; content is never more than
// there was; a form that is whole stays so. The first byte of the input chooses the piece's size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "priz/http/multipart.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;

fuzz::verdicts forms;

void require(bool claim) {
    if (!claim) std::abort();
}

// Every part, and whether the form was whole.
std::string told(std::string_view text, std::size_t piece) {
    http::multipart_parser parser("b", {.parts = 5, .head = 200, .fields = 3});
    std::string all;
    std::string input;
    std::size_t content = 0;
    std::size_t parts = 0;
    for (std::size_t at = 0;;) {
        const auto step = parser.next(input);
        require(step.consumed <= input.size());
        if (step.how == http::multipart_event::part) {
            ++parts;
            all += "\npart " + parser.name() + '|' + parser.filename().value_or("none") + '|' +
                   std::to_string(parser.fields().size()) + ": ";
        }
        if (step.how == http::multipart_event::content) {
            require(!step.content.empty());
            all += step.content;
            content += step.content.size();
        }
        input.erase(0, step.consumed);
        if (step.how == http::multipart_event::failed) break;
        const bool waits =
            step.how == http::multipart_event::more || step.how == http::multipart_event::complete;
        if (waits && at == text.size()) break;
        if (!waits) continue;
        const std::string_view next = text.substr(at, piece);
        at += next.size();
        input += next;
    }
    require(content <= text.size());
    require(parts <= 5);
    const bool is_whole = parser.finish();
    return all + (is_whole ? "\nwhole" : "\nfailed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t piece = data[0] % 16 + std::size_t{1};
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string whole = told(text, text.size() + 1);
    forms.note(whole.ends_with("whole"));
    require(told(text, piece) == whole);
    return 0;
}
