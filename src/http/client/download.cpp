#include "priz/http/download.hpp"

#include <utility>

#include "http/client/told.hpp"
#include "priz/http/defect.hpp"
#include "priz/http/errc.hpp"
#include "priz/http/range.hpp"

namespace priz::http {

namespace {

// A server that fails at the same byte each time would go on for ever.
constexpr int resumptions_max = 10;

}  // namespace

download::download(client& by, std::string url, const request_options& options)
    : by_(&by), url_(std::move(url)), options_(options) {
    // Bytes are counted as the server counts them, which is with their coding.
    options_.headers.set("Accept-Encoding", "identity");
}

io::task<content_piece> download::read() {
    while (!has_ended_) {
        if (!from_) co_await open();
        try {
            const content_piece piece = co_await from_->read();
            received_ += piece.size();
            // A server may give less than it was asked for.
            const bool is_short = !piece && size_ && received_ < *size_;
            if (!is_short) {
                has_ended_ = !piece;
                co_return piece;
            }
            from_.reset();
            if (entity_tag_.empty() || resumptions_ == resumptions_max)
                detail::refuse(defect::incomplete, url_, "the server gives less than there is");
        } catch (const priz::error& why) {
            from_.reset();
            if (!may_resume(why.why())) throw;
        } catch (...) {
            from_.reset();
            throw;
        }
        ++resumptions_;
    }
    co_return content_piece();
}

io::task<> download::open() {
    request_options asked = options_;
    if (received_ > 0) {
        if (entity_tag_.empty())
            detail::refuse(errc::wrong_range, url_, "the server does not say what it was");
        asked.headers.set("Range", "bytes=" + std::to_string(received_) + "-");
        asked.headers.set("If-Range", entity_tag_);
    }
    from_ = co_await by_->open("GET", url_, asked);
    try {
        if (received_ > 0)
            go_on();
        else
            begin();
    } catch (...) {
        from_.reset();
        throw;
    }
}

void download::begin() {
    if (from_->status() != 200)
        detail::refuse(errc::bad_status, url_, std::to_string(from_->status()));
    size_ = from_->content_length();
    const auto tag = from_->headers().get("ETag");
    // A weak one says that the bytes may differ.
    if (tag && !tag->starts_with("W/")) entity_tag_ = *tag;
}

void download::go_on() {
    if (from_->status() == 200)
        detail::refuse(errc::wrong_range, url_, "it has changed, or its server gives no parts");
    if (from_->status() != 206)
        detail::refuse(errc::bad_status, url_, std::to_string(from_->status()));
    const auto told = try_parse_content_range(from_->headers().get("Content-Range").value_or(""));
    if (!told || !told->range || told->range->first != received_ ||
        (size_ && told->size && *told->size != *size_))
        detail::refuse(errc::wrong_range, url_, "the server gives another part");
    if (!size_) size_ = told->size;
}

bool download::may_resume(const failure& why) const noexcept {
    const std::error_code cause = why.code();
    const bool is_lost = cause == defect::incomplete || cause == priz::errc::timed_out ||
                         cause == std::errc::connection_reset || cause == std::errc::broken_pipe ||
                         cause == std::errc::timed_out || cause == std::errc::connection_aborted ||
                         cause == priz::errc::end_of_stream;
    return is_lost && !entity_tag_.empty() && resumptions_ < resumptions_max;
}

}  // namespace priz::http
