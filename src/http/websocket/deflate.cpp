#include "http/websocket/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace priz::http::detail {

namespace {

constexpr std::size_t step = std::size_t{16} * 1024;
constexpr int ends_max = 16;
// What each message's flush ends with, which is not sent.
constexpr std::string_view flush_mark("\x00\x00\xff\xff", 4);

Bytef* bytes_of(const char* text) noexcept {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text));
}

}  // namespace

struct message_deflater::inside {
    ::z_stream stream{};
};

message_deflater::message_deflater(int window_bits, bool keeps_context)
    : inside_(std::make_unique<inside>()), keeps_context_(keeps_context) {
    constexpr int memory_level = 8;
    if (::deflateInit2(&inside_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -window_bits,
                       memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

message_deflater::~message_deflater() { ::deflateEnd(&inside_->stream); }

std::string message_deflater::compress(std::string_view message) {
    ::z_stream& z = inside_->stream;
    std::string out;
    z.next_in = bytes_of(message.data());
    std::size_t left = message.size();
    do {
        const std::size_t some = std::min<std::size_t>(left, std::numeric_limits<uInt>::max());
        z.avail_in = static_cast<uInt>(some);
        left -= some;
        do {
            const std::size_t before = out.size();
            out.resize(before + step);
            z.next_out = bytes_of(out.data() + before);
            z.avail_out = static_cast<uInt>(step);
            ::deflate(&z, left == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH);
            out.resize(before + step - z.avail_out);
        } while (z.avail_out == 0);
    } while (left > 0);
    // An empty message gives nothing at all once the context is empty: then it is an empty block.
    if (std::string_view(out).ends_with(flush_mark)) out.resize(out.size() - flush_mark.size());
    if (out.empty()) out.assign(1, '\0');
    if (!keeps_context_) ::deflateReset(&z);
    return out;
}

struct message_inflater::inside {
    ::z_stream stream{};
    int ends = 0;  // last blocks in this message
};

message_inflater::message_inflater(int window_bits, bool keeps_context)
    : inside_(std::make_unique<inside>()), keeps_context_(keeps_context) {
    if (::inflateInit2(&inside_->stream, -window_bits) != Z_OK) throw std::bad_alloc();
}

message_inflater::~message_inflater() { ::inflateEnd(&inside_->stream); }

message_inflater::outcome message_inflater::add(std::string_view piece, std::string& out,
                                                std::size_t most) {
    ::z_stream& z = inside_->stream;
    z.next_in = bytes_of(piece.data());
    z.avail_in = static_cast<uInt>(piece.size());
    for (;;) {
        const std::size_t before = out.size();
        // One byte more than there may be tells that there is one.
        const std::size_t room = std::min(step - 1, most - before) + 1;
        int how = Z_OK;
        out.resize_and_overwrite(before + room, [&](char* data, std::size_t) {
            z.next_out = bytes_of(data + before);
            z.avail_out = static_cast<uInt>(room);
            how = ::inflate(&z, Z_SYNC_FLUSH);
            return before + room - z.avail_out;
        });
        if (out.size() > most) return outcome::too_long;
        if (how == Z_STREAM_END) {
            // A last block: what follows begins anew (RFC 7692, 7.2.3.5). One that is empty costs
            // its sender two bytes, and us more.
            if (++inside_->ends > ends_max) return outcome::bad;
            ::inflateReset(&z);
            if (z.avail_in == 0) return outcome::good;
        } else if (how != Z_OK && how != Z_BUF_ERROR) {
            return outcome::bad;
        } else if (z.avail_out > 0) {
            return z.avail_in == 0 ? outcome::good : outcome::bad;
        }
    }
}

message_inflater::outcome message_inflater::finish(std::string& out, std::size_t most) {
    const outcome last = add(flush_mark, out, most);
    inside_->ends = 0;
    if (!keeps_context_) ::inflateReset(&inside_->stream);
    return last;
}

}  // namespace priz::http::detail
