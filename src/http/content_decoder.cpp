#include "priz/http/content_decoder.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "http/text.hpp"

namespace priz::http {

using namespace detail;

namespace {

constexpr std::size_t piece_size = std::size_t{32} * 1024;
// Of zstd, as a power of two: 8 MiB (RFC 9659, 3).
constexpr int zstd_window_bits = 23;

struct uncoded {
    std::size_t consumed = 0;
    std::size_t made = 0;
    bool is_good = true;
};

// One coding's decoder.
class layer {
public:
    layer() = default;
    layer(const layer&) = delete;
    layer& operator=(const layer&) = delete;
    virtual ~layer() = default;

    // As much of `input` as gives up to `room` bytes.
    virtual uncoded run(std::string_view input, char* to, std::size_t room) = 0;
    // All that was given so far is a whole.
    bool is_whole() const noexcept { return is_whole_; }

protected:
    bool is_whole_ = false;
};

class zlib_layer final : public layer {
public:
    explicit zlib_layer(bool is_gzip) : is_gzip_(is_gzip) {
        constexpr int with_gzip_header = 16;
        if (::inflateInit2(&stream_, is_gzip ? MAX_WBITS + with_gzip_header : MAX_WBITS) != Z_OK)
            throw std::bad_alloc();
    }
    ~zlib_layer() override { ::inflateEnd(&stream_); }

    uncoded run(std::string_view input, char* to, std::size_t room) override {
        if (is_whole_ && !input.empty()) {
            // What follows is another member of gzip (RFC 1952, 2.2); zlib's format has none.
            if (!is_gzip_) return {.is_good = false};
            ::inflateReset(&stream_);
            is_whole_ = false;
        }
        if (is_whole_) return {};
        const auto given = static_cast<uInt>(
            std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max()));
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
        stream_.avail_in = given;
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(room);
        const int how = ::inflate(&stream_, Z_NO_FLUSH);
        if (how == Z_MEM_ERROR) throw std::bad_alloc();
        is_whole_ = how == Z_STREAM_END;
        return {given - stream_.avail_in, room - stream_.avail_out,
                is_whole_ || how == Z_OK || how == Z_BUF_ERROR};
    }

private:
    ::z_stream stream_{};
    bool is_gzip_;
};

class brotli_layer final : public layer {
public:
    brotli_layer() : state_(::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (state_ == nullptr) throw std::bad_alloc();
    }
    ~brotli_layer() override { ::BrotliDecoderDestroyInstance(state_); }

    uncoded run(std::string_view input, char* to, std::size_t room) override {
        if (is_whole_) return {.is_good = input.empty()};
        std::size_t in_left = input.size();
        std::size_t out_left = room;
        const auto* from = reinterpret_cast<const std::uint8_t*>(input.data());
        auto* out = reinterpret_cast<std::uint8_t*>(to);
        const auto how =
            ::BrotliDecoderDecompressStream(state_, &in_left, &from, &out_left, &out, nullptr);
        is_whole_ = how == BROTLI_DECODER_RESULT_SUCCESS;
        return {input.size() - in_left, room - out_left, how != BROTLI_DECODER_RESULT_ERROR};
    }

private:
    ::BrotliDecoderState* state_;
};

class zstd_layer final : public layer {
public:
    zstd_layer() : context_(::ZSTD_createDCtx()) {
        if (context_ == nullptr) throw std::bad_alloc();
        ::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, zstd_window_bits);
    }
    ~zstd_layer() override { ::ZSTD_freeDCtx(context_); }

    uncoded run(std::string_view input, char* to, std::size_t room) override {
        if (!begins_a_frame(input)) return {.is_good = false};
        ::ZSTD_inBuffer from{input.data(), input.size(), 0};
        ::ZSTD_outBuffer out{to, room, 0};
        const std::size_t how = ::ZSTD_decompressStream(context_, &out, &from);
        if (::ZSTD_isError(how) != 0) return {from.pos, out.pos, false};
        // Where nothing was given after a frame's end it says how much the next one begins with.
        if (from.pos > 0 || out.pos > 0) is_whole_ = how == 0;
        of_frame_ = is_whole_ ? 0 : of_frame_ + from.pos;
        return {from.pos, out.pos, true};
    }

private:
    // Debian's library also reads the formats before RFC 8878, with decoders of their own, which
    // nobody sends and nobody looks after: they differ by where the input is cut.
    bool begins_a_frame(std::string_view input) noexcept {
        constexpr std::string_view frame = "\x28\xb5\x2f\xfd";
        constexpr std::string_view skipped = "\x50\x2a\x4d\x18";  // and up to 5f
        for (std::size_t i = 0; i < input.size() && of_frame_ + i < frame.size(); ++i) {
            const std::size_t at = of_frame_ + i;
            if (at == 0) is_skipped_ = (input[i] & 0xf0) == skipped[0];
            const bool is_right =
                is_skipped_ ? at == 0 || input[i] == skipped[at] : input[i] == frame[at];
            if (!is_right) return false;
        }
        return true;
    }

    ::ZSTD_DCtx* context_;
    std::uint64_t of_frame_ = 0;  // bytes of the frame that is being read
    bool is_skipped_ = false;
};

