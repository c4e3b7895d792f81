#include "priz/io/socket_handle.hpp"

#include "io/socket_calls.hpp"
#include "io/socket_names.hpp"

namespace priz::io {

int socket_handle::fileno() const noexcept { return where_ != nullptr ? where_->fd : -1; }

void socket_handle::reset() noexcept {
    if (detail::endpoint* const gone = std::exchange(where_, nullptr))
        detail::close_endpoint(*gone);
}

result<address> socket_handle::try_getsockname() const noexcept {
    return detail::name_of(where_, false, "getsockname");
}

address socket_handle::getsockname() const { return value_or_throw(try_getsockname()); }

result<address> socket_handle::try_getpeername() const noexcept {
    return detail::name_of(where_, true, "getpeername");
}

address socket_handle::getpeername() const { return value_or_throw(try_getpeername()); }

result<int> socket_handle::try_getsockopt(int level, int option) const noexcept {
    return detail::option_of(where_, level, option);
}

int socket_handle::getsockopt(int level, int option) const {
    return value_or_throw(try_getsockopt(level, option));
}

result<void> socket_handle::try_setsockopt(int level, int option, int value) noexcept {
    return detail::set_option(where_, level, option, value);
}

void socket_handle::setsockopt(int level, int option, int value) {
    value_or_throw(try_setsockopt(level, option, value));
}

}  // namespace priz::io
