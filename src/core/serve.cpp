#include "priz/serve.hpp"

#include <netinet/in.h>

#include <cerrno>

#include "core/destination.hpp"
#include "core/resolve_guard.hpp"
#include "core/resolve_infos.hpp"
#include "core/resolve_one.hpp"
#include "core/socket_access.hpp"

namespace priz {

using detail::destination;
using detail::guarded;
using detail::system_code;

namespace {

constexpr const char* one_op = "create_server";
constexpr const char* all_op = "create_servers";

failure refused(const char* hint) {
    failure why(errc::value_error, one_op);
    why.with_hint(hint);
    return why;
}

bool is_stream(int type) noexcept { return type != SOCK_DGRAM && type != SOCK_RAW; }

bool is_internet(int family) noexcept { return family == AF_INET || family == AF_INET6; }

result<void> set_options(socket& s, const server_options& options) noexcept {
    if (!is_internet(s.family())) return {};
    if (is_stream(s.type()))
        if (auto set = s.try_setsockopt(SOL_SOCKET, SO_REUSEADDR, 1); !set) return set;
    if (options.reuse_port)
        if (auto set = s.try_setsockopt(SOL_SOCKET, SO_REUSEPORT, 1); !set) return set;
    if (s.family() != AF_INET6) return {};
    return s.try_setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, options.dualstack_ipv6 ? 0 : 1);
}

result<void> start_listening(socket& s, const server_options& options) noexcept {
    if (!is_stream(s.type())) return {};
    return options.backlog ? s.try_listen(*options.backlog) : s.try_listen();
}

result<socket> server_on(const address& local, int type, const server_options& options) {
    auto made = socket::try_make(local.family(), type);
    if (!made) return made;
    made->set_blocking_hook(options.hook);
    if (const auto set = set_options(*made, options); !set) return std::unexpected(set.error());
    if (const auto bound = made->try_bind(local); !bound) return std::unexpected(bound.error());
    if (const auto listening = start_listening(*made, options); !listening)
        return std::unexpected(listening.error());
    return made;
}

// What stands in the way of a socket for IPv4 and IPv6 both.
result<void> try_dualstack() noexcept {
    auto probe = socket::try_make(AF_INET6, SOCK_STREAM);
    if (!probe) return std::unexpected(std::move(probe).error());
    return probe->try_setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0);
}

bool is_refusal(std::error_code cause) noexcept {
    return cause == system_code(EAFNOSUPPORT) || cause == system_code(ENOPROTOOPT) ||
           cause == system_code(EINVAL) || cause == system_code(EPERM);
}

result<void> check(int family, const server_options& options) {
    if (!options.dualstack_ipv6) return {};
    if (family != AF_INET6) return std::unexpected(refused("dualstack_ipv6 requires AF_INET6"));
    auto tried = try_dualstack();
    if (tried || !is_refusal(tried.error().code())) return tried;
    return std::unexpected(refused("dualstack_ipv6 is not supported on this machine"));
}

result<address> local_address(const destination& at, int family, const server_options& options) {
    const host name = at.what == destination::kind::loopback ? host("localhost") : at.name;
    const address_like where =
        at.what == destination::kind::exact ? address_like(at.exact) : address_like(name, at.port);
    return detail::resolve_one(where, family, at.type, 0, {.hook = options.hook}, one_op);
}

// `any:PORT` is IPv4 and IPv6 together where one socket can be both.
server_options for_any(server_options options) {
    if (options.family != AF_UNSPEC) return options;
    options.dualstack_ipv6 = has_dualstack_ipv6();
    options.family = options.dualstack_ipv6 ? AF_INET6 : AF_INET;
    return options;
}

int family_for(const destination& at, const server_options& options) {
    if (options.family != AF_UNSPEC) return options.family;
    return at.what == destination::kind::exact ? at.exact.family() : AF_INET;
}

result<socket> serve(const destination& at, const server_options& given) {
    const server_options options = at.what == destination::kind::any ? for_any(given) : given;
    const int family = family_for(at, options);
    if (const auto sane = check(family, options); !sane) return std::unexpected(sane.error());
    const auto local = local_address(at, family, options);
    if (!local) return std::unexpected(local.error());
    return server_on(*local, at.type, options);
}

