#include <algorithm>
#include <array>
#include <climits>
#include <new>

#include "core/socket_access.hpp"
#include "core/sys.hpp"

namespace priz {

using detail::make_failure;
using detail::socket_access;
using detail::system_code;

namespace {

constexpr std::size_t largest_option = 1024;

result<void> set(const socket& s, int level, int option, const void* value,
                 std::size_t size) noexcept {
    if (size > INT_MAX) return std::unexpected(make_failure(s, system_code(EINVAL), "setsockopt"));
    const auto length = static_cast<::socklen_t>(size);
    if (sys::setsockopt(socket_access::fd(s), level, option, value, length) == 0) return {};
    return std::unexpected(make_failure(s, system_code(errno), "setsockopt"));
}

// Options of AF_VSOCK are 64 bits wide, all others that are integers 32.
bool is_wide(const socket& s, int level) noexcept {
    return s.family() == AF_VSOCK && level == AF_VSOCK;
}

}  // namespace

result<int> socket::try_getsockopt(int level, int option) const noexcept {
    std::int64_t wide = 0;
    int value = 0;
    const bool use_wide = is_wide(*this, level);
    void* target = use_wide ? static_cast<void*>(&wide) : &value;
    ::socklen_t size = use_wide ? sizeof wide : sizeof value;
    if (sys::getsockopt(socket_access::fd(*this), level, option, target, &size) != 0)
        return std::unexpected(make_failure(*this, system_code(errno), "getsockopt"));
    return use_wide ? static_cast<int>(wide) : value;
}

int socket::getsockopt(int level, int option) const {
    return value_or_throw(try_getsockopt(level, option));
}

result<bytes> socket::try_getsockopt(int level, int option, std::size_t size) const noexcept try {
    if (size == 0 || size > largest_option)
        return std::unexpected(failure(system_code(EINVAL), "getsockopt")
                                   .with_hint("the size has to be 1 to 1024 bytes"));
    std::array<char, largest_option> value;
    auto length = static_cast<::socklen_t>(size);
    if (sys::getsockopt(socket_access::fd(*this), level, option, value.data(), &length) != 0)
        return std::unexpected(make_failure(*this, system_code(errno), "getsockopt"));
    // Some options report the length that they would have had.
    return bytes(value.data(), std::min<std::size_t>(length, size));
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), "getsockopt"));
}

bytes socket::getsockopt(int level, int option, std::size_t size) const {
    return value_or_throw(try_getsockopt(level, option, size));
}

result<void> socket::try_setsockopt(int level, int option, int value) noexcept {
    const std::int64_t wide = value;
    if (is_wide(*this, level)) return set(*this, level, option, &wide, sizeof wide);
    return set(*this, level, option, &value, sizeof value);
}

void socket::setsockopt(int level, int option, int value) {
    value_or_throw(try_setsockopt(level, option, value));
}

result<void> socket::try_setsockopt(int level, int option, bytes_view value) noexcept {
    return set(*this, level, option, value.data(), value.size());
}

void socket::setsockopt(int level, int option, bytes_view value) {
    value_or_throw(try_setsockopt(level, option, value));
}

result<void> socket::try_setsockopt(int level, int option, std::nullptr_t,
                                    std::size_t size) noexcept {
    return set(*this, level, option, nullptr, size);
}

void socket::setsockopt(int level, int option, std::nullptr_t, std::size_t size) {
    value_or_throw(try_setsockopt(level, option, nullptr, size));
}

}  // namespace priz
