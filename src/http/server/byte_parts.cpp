#include "http/server/byte_parts.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "core/sys.hpp"
#include "priz/bytes.hpp"
#include "priz/error.hpp"

namespace priz::http::detail {

namespace {

constexpr std::uint64_t piece_max = std::uint64_t{64} * 1024;

// What no file has in it: nobody could have known it when the file was written.
std::string make_boundary() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        failure why(std::make_error_code(std::errc::resource_unavailable_try_again), "boundary");
        why.with_hint("OpenSSL has no random bytes").raise();
    }
    std::string text;
    for (const unsigned char byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

struct file_part {
    std::string head;
    byte_range range;
};

// Writes them from the file, which it owns.
class parts_writer {
public:
    parts_writer(unique_fd file, std::vector<file_part> parts, std::string end)
        : file_(std::move(file)), parts_(std::move(parts)), end_(std::move(end)) {}

    io::task<> operator()(content_writer& out) const {
        std::string piece;
        for (const file_part& part : parts_) {
            piece += part.head;
            std::uint64_t at = part.range.first;
            std::uint64_t left = part.range.size();
            while (left > 0) {
                const auto some = static_cast<std::size_t>(std::min(left, piece_max));
                append_from_file(piece, at, some);
                at += some;
                left -= some;
                if (piece.size() < piece_max) continue;
                co_await out.write(piece);
                piece.clear();
            }
        }
        piece += end_;
        co_await out.write(piece);
    }

private:
    void append_from_file(std::string& to, std::uint64_t at, std::size_t count) const {
        const std::size_t before = to.size();
        to.resize(before + count);
        const ::ssize_t got =
            sys::pread(file_.get(), to.data() + before, count, static_cast<::off_t>(at));
        if (got >= 0 && static_cast<std::size_t>(got) == count) return;
        const int cause = got < 0 ? errno : EIO;
        failure why(std::error_code(cause, std::system_category()), "read");
        why.with_hint("the file has become shorter while it was sent").raise();
    }

    unique_fd file_;
    std::vector<file_part> parts_;
    std::string end_;
};

}  // namespace

bool are_worth_it(const std::vector<byte_range>& ranges, std::uint64_t size) noexcept {
    std::uint64_t sum = 0;
    for (const byte_range& range : ranges)
        if (__builtin_add_overflow(sum, range.size(), &sum)) return false;
    return sum <= size;
}

reply parts_of_file(unique_fd file, std::uint64_t size, const std::vector<byte_range>& ranges,
                    std::string_view type) {
    const std::string boundary = make_boundary();
    std::vector<file_part> parts;
    std::uint64_t length = 0;
    for (const byte_range& range : ranges) {
        content_range place;
        place.range = range;
        place.size = size;
        std::string head = parts.empty() ? "--" : "\r\n--";
        head += boundary;
        head += "\r\nContent-Type: ";
        head += type;
        head += "\r\nContent-Range: " + place.str() + "\r\n\r\n";
        length += head.size() + range.size();
        parts.push_back({std::move(head), range});
    }
    std::string end = "\r\n--" + boundary + "--\r\n";
    length += end.size();
    reply made =
        reply::stream(parts_writer(std::move(file), std::move(parts), std::move(end)), length, 206);
    made.type("multipart/byteranges; boundary=" + boundary);
    return made;
}

}  // namespace priz::http::detail
