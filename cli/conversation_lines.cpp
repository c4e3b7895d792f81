#include "conversation_lines.hpp"

#include "support/report.hpp"
#include "support/text.hpp"

namespace priz::cli {

void lines_conversation::received(line& peer, std::string_view data) {
    begun_ += data;
    std::string_view rest = begun_;
    while (rest.contains('\n') && !over_) take(peer, take_line(rest));
    begun_ = std::string(rest);
    if (begun_.size() > line_max && !over_) peer.drop("a line longer than 65536 bytes");
}

void lines_conversation::take(line& peer, std::string_view text) {
    const auto content = stripped(text);
    over_ = commands_ && (content == "stop" || content == "disconnect");
    if (over_ && content == "stop") return peer.stop_server("stop");
    if (over_) return peer.finish("disconnect");
    auto& out = peer.out();
    json fields = {{"client", peer.id()}};
    put_bytes(fields, content);
    if (out.as_json()) return out.event("line", fields, "");
    out.remote(std::string(content) + "\n");
}

void lines_conversation::ended(line& peer) {
    if (!begun_.empty() && !over_) take(peer, begun_);
    begun_.clear();
    if (!over_) peer.finish("end of stream");
}

void lines_conversation::closed(line& peer) {
    if (!peer.out().as_json()) peer.out().remote("----------------\n");
}

}  // namespace priz::cli