std::unique_ptr<layer> layer_of(content_coding what) {
    switch (what) {
        case content_coding::gzip:
            return std::make_unique<zlib_layer>(true);
        case content_coding::deflate:
            return std::make_unique<zlib_layer>(false);
        case content_coding::br:
            return std::make_unique<brotli_layer>();
        case content_coding::zstd:
            break;
    }
    return std::make_unique<zstd_layer>();
}

}  // namespace

// A chain of layers: the first is given what was sent, each further one what the one before gives.
class content_decoder::inside {
public:
    inside(const std::vector<content_coding>& codings, const decoding_limits& most)
        : most_(most), ratio_(std::max<std::uint64_t>(most.ratio, 1)) {
        if (codings.size() > most.codings)
            parse_error{defect::too_many_codings, 0}.as_failure("content_decoder").raise();
        for (auto each = codings.rbegin(); each != codings.rend(); ++each)
            links_.push_back({layer_of(*each), std::make_unique<char[]>(piece_size)});
    }

    step next(std::string_view input) {
        if (error_) return {decoded::failed, 0, {}};
        if (links_.empty()) {
            sent_ += input.size();
            return {input.empty() ? decoded::more : decoded::content, input.size(), input};
        }
        std::string_view left = input;
        const decoded how = pull(links_.size() - 1, left);
        return {how, input.size() - left.size(),
                how == decoded::content ? links_.back().piece : std::string_view()};
    }

    decoded finish() noexcept {
        const bool is_whole =
            std::ranges::all_of(links_, [](const link& each) { return each.by->is_whole(); });
        if (!error_ && sent_ > 0 && !is_whole) error_ = {defect::truncated_content, sent_};
        return error_ ? decoded::failed : decoded::complete;
    }

    const parse_error& error() const noexcept { return error_; }

private:
    struct link {
        std::unique_ptr<layer> by;
        std::unique_ptr<char[]> buffer;
        std::string_view input = {};  // given by the link before, and not yet looked at
        std::string_view piece = {};
        std::uint64_t made = 0;
        bool has_more = false;  // it filled its piece, and may have kept something
    };

    // The next piece of a link: content, more or failed.
    decoded pull(std::size_t index, std::string_view& sent) {
        link& at = links_[index];
        for (;;) {
            std::string_view& input = index == 0 ? sent : at.input;
            if (input.empty() && !at.has_more) {
                if (index == 0) return decoded::more;
                const decoded how = pull(index - 1, sent);
                if (how != decoded::content) return how;
                at.input = links_[index - 1].piece;
            }
            const uncoded got = at.by->run(input, at.buffer.get(), piece_size);
            const bool is_stuck = got.consumed == 0 && got.made == 0 && !input.empty();
            input.remove_prefix(got.consumed);
            if (index == 0) sent_ += got.consumed;
            if (!got.is_good || is_stuck) return fail(defect::bad_content_coding);
            at.has_more = got.made == piece_size;
            at.made += got.made;
            // Also what a link gives to the next one, which may give nothing itself, takes time.
            if (at.made > most_.free && at.made / ratio_ > sent_)
                return fail(defect::decompression_bomb);
            if (got.made > 0) {
                at.piece = {at.buffer.get(), got.made};
                return decoded::content;
            }
        }
    }

    decoded fail(defect what) noexcept {
        error_ = {what, sent_};
        return decoded::failed;
    }

    decoding_limits most_;
    std::uint64_t ratio_;
    std::vector<link> links_;
    std::uint64_t sent_ = 0;
    parse_error error_;
};

content_decoder::content_decoder(const std::vector<content_coding>& codings,
                                 const decoding_limits& most)
    : inside_(std::make_unique<inside>(codings, most)) {}
content_decoder::content_decoder(content_decoder&&) noexcept = default;
content_decoder& content_decoder::operator=(content_decoder&&) noexcept = default;
content_decoder::~content_decoder() = default;

content_decoder::step content_decoder::next(std::string_view input) { return inside_->next(input); }
decoded content_decoder::finish() noexcept { return inside_->finish(); }
const parse_error& content_decoder::error() const noexcept { return inside_->error(); }

result<std::vector<content_coding>> try_parse_content_encoding(std::string_view value) {
    std::vector<content_coding> all;
    for (std::string_view rest = value; !rest.empty();) {
        const std::string_view each = take_element(rest);
        if (each.empty() || is_word(each, "identity")) continue;
        if (is_word(each, "gzip") || is_word(each, "x-gzip")) {
            all.push_back(content_coding::gzip);
        } else if (is_word(each, "deflate")) {
            all.push_back(content_coding::deflate);
        } else if (is_word(each, "br")) {
            all.push_back(content_coding::br);
        } else if (is_word(each, "zstd")) {
            all.push_back(content_coding::zstd);
        } else {
            const auto at = static_cast<std::size_t>(each.data() - value.data());
            return std::unexpected(parse_error{defect::unsupported_content_coding, at}.as_failure(
                "parse_content_encoding"));
        }
    }
    return all;
}

std::vector<content_coding> parse_content_encoding(std::string_view value) {
    return value_or_throw(try_parse_content_encoding(value));
}

}  // namespace priz::http
