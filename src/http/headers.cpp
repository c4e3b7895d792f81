#include "priz/http/headers.hpp"

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

#include "http/text.hpp"
#include "priz/http/defect.hpp"

namespace priz::http {

using namespace detail;

namespace {

std::size_t size_of(const field_place& place) noexcept {
    return std::size_t{place.name_size} + place.value_size;
}

std::unexpected<failure> refused_field(defect what, const char* operation, std::string_view name) {
    failure why(make_error_code(what), operation);
    if (what != defect::bad_field_name) why.with_subject(std::string(name));
    why.with_hint(section(what));
    return std::unexpected(std::move(why));
}

defect check(std::string_view name, std::string_view value) noexcept {
    if (!is_token(name)) return defect::bad_field_name;
    return all_of(value, in_value) ? defect::none : defect::bad_field_value;
}

}  // namespace

headers::headers(std::initializer_list<field_view> fields) {
    for (const auto& field : fields) add(field.name, field.value);
}

headers::headers(const field_list& fields) {
    std::size_t size = 0;
    for (const auto field : fields) size += field.name.size() + field.value.size();
    text_.reserve(size);
    places_.reserve(fields.size());
    for (const auto field : fields) places_.push_back(append(field.name, field.value));
}

headers::headers(headers&& other) noexcept
    : text_(std::exchange(other.text_, {})),
      unused_(std::exchange(other.unused_, 0)),
      places_(std::exchange(other.places_, {})) {}

headers& headers::operator=(headers&& other) noexcept {
    headers taken(std::move(other));
    text_.swap(taken.text_);
    std::swap(unused_, taken.unused_);
    places_.swap(taken.places_);
    return *this;
}

field_place headers::append(std::string_view name, std::string_view value) {
    field_place place;
    place.name_at = static_cast<std::uint32_t>(text_.size());
    place.name_size = static_cast<std::uint32_t>(name.size());
    place.value_at = place.name_at + place.name_size;
    place.value_size = static_cast<std::uint32_t>(value.size());
    const auto is_inside = [&](std::string_view part) {
        return std::less_equal<>()(text_.data(), part.data()) &&
               std::less<>()(part.data(), text_.data() + text_.size());
    };
    if (is_inside(name) || is_inside(value)) {
        std::string both;
        both.reserve(name.size() + value.size());
        both.append(name).append(value);
        text_ += both;
    } else {
        text_.append(name).append(value);
    }
    return place;
}

result<void> headers::try_add(std::string_view name, std::string_view value) {
    if (const defect found = check(name, value); found != defect::none)
        return refused_field(found, "add", name);
    places_.push_back(append(name, trimmed(value)));
    return {};
}

result<void> headers::try_set(std::string_view name, std::string_view value) {
    if (const defect found = check(name, value); found != defect::none)
        return refused_field(found, "set", name);
    const field_place place = append(name, trimmed(value));
    const std::string_view kept(text_.data() + place.name_at, place.name_size);
    const auto list_now = list();
    std::size_t first = 0;
    while (first < size() && !same_name(list_now[first].name, kept)) ++first;
    if (first == size()) {
        places_.push_back(place);
        return {};
    }
    unused_ += size_of(places_[first]);
    places_[first] = place;
    std::size_t to = first + 1;
    for (std::size_t from = to; from < places_.size(); ++from) {
        if (same_name(list_now[from].name, kept)) {
            unused_ += size_of(places_[from]);
        } else {
            places_[to++] = places_[from];
        }
    }
    places_.resize(to);
    tidy();
    return {};
}

void headers::add(std::string_view name, std::string_view value) {
    value_or_throw(try_add(name, value));
}

void headers::set(std::string_view name, std::string_view value) {
    value_or_throw(try_set(name, value));
}

std::size_t headers::remove(std::string_view name) noexcept {
    std::size_t to = 0;
    const std::size_t before = places_.size();
    for (std::size_t from = 0; from < before; ++from) {
        if (same_name(list()[from].name, name)) {
            unused_ += size_of(places_[from]);
        } else {
            places_[to++] = places_[from];
        }
    }
    places_.resize(to);
    if (to == 0) clear();
    tidy();
    return before - to;
}

void headers::reserve(std::size_t fields, std::size_t bytes) {
    places_.reserve(fields);
    text_.reserve(bytes);
}

void headers::clear() noexcept {
    text_.clear();
    places_.clear();
    unused_ = 0;
}

// A field that is set, or added and removed, again and again would grow the text without end.
void headers::tidy() noexcept {
    if (unused_ < 1024 || unused_ < text_.size() / 2) return;
    try {
        *this = headers(list());
    } catch (const std::bad_alloc&) {
        // It is right as it is, only larger; the next change tries again.
        return;
    }
}

std::vector<std::string_view> headers::get_all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto field : *this)
        if (same_name(field.name, name)) values.push_back(field.value);
    return values;
}

std::optional<std::string> headers::joined(std::string_view name) const {
    std::optional<std::string> whole;
    for (const auto field : *this) {
        if (!same_name(field.name, name)) continue;
        if (whole) {
            *whole += ", ";
            *whole += field.value;
        } else {
            whole.emplace(field.value);
        }
    }
    return whole;
}

bool headers::same_as(const headers& other) const noexcept {
    return std::equal(begin(), end(), other.begin(), other.end(),
                      [](const field_view& a, const field_view& b) {
                          return same_name(a.name, b.name) && a.value == b.value;
                      });
}

}  // namespace priz::http
