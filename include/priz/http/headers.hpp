// priz/http/headers.hpp: the fields of a message, owned.
//
// Names are compared as HTTP does, letters in either case, and kept as they were given; fields keep
// their order, and a name may have several. All bytes stand in one string, so that the fields of a
// message cost two allocations. Views that it hands out are valid until it is changed.
//
// A value. Python: http.client.HTTPMessage, email.message.Message
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/http/field.hpp"

namespace priz::http {

class PRIZ_API headers {
public:
    headers() noexcept = default;
    // Errors: as add().
    headers(std::initializer_list<field_view> fields);
    // A copy of what a parser found.
    explicit headers(const field_list& fields);
    headers(const headers&) = default;
    headers& operator=(const headers&) = default;
    // What was moved from is empty.
    headers(headers&& other) noexcept;
    headers& operator=(headers&& other) noexcept;
    ~headers() = default;

    // Appends a field. White space around the value is taken off.
    //
    // Errors: defect::bad_field_name where the name is no token, bad_field_value where the value
    // has a control character: CR and LF would begin another field. Python: Message.add_header(),
    // Message.__setitem__()
    void add(std::string_view name, std::string_view value);
    result<void> try_add(std::string_view name, std::string_view value);

    // The one field of that name from now on: in the place of the first, or at the end.
    //
    // Errors: as add().
    // Python: Message.replace_header()
    void set(std::string_view name, std::string_view value);
    result<void> try_set(std::string_view name, std::string_view value);

    // Takes out every field of that name; how many there were. Python: Message.__delitem__()
    std::size_t remove(std::string_view name) noexcept;
    void clear() noexcept;
    // Makes room for so many fields, whose names and values have so many bytes, at once.
    void reserve(std::size_t fields, std::size_t bytes);

    // The first value of that name. Python: Message.get()
    std::optional<std::string_view> get(std::string_view name) const noexcept {
        return list().find(name);
    }
    // All of them, in order. Python: Message.get_all()
    std::vector<std::string_view> get_all(std::string_view name) const;
    // All of them as one list, divided by commas (RFC 9110, 5.2); nothing where there is none.
    // Set-Cookie is no list.
    std::optional<std::string> joined(std::string_view name) const;
    bool contains(std::string_view name) const noexcept { return get(name).has_value(); }

    std::size_t size() const noexcept { return places_.size(); }
    bool empty() const noexcept { return places_.empty(); }
    field_view operator[](std::size_t index) const noexcept { return list()[index]; }
    field_list::iterator begin() const noexcept { return list().begin(); }
    field_list::iterator end() const noexcept { return list().end(); }

    // For the writers of priz/http/head_writer.hpp.
    std::vector<field_view> views() const { return {begin(), end()}; }

    // The same fields in the same order, names in whichever case.
    friend bool operator==(const headers& a, const headers& b) noexcept { return a.same_as(b); }

    // The same as what a parser gives, valid until they are changed.
    field_list list() const noexcept { return {places_, text_.data()}; }

private:
    bool same_as(const headers& other) const noexcept;
    field_place append(std::string_view name, std::string_view value);
    void tidy() noexcept;

    std::string text_;
    std::size_t unused_ = 0;  // bytes of text_ that no field has any more
    std::vector<field_place> places_;
};

}  // namespace priz::http
