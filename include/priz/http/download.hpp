// priz/http/download.hpp: content that goes on where it was cut off.
//
//     http::download d(c, "https://example.org/big.iso");
//     while (auto piece = co_await d.read()) file.write(piece.data(), piece.size());
//
// A connection that is lost in the middle of the content, or stops, is replaced by another, which
// is asked for the rest (Range), provided that it is still the same (If-Range): the server has to
// have named it by a strong ETag. Where it has not, the loss is an error as everywhere else.
//
// It belongs to its client, which outlives it. Elsewhere: answers without resumption (client.hpp),
// Range fields (range.hpp). Python: nothing like it in its standard library; curl -C -
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "priz/export.hpp"
#include "priz/http/client.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

class PRIZ_API download {
public:
    // `options` are those of each request that it takes: a timeout is for each of them.
    download(client& by, std::string url, const request_options& options = {});

    // The next piece; the first call makes the request.
    //
    // Errors:        as client::open() and answer::read(); errc::bad_status for another answer
    //                than 200 and 206; errc::wrong_range where the rest is that of something else.
    // Cancellation:  as answer::read(). A further call goes on as after a loss.
    // Concurrency:   one read at a time.
    io::task<content_piece> read();

    // Bytes that read() has given, of how many; the latter after the first of them.
    std::uint64_t received() const noexcept { return received_; }
    std::optional<std::uint64_t> size() const noexcept { return size_; }
    // How often another connection had to go on.
    int resumptions() const noexcept { return resumptions_; }

private:
    io::task<> open();
    void begin();
    void go_on();
    bool may_resume(const failure& why) const noexcept;

    client* by_;
    std::string url_;
    request_options options_;
    std::optional<answer> from_;
    std::string entity_tag_;
    std::uint64_t received_ = 0;
    std::optional<std::uint64_t> size_;
    int resumptions_ = 0;
    bool has_ended_ = false;
};

}  // namespace priz::http
