// value_reader.hpp: a field's value, read from left to right.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/text.hpp"

namespace priz::http::detail {

class value_reader {
public:
    explicit value_reader(std::string_view text) noexcept : text_(text) {}

    std::size_t at() const noexcept { return at_; }
    bool at_end() const noexcept { return at_ == text_.size(); }
    bool take(char c) noexcept {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    void skip_space() noexcept {
        while (!at_end() && is_space(text_[at_])) ++at_;
    }
    std::string_view token() noexcept {
        const std::size_t from = at_;
        while (!at_end() && is(text_[at_], in_token)) ++at_;
        return text_.substr(from, at_ - from);
    }
    // Behind its first quotation mark; nothing where it has no end.
    std::optional<std::string> quoted() {
        std::string value;
        while (!at_end() && is(text_[at_], in_value)) {
            char c = text_[at_++];
            if (c == '"') return value;
            if (c == '\\') {
                if (at_end() || !is(text_[at_], in_value)) return std::nullopt;
                c = text_[at_++];
            }
            value += c;
        }
        return std::nullopt;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace priz::http::detail
