// priz/host.hpp: a host and a port as people write them.
//
// Every verb that takes an Internet address takes these as well: `s.connect("example.org", 80)` or
// `s.connect({"example.org", "http"})`. A host is a name, a number in text, `""` for all
// interfaces, `"<broadcast>"`, a number in host byte order, or nothing at all; a port is a number,
// a number in text, or a service's name. What they stand for is looked up when a verb uses them
// (resolve.hpp). Values that refer to the caller's text: use them in the call they are made in, or
// keep the text as long as them.
// Python: the first two items of an address tuple; it refuses integers as hosts and texts as ports,
// priz takes them.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace priz {

// What either part is made from: a text, a number, or nothing. The text has to outlive the call it
// is given to.
class name_or_number {
public:
    enum class form { none, text, number };

    constexpr name_or_number(std::nullptr_t) noexcept {}
    constexpr name_or_number(std::string_view text) noexcept : form_(form::text), text_(text) {}
    constexpr name_or_number(const char* text) noexcept : name_or_number(std::string_view(text)) {}
    name_or_number(const std::string& text) noexcept : name_or_number(std::string_view(text)) {}
    template <std::integral I>
    requires(!std::same_as<I, bool> &&
             !std::same_as<I, char>) constexpr name_or_number(I number) noexcept
        : form_(form::number), number_(static_cast<std::int64_t>(number)) {}

    constexpr form what() const noexcept { return form_; }
    constexpr std::string_view text() const noexcept { return text_; }
    constexpr std::int64_t number() const noexcept { return number_; }

private:
    form form_ = form::none;
    std::string_view text_;
    std::int64_t number_ = 0;
};

// The host part. A number is a binary IPv4 address in host byte order, 0 to 0xffffffff.
class host : public name_or_number {
public:
    using name_or_number::name_or_number;
};

// The port part.
class service : public name_or_number {
public:
    using name_or_number::name_or_number;
};

// Both, as one argument: `{"localhost", 80}`.
struct host_port {
    priz::host host;
    priz::service service;
};

}  // namespace priz
