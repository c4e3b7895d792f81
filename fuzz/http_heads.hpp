// http_heads.hpp: what the targets of requests and of responses have in common.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "priz/http/head_parser.hpp"
#include "verdicts.hpp"

namespace fuzz {

inline void require(bool claim) {
    if (!claim) std::abort();
}

// A buffer of exactly that size, so that a read past its end is seen.
inline std::unique_ptr<char[]> exact_copy(std::string_view text) {
    auto copy = std::make_unique<char[]>(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) copy[i] = text[i];
    return copy;
}

// Ends of slices of `text`: every byte, or by chance, as the text itself has it.
inline std::vector<std::size_t> cuts(std::string_view text, bool every_byte) {
    std::vector<std::size_t> ends;
    std::uint32_t state = static_cast<std::uint32_t>(text.size());
    for (const char c : text) state = state * 31 + static_cast<unsigned char>(c);
    for (std::size_t at = 0; at < text.size();) {
        state = state * 1664525 + 1013904223;
        at += every_byte ? 1 : 1 + (state >> 16) % 40;
        ends.push_back(at < text.size() ? at : text.size());
    }
    return ends;
}

// Everything that a head says, as a text that can be compared.
inline std::string told(const priz::http::head_parser& head, priz::http::progress how) {
    std::string text = std::to_string(static_cast<int>(how));
    if (how == priz::http::progress::failed)
        return text + ' ' + priz::http::name(head.error().what) + ' ' +
               std::to_string(head.error().offset);
    if (how != priz::http::progress::complete) return text;
    text += ' ' + std::to_string(head.size()) + ' ' + std::to_string(head.framing().length) + ' ' +
            std::to_string(static_cast<int>(head.framing().how)) + (head.keep_alive() ? " k" : "") +
            (head.upgrade() ? " u" : "") + std::to_string(static_cast<int>(head.version()));
    for (const auto field : head.fields()) {
        text += '\n';
        text += field.name;
        text += ": ";
        text += field.value;
    }
    return text;
}

// For what was written: it may be longer than what was read, by the space behind each colon.
inline priz::http::limits no_limits() {
    priz::http::limits most;
    most.line = most.head = UINT32_MAX;
    return most;
}

// The fields but for those that the framing stands for.
inline std::vector<priz::http::field_view> unframed(const priz::http::head_parser& head) {
    std::vector<priz::http::field_view> fields;
    for (const auto field : head.fields()) {
        if (!priz::http::same_name(field.name, "Content-Length") &&
            !priz::http::same_name(field.name, "Transfer-Encoding"))
            fields.push_back(field);
    }
    return fields;
}

// What a fresh parser says of `text`, whose bytes come in slices, each time in other memory.
template <class Parser>
std::string told_in_slices(std::string_view text, bool every_byte) {
    priz::http::field_places<> places;
    Parser parser(places);
    auto how = priz::http::progress::more;
    std::unique_ptr<char[]> memory;
    for (const std::size_t end : cuts(text, every_byte)) {
        auto moved = exact_copy(text.substr(0, end));
        how = parser.parse({moved.get(), end});
        memory = std::move(moved);
        if (how != priz::http::progress::more) break;
    }
    return told(parser, how);
}

// Whole, and in slices; what was read goes to `write_and_read_again`.
template <class Parser>
void read_head(const std::uint8_t* data, std::size_t size, verdicts& all,
               void (*write_and_read_again)(const Parser&)) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto memory = exact_copy(input);
    priz::http::field_places<> places;
    Parser parser(places);
    const auto how = parser.parse({memory.get(), size});
    const std::string whole = told(parser, how);
    constexpr std::size_t byte_by_byte_max = 4096;
    if (size < byte_by_byte_max) require(told_in_slices<Parser>(input, true) == whole);
    require(told_in_slices<Parser>(input, false) == whole);
    if (all.note(how == priz::http::progress::complete)) write_and_read_again(parser);
    require(how != priz::http::progress::failed || parser.error().offset <= size);
}

}  // namespace fuzz
