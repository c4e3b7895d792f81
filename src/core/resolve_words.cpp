#include "core/resolve_words.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/sys.hpp"
#include "priz/unique_fd.hpp"

namespace priz::detail {

namespace {

constexpr std::string_view blanks = " \t\r\v\f";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view next_line(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line.substr(0, line.find('#'));
}

std::vector<std::string_view> split_words(std::string_view line) {
    std::vector<std::string_view> words;
    for (;;) {
        line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
        if (line.empty()) return words;
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

namespace {

unique_fd opened(const std::string& path) noexcept {
    for (;;) {
        unique_fd file(sys::open(path.c_str(), O_RDONLY));
        if (file || errno != EINTR) return file;
    }
}

// A machine may have no such file, or one that is not for everybody. A process that has no more
// descriptors knows nothing about it.
bool is_no_table(int cause) noexcept {
    return cause == ENOENT || cause == ENOTDIR || cause == EACCES;
}

}  // namespace

std::expected<std::string, std::error_code> read_table(const std::string& path) {
    std::string text;
    const unique_fd file = opened(path);
    if (!file && is_no_table(errno)) return text;
    if (!file) return std::unexpected(std::error_code(errno, std::system_category()));
    std::array<char, 4096> piece;
    for (;;) {
        const ::ssize_t count = sys::read(file.get(), piece.data(), piece.size());
        if (count == 0) return text;
        if (count > 0)
            text.append(piece.data(), static_cast<std::size_t>(count));
        else if (errno != EINTR)
            return std::unexpected(std::error_code(errno, std::system_category()));
    }
}

bool same_name(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace priz::detail
