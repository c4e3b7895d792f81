// priz/http/field.hpp: fields of a message, as views.
//
// A parser finds the fields and says where they stand; their bytes stay in the caller's buffer.
// priz/http/headers.hpp has the container that owns its fields.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "priz/export.hpp"

namespace priz::http {

// A field as it was sent, white space around the value taken off.
struct field_view {
    std::string_view name;
    std::string_view value;

    constexpr field_view() noexcept = default;
    // Not an aggregate: braces too many around two literals would make one view of both, from the
    // beginning of the one to that of the other.
    constexpr field_view(std::string_view the_name, std::string_view the_value) noexcept
        : name(the_name), value(the_value) {}

    friend bool operator==(const field_view&, const field_view&) = default;
};

// Whether two names are the same: letters of ASCII in either case (RFC 9110, 5.1).
PRIZ_API bool same_name(std::string_view a, std::string_view b) noexcept;

// Where a field stands: offsets into the buffer. What a parser keeps of a field; the caller gives
// the memory, one place for each field that a message may have.
struct field_place {
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value_at = 0;
    std::uint32_t value_size = 0;
};

template <std::size_t N = 100>
using field_places = std::array<field_place, N>;

// The fields of a parsed message, in the order in which they came. Valid as long as the buffer that
// was parsed stays where it is, and the parser is given no other.
class PRIZ_API field_list {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = field_view;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = field_view;

        iterator() noexcept = default;
        iterator(const field_place* at, const char* base) noexcept : at_(at), base_(base) {}
        field_view operator*() const noexcept { return view(*at_, base_); }
        iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            ++at_;
            return before;
        }
        friend bool operator==(const iterator&, const iterator&) = default;

    private:
        const field_place* at_ = nullptr;
        const char* base_ = nullptr;
    };

    field_list() noexcept = default;
    field_list(std::span<const field_place> places, const char* base) noexcept
        : places_(places), base_(base) {}

    std::size_t size() const noexcept { return places_.size(); }
    bool empty() const noexcept { return places_.empty(); }
    field_view operator[](std::size_t index) const noexcept { return view(places_[index], base_); }
    iterator begin() const noexcept { return {places_.data(), base_}; }
    iterator end() const noexcept { return {places_.data() + places_.size(), base_}; }

    // The first value of that name; nothing where there is none.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    // How many fields have that name.
    std::size_t count(std::string_view name) const noexcept;

private:
    static field_view view(const field_place& place, const char* base) noexcept {
        return {{base + place.name_at, place.name_size}, {base + place.value_at, place.value_size}};
    }

    std::span<const field_place> places_;
    const char* base_ = nullptr;
};

}  // namespace priz::http
