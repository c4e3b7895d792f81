#include <array>
#include <cerrno>
#include <new>

#include "priz/inet.hpp"
#include "sys.hpp"
#include "text.hpp"

namespace priz {

namespace {

failure system_failure(int cause, const char* operation) noexcept {
    return {{cause, std::system_category()}, operation};
}

// The kernel's list, freed whatever happens while it is copied.
class interface_list {
public:
    interface_list() noexcept : all_(sys::if_nameindex()) {}
    interface_list(const interface_list&) = delete;
    interface_list& operator=(const interface_list&) = delete;
    ~interface_list() {
        if (all_ != nullptr) sys::if_freenameindex(all_);
    }
    // Ends with a null name; null when the list could not be had.
    const struct ::if_nameindex* first() const noexcept { return all_; }

private:
    struct ::if_nameindex* all_;
};

}  // namespace

result<std::vector<interface>> try_if_nameindex() noexcept try {
    const interface_list list;
    if (list.first() == nullptr) return std::unexpected(system_failure(errno, "if_nameindex"));
    std::vector<interface> all;
    for (const auto* one = list.first(); one->if_name != nullptr; ++one)
        all.push_back({one->if_index, one->if_name});
    return all;
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("if_nameindex"));
}

result<unsigned> try_if_nametoindex(std::string_view name) noexcept try {
    if (name.find('\0') != std::string_view::npos)
        return std::unexpected(detail::refusal(errc::value_error, "if_nametoindex", name,
                                               "an interface's name has no NUL byte"));
    if (const unsigned index = sys::if_nametoindex(std::string(name).c_str()); index != 0)
        return index;
    failure missing = system_failure(errno, "if_nametoindex");
    missing.with_subject(detail::in_quotes(name)).with_hint("no interface has this name");
    return std::unexpected(std::move(missing));
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("if_nametoindex"));
}

result<std::string> try_if_indextoname(std::int64_t index) noexcept try {
    const auto narrow = detail::narrowed<unsigned>("if_indextoname", index, UINT32_MAX);
    if (!narrow) return std::unexpected(narrow.error());
    std::array<char, IF_NAMESIZE> name{};
    if (sys::if_indextoname(*narrow, name.data()) != nullptr) return name.data();
    failure missing = system_failure(errno, "if_indextoname");
    missing.with_subject(std::to_string(index)).with_hint("no interface has this number");
    return std::unexpected(std::move(missing));
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory("if_indextoname"));
}

std::vector<interface> if_nameindex() { return value_or_throw(try_if_nameindex()); }

unsigned if_nametoindex(std::string_view name) { return value_or_throw(try_if_nametoindex(name)); }

std::string if_indextoname(std::int64_t index) { return value_or_throw(try_if_indextoname(index)); }

}  // namespace priz
