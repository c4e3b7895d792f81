#include "io/socket_names.hpp"

#include "io/socket_calls.hpp"

namespace priz::io::detail {

result<address> name_of(endpoint* e, bool peer, const char* operation) noexcept {
    if (e == nullptr) return std::unexpected(failure_of(e, EBADF, operation));
    address name;
    if (const int error = getname_now(*e, peer, name); error != 0)
        return std::unexpected(failure_of(e, -error, operation));
    return name;
}

result<int> option_of(endpoint* e, int level, int option) noexcept {
    constexpr const char* operation = "getsockopt";
    if (e == nullptr) return std::unexpected(failure_of(e, EBADF, operation));
    int value = 0;
    ::socklen_t size = sizeof value;
    if (const int error = getsockopt_now(*e, level, option, &value, size); error != 0)
        return std::unexpected(failure_of(e, -error, operation));
    return value;
}

result<void> set_option(endpoint* e, int level, int option, int value) noexcept {
    constexpr const char* operation = "setsockopt";
    if (e == nullptr) return std::unexpected(failure_of(e, EBADF, operation));
    if (const int error = setsockopt_now(*e, level, option, &value, sizeof value); error != 0)
        return std::unexpected(failure_of(e, -error, operation));
    return {};
}

}  // namespace priz::io::detail
