#include "core/resolve_one.hpp"
#include "core/socket_access.hpp"
#include "core/sys.hpp"
#include "core/target.hpp"
#include "core/worded.hpp"

namespace priz {

using detail::make_failure;
using detail::socket_access;
using detail::system_code;

namespace {

using name_call = int (*)(int, ::sockaddr*, ::socklen_t*);

result<address> ask(const socket& s, name_call call, const char* operation) noexcept {
    ::sockaddr_storage name{};
    ::socklen_t size = sizeof name;
    auto* raw = reinterpret_cast<::sockaddr*>(&name);
    if (call(socket_access::fd(s), raw, &size) != 0)
        return std::unexpected(make_failure(s, system_code(errno), operation));
    return address::from_sockaddr(raw, size);
}

}  // namespace

namespace detail {

result<address> target_of(const socket& s, const address_like& given, const char* operation,
                          deadline until) noexcept {
    if (given.what() != address_like::form::address)
        return resolve_one(given, s.family(), s.type(), s.proto(), until, socket_access::hook(s),
                           operation);
    const address& exact = given.exact();
    const int family = s.family() == AF_RDS ? AF_INET : s.family();  // RDS has IPv4's addresses
    if (exact.family() == family || exact.family() == AF_UNSPEC || family < 0) return exact;
    failure why(errc::type_error, operation);
    worded(why, [&](failure& told) { told.with_subject(exact.str()); });
    why.with_hint("the socket has another family");
    return std::unexpected(std::move(why));
}

deadline lookup_deadline(const socket& s) noexcept {
    const std::int64_t ns = socket_access::timeout_ns(s);
    return ns > 0 ? deadline::after(duration::from_nanoseconds(ns)) : deadline();
}

}  // namespace detail

result<address> socket::try_getsockname() const noexcept {
    return ask(*this, sys::getsockname, "getsockname");
}

address socket::getsockname() const { return value_or_throw(try_getsockname()); }

result<address> socket::try_getpeername() const noexcept {
    return ask(*this, sys::getpeername, "getpeername");
}

address socket::getpeername() const { return value_or_throw(try_getpeername()); }

result<void> socket::try_bind(const address_like& local) noexcept {
    const auto exact = detail::target_of(*this, local, "bind", detail::lookup_deadline(*this));
    if (!exact) return std::unexpected(exact.error());
    detail::patience patient(*this);
    int cause = 0;
    patient.run([&] { return sys::bind(socket_access::fd(*this), exact->data(), exact->size()); },
                cause);
    if (cause == 0) return {};
    return std::unexpected(detail::make_bind_failure(*this, system_code(cause), *exact));
}

void socket::bind(const address_like& local) { value_or_throw(try_bind(local)); }

}  // namespace priz
