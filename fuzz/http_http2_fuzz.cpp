// A connection of HTTP/2, either side: whatever comes, in pieces of whatever size, neither memory
// nor an assertion fails; content that is handed on was within the windows; and a connection that
// failed says so in a GOAWAY, once.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/http2/raw_frames.hpp"
#include "http_heads.hpp"
#include "verdicts.hpp"

namespace {

namespace h2 = priz::http::http2;
using fuzz::require;

fuzz::verdicts connections;

void answer(h2::session& of, const h2::event& what, h2::role which) {
    using kind = h2::event::kind;
    if (what.what == kind::content) of.consumed(what.stream, what.content.size());
    if (what.what == kind::reset || what.what == kind::offer_taken) of.release(what.stream);
    if (what.what != kind::head || which == h2::role::client) return;
    const int status = what.head->refused == priz::http::defect::none ? 200 : 431;
    if (what.stream % 4 == 1) {
        of.send_whole_response(what.stream, status, {}, "an answer");
        return of.release(what.stream);
    }
    of.send_response(what.stream, status, {}, false);
    of.offer(what.stream, h2::raw::bytes("an answer"), true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto which = (data[0] & 1) != 0 ? h2::role::client : h2::role::server;
    const std::size_t piece = std::size_t{data[1]} + 1;
    const auto input = std::as_bytes(std::span(data, size)).subspan(2);
    h2::session of(which);
    if (which == h2::role::client) {
        h2::message head;
        head.method = "GET";
        head.scheme = "https";
        head.authority = "a";
        head.path = "/";
        for (int i = 0; i < 3; ++i) require(of.send_request(head, true).has_value());
    }
    std::string out = h2::raw::all_output(of);
    std::size_t content = 0;
    std::size_t failures = 0;
    for (std::size_t at = 0; at < input.size(); at += piece) {
        of.receive(input.subspan(at, std::min(piece, input.size() - at)));
        out += h2::raw::all_output(of);
        while (const auto what = of.next_event()) {
            content += what->content.size();
            if (what->what == h2::event::kind::failed) ++failures;
            answer(of, *what, which);
        }
        out += h2::raw::all_output(of);
        require(of.streams() <= 100);
    }
    require(content <= input.size());
    require(failures == (of.has_failed() ? 1U : 0U));
    const auto seen = h2::raw::verdict_of(h2::raw::frames_of(out));
    require((seen.what == h2::raw::verdict::kind::connection) == of.has_failed());
    connections.note(!of.has_failed());
    return 0;
}
