// scan.hpp: the first byte that does not belong to a class, sixteen bytes a step.
//
// A head is some ten tokens of 3 to 100 bytes. A loop over their bytes costs, beside a load and a
// look into a table for each, one mispredicted branch a token, as nobody can guess where it ends.
// Sixteen bytes compared at once give the end as a bit's number: most tokens are one step and no
// branch that depends on their length. Vectors of 32 bytes would seldom be filled: names and values
// are short.
//
// No byte beyond the end is read. A last part of less than sixteen bytes is read together with
// those before it, which are there in every message but the shortest; for these there is the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "http/text.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace priz::http::detail {

// A class has `outside(c)` and, for sixteen bytes, `outside(vector)` as a mask.
template <class Class>
const char* find_by_table(const char* at, const char* end) noexcept {
    while (at != end && !Class::outside(*at)) ++at;
    return at;
}

#ifdef __SSE2__

struct sixteen {
    __m128i bytes;

    static sixteen load(const char* at) noexcept {
        return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))};
    }
    static __m128i all(char c) noexcept { return _mm_set1_epi8(c); }
    __m128i is(char c) const noexcept { return _mm_cmpeq_epi8(bytes, all(c)); }
    // Bytes that are `c` after the bits of `mask` alone are looked at.
    __m128i is(char c, char mask) const noexcept {
        return _mm_cmpeq_epi8(_mm_and_si128(bytes, all(mask)), all(c));
    }
    // Unsigned: c <= limit.
    __m128i at_most(char limit) const noexcept {
        return _mm_cmpeq_epi8(_mm_min_epu8(bytes, all(limit)), bytes);
    }
    // c in first … first + count - 1, with the bits of `set` set before.
    __m128i within(char first, char count, char set = 0) const noexcept {
        const __m128i from = _mm_sub_epi8(_mm_or_si128(bytes, all(set)), all(first));
        return _mm_cmpeq_epi8(_mm_min_epu8(from, all(static_cast<char>(count - 1))), from);
    }
    static unsigned mask(__m128i found) noexcept {
        return static_cast<unsigned>(_mm_movemask_epi8(found));
    }
};

template <class Class>
[[gnu::always_inline]] inline const char* find_outside(const char* at, const char* end,
                                                       const char* begin) noexcept {
    while (end - at >= 16) {
        const unsigned mask = Class::outside(sixteen::load(at));
        if (mask != 0) return at + __builtin_ctz(mask);
        at += 16;
    }
    if (end - begin < 16) return find_by_table<Class>(at, end);
    if (at == end) return end;
    const auto shift = static_cast<unsigned>(16 - (end - at));
    const unsigned mask = Class::outside(sixteen::load(end - 16)) >> shift;
    return mask != 0 ? at + __builtin_ctz(mask) : end;
}

#else

template <class Class>
const char* find_outside(const char* at, const char* end, const char*) noexcept {
    return find_by_table<Class>(at, end);
}

#endif

struct value_bytes {
    static bool outside(char c) noexcept { return !is(c, in_value); }
#ifdef __SSE2__
    static unsigned outside(sixteen v) noexcept {
        const __m128i control = _mm_andnot_si128(v.is('\t'), v.at_most(0x1f));
        return sixteen::mask(_mm_or_si128(control, v.is(0x7f)));
    }
#endif
};

struct target_bytes {
    static bool outside(char c) noexcept { return !is(c, in_target); }
#ifdef __SSE2__
    static unsigned outside(sixteen v) noexcept {
        // As signed bytes, those above 0x7f are below the space.
        const __m128i inside = _mm_cmpgt_epi8(v.bytes, sixteen::all(0x20));
        const __m128i quote_or_hash = v.is(0x22, ~1);
        const __m128i angle = v.is(0x3c, ~2);
        const __m128i others = _mm_or_si128(v.is('\\'), v.is(0x7f));
        const __m128i bad = _mm_or_si128(_mm_or_si128(quote_or_hash, angle), others);
        return sixteen::mask(_mm_andnot_si128(bad, inside)) ^ 0xffffU;
    }
#endif
};

// Letters, digits and hyphens, which nearly every name is made of.
struct plain_name_bytes {
    static bool outside(char c) noexcept { return !is_letter(c) && !is_digit(c) && c != '-'; }
#ifdef __SSE2__
    static unsigned outside(sixteen v) noexcept {
        const __m128i letter = v.within('a', 26, 0x20);
        const __m128i digit_or_hyphen = _mm_or_si128(v.within('0', 10), v.is('-'));
        return sixteen::mask(_mm_or_si128(letter, digit_or_hyphen)) ^ 0xffffU;
    }
#endif
};

// What hosts are made of that are names or IPv4 addresses, but for percent codes and the like.
struct plain_host_bytes {
    static bool outside(char c) noexcept { return plain_name_bytes::outside(c) && c != '.'; }
#ifdef __SSE2__
    static unsigned outside(sixteen v) noexcept {
        return plain_name_bytes::outside(v) & ~sixteen::mask(v.is('.'));
    }
#endif
};

[[gnu::always_inline]] inline const char* find_token_end(const char* at, const char* end,
                                                         const char* begin) noexcept {
    for (;;) {
        at = find_outside<plain_name_bytes>(at, end, begin);
        if (at == end || !is(*at, in_token)) [[likely]]
            return at;
        ++at;
    }
}

// Whether the token at `at`, as long as `lower_case`, is that in whichever case. Setting one bit
// makes capital letters small ones, and nothing else of a token a letter or a hyphen.
template <std::size_t N>
[[gnu::always_inline]] inline bool is_same_token(const char* at,
                                                 const char (&lower_case)[N]) noexcept {
    constexpr std::size_t size = N - 1;
    constexpr std::size_t step = size < 8 ? 4 : 8;
    using word = std::conditional_t<step == 4, std::uint32_t, std::uint64_t>;
    word differs = 0;
    const auto compare = [&](std::size_t offset) {
        word sent, wanted;
        std::memcpy(&sent, at + offset, step);
        std::memcpy(&wanted, lower_case + offset, step);
        differs |= (sent | static_cast<word>(0x2020202020202020)) ^ wanted;
    };
    static_assert(size >= step && size <= 3 * step);
    compare(0);
    if constexpr (size > 2 * step) compare(step);
    if constexpr (size > step) compare(size - step);
    return differs == 0;
}

}  // namespace priz::http::detail