result<std::vector<address>> local_addresses(const destination& at, const server_options& options) {
    if (at.what == destination::kind::exact) return std::vector{at.exact};
    const bool everywhere = at.name.what() == host::form::text && at.name.text().empty();
    const int flags = at.what == destination::kind::loopback ? 0 : AI_PASSIVE;
    const auto found = detail::find_infos(
        {everywhere ? host(nullptr) : at.name, at.port, options.family, at.type, 0, flags},
        {.hook = options.hook}, all_op);
    if (!found) return std::unexpected(found.error());
    std::vector<address> all;
    for (const address_info& one : *found) all.push_back(one.address);
    return all;
}

// The machine was built or told to have no such family or address: IPv6 switched off.
bool is_lacking(std::error_code cause) noexcept {
    return cause == system_code(EAFNOSUPPORT) || cause == system_code(EADDRNOTAVAIL);
}

bool is_port_zero(const address& a) noexcept { return is_internet(a.family()) && a.port() == 0; }

// The sockets made so far, and what became of each address.
struct servers {
    std::vector<socket> sockets = {};
    std::vector<attempt> attempts = {};
    std::uint16_t port = 0;  // the one that the kernel chose for the first
};

result<void> add_server(servers& all, const address& wanted, int type,
                        const server_options& options) {
    const address local = is_port_zero(wanted) ? wanted.with_port(all.port) : wanted;
    auto made = server_on(local, type, options);
    all.attempts.push_back({local, made ? std::error_code() : made.error().code(), duration()});
    if (!made && is_lacking(made.error().code())) return {};
    if (!made) return std::unexpected(std::move(made).error());
    if (is_port_zero(local)) {
        const auto name = made->try_getsockname();
        if (!name) return std::unexpected(name.error());
        all.port = static_cast<std::uint16_t>(name->port());
    }
    all.sockets.push_back(*std::move(made));
    return {};
}

result<std::vector<socket>> serve_on_each(const std::vector<address>& locals, int type,
                                          const server_options& options) {
    servers all;
    for (const address& local : locals)
        if (auto added = add_server(all, local, type, options); !added)
            return std::unexpected(std::move(added).error().with_attempts(all.attempts));
    if (!all.sockets.empty()) return std::move(all.sockets);
    failure why(all.attempts.back().cause, all_op);
    why.with(&all.attempts.back().to, nullptr).with_attempts(all.attempts);
    return std::unexpected(why);
}

// A port that the kernel chose for one family may be taken in the other; then it chooses again.
constexpr int choices_max = 16;

result<std::vector<socket>> serve_all(const destination& at, const server_options& options) {
    if (const auto sane = check(options.family, options); !sane)
        return std::unexpected(sane.error());
    const auto locals = local_addresses(at, options);
    if (!locals) return std::unexpected(locals.error());
    const bool kernel_chooses = is_port_zero(locals->front()) && locals->size() > 1;
    for (int choice = 1;; ++choice) {
        auto made = serve_on_each(*locals, at.type, options);
        if (made || !kernel_chooses || choice == choices_max ||
            made.error().code() != system_code(EADDRINUSE))
            return made;
    }
}

}  // namespace

bool has_dualstack_ipv6() noexcept { return try_dualstack().has_value(); }

result<socket> try_create_server(const address_like& local,
                                 const server_options& options) noexcept {
    return guarded(one_op, [&] {
        return detail::with_destination(local,
                                        [&](const destination& at) { return serve(at, options); });
    });
}

result<socket> try_create_server(const endpoint& local, const server_options& options) noexcept {
    return guarded(one_op, [&] { return serve(destination::of(local), options); });
}

result<std::vector<socket>> try_create_servers(const address_like& local,
                                               const server_options& options) noexcept {
    return guarded(all_op, [&] {
        return detail::with_destination(
            local, [&](const destination& at) { return serve_all(at, options); });
    });
}

result<std::vector<socket>> try_create_servers(const endpoint& local,
                                               const server_options& options) noexcept {
    return guarded(all_op, [&] { return serve_all(destination::of(local), options); });
}

socket create_server(const address_like& local, const server_options& options) {
    return value_or_throw(try_create_server(local, options));
}

socket create_server(const endpoint& local, const server_options& options) {
    return value_or_throw(try_create_server(local, options));
}

std::vector<socket> create_servers(const address_like& local, const server_options& options) {
    return value_or_throw(try_create_servers(local, options));
}

std::vector<socket> create_servers(const endpoint& local, const server_options& options) {
    return value_or_throw(try_create_servers(local, options));
}

}  // namespace priz
