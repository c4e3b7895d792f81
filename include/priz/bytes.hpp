// priz/bytes.hpp: bytes as verbs return and take them.
//
// Received data comes as `bytes`, a std::string: it prints, compares and searches like text and
// holds any byte. Verbs that read memory take a `bytes_view` and verbs that fill memory take a
// `bytes_span`; strings, string literals, vectors, arrays and std::span convert to them by
// themselves. Neither owns anything: what they point to has to outlive the call, no longer.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace priz {

using bytes = std::string;

namespace detail {

template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as < std::remove_cv_t<T>,
char > || std::same_as<std::remove_cv_t<T>, unsigned char>;

template <class R>
concept byte_range = requires(R& r) {
    requires byte_like<std::remove_pointer_t<decltype(r.data())>>;
    { r.size() } -> std::convertible_to<std::size_t>;
};

}  // namespace detail

// Bytes to be read. A string literal means its text up to its first NUL byte; a literal with NUL
// bytes inside is passed as a std::string_view: "a\0b"sv.
class bytes_view {
public:
    constexpr bytes_view() noexcept = default;
    constexpr bytes_view(const void* data, std::size_t size) noexcept : data_(data), size_(size) {}
    constexpr bytes_view(const char* text) noexcept
        : bytes_view(text, std::char_traits<char>::length(text)) {}

    // A writable character array holds a message only up to some length that the caller knows: say
    // it, as in bytes_view(buffer, length).
    template <std::size_t N>
    bytes_view(char (&)[N]) = delete;

    template <std::size_t N>
    constexpr bytes_view(const std::byte (&array)[N]) noexcept : bytes_view(array, N) {}
    template <std::size_t N>
    constexpr bytes_view(const unsigned char (&array)[N]) noexcept : bytes_view(array, N) {}

    template <detail::byte_range R>
    constexpr bytes_view(const R& range) noexcept : bytes_view(range.data(), range.size()) {}

    constexpr const void* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }

    const std::byte* begin() const noexcept { return static_cast<const std::byte*>(data_); }
    const std::byte* end() const noexcept { return begin() + size_; }

    // What is left after the first `count` bytes; `count` is at most size().
    bytes_view subview(std::size_t count) const noexcept {
        return {static_cast<const char*>(data_) + count, size_ - count};
    }
    std::string_view text() const noexcept { return {static_cast<const char*>(data_), size_}; }

private:
    const void* data_ = nullptr;
    std::size_t size_ = 0;
};

// Memory to be filled.
class bytes_span {
public:
    constexpr bytes_span() noexcept = default;
    constexpr bytes_span(void* data, std::size_t size) noexcept : data_(data), size_(size) {}

    template <detail::byte_like T, std::size_t N>
    requires(!std::is_const_v<T>) constexpr bytes_span(T (&array)[N]) noexcept
        : bytes_span(array, N) {}

    template <detail::byte_range R>
    requires(!std::is_const_v<std::remove_pointer_t<
                 decltype(std::declval<R&>().data())>>) constexpr bytes_span(R&& range) noexcept
        : bytes_span(range.data(), range.size()) {}

    constexpr void* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }

    bytes_span subspan(std::size_t count) const noexcept {
        return {static_cast<char*>(data_) + count, size_ - count};
    }

private:
    void* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace priz
