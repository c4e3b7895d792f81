// priz/host.hpp: a host and a port as people write them.
//
// Every verb that takes an Internet address takes these as well: `s.connect("example.org", 80)` or
// `s.connect({"example.org", "http"})`. A host is a name, a number in text, `""` for all
// interfaces, `"<broadcast>"`, a number in host byte order, or nothing at all; a port is a number,
// a number in text, or a service's name. What they stand for is looked up when a verb uses them
// (resolve.hpp). Values that refer to the caller's text: use them in the call they are made in.
// Python: the first two items of an address tuple; it refuses integers as hosts and texts as ports,
// priz takes them.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace priz {

// The host part. The text has to outlive the call it is given to.
class host {
public:
    enum class form { none, text, number };

    constexpr host(std::nullptr_t) noexcept {}
    constexpr host(std::string_view text) noexcept : form_(form::text), text_(text) {}
    constexpr host(const char* text) noexcept : host(std::string_view(text)) {}
    host(const std::string& text) noexcept : host(std::string_view(text)) {}
    // A binary IPv4 address in host byte order, 0 to 0xffffffff.
    template <std::integral I>
    requires(!std::same_as<I, bool> && !std::same_as<I, char>) constexpr host(I number) noexcept
        : form_(form::number), number_(static_cast<std::int64_t>(number)) {}

    constexpr form what() const noexcept { return form_; }
    constexpr std::string_view text() const noexcept { return text_; }
    constexpr std::int64_t number() const noexcept { return number_; }

private:
    form form_ = form::none;
    std::string_view text_;
    std::int64_t number_ = 0;
};

// The port part.
class service {
public:
    enum class form { none, text, number };

    constexpr service(std::nullptr_t) noexcept {}
    constexpr service(std::string_view text) noexcept : form_(form::text), text_(text) {}
    constexpr service(const char* text) noexcept : service(std::string_view(text)) {}
    service(const std::string& text) noexcept : service(std::string_view(text)) {}
    template <std::integral I>
    requires(!std::same_as<I, bool> && !std::same_as<I, char>) constexpr service(I number) noexcept
        : form_(form::number), number_(static_cast<std::int64_t>(number)) {}

    constexpr form what() const noexcept { return form_; }
    constexpr std::string_view text() const noexcept { return text_; }
    constexpr std::int64_t number() const noexcept { return number_; }

private:
    form form_ = form::none;
    std::string_view text_;
    std::int64_t number_ = 0;
};

// Both, as one argument: `{"localhost", 80}`.
struct host_port {
    priz::host host;
    priz::service service;
};

}  // namespace priz
