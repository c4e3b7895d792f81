#include "listening.hpp"

#include <netinet/in.h>
#include <unistd.h>
#include <priz/resolve.hpp>

#include <optional>

#include "support/exit_code.hpp"

namespace priz::cli {

namespace {

// How often the kernel is asked for another port when the one it chose for IPv6 is taken on IPv4.
constexpr int port_tries = 16;

// A stream server may come back to its port while old connections are still dying; with datagrams
// the same option would let another program share the port.
result<void> prepare(socket& s) {
    if (s.family() == AF_INET6)
        if (auto set = s.try_setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 1); !set) return set;
    const bool internet = s.family() == AF_INET || s.family() == AF_INET6;
    if (internet && s.type() == SOCK_STREAM) return s.try_setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    return {};
}

result<listening> open(const address& where, int type) {
    auto s = socket::try_make(where.family(), type);
    if (!s) return std::unexpected(std::move(s).error());
    auto done = prepare(*s);
    if (done) done = s->try_bind(where);
    if (!done) return std::unexpected(std::move(done).error());
    listening made(*std::move(s), where.is_unix_path() ? std::string(where.path()) : "");
    if (type != SOCK_DGRAM) done = made.sock().try_listen();
    if (!done) return std::unexpected(std::move(done).error());
    return made;
}

std::vector<address> addresses_of(const endpoint& where, const deadline& until) {
    if (where.exact() != nullptr) return {*where.exact()};
    // Without a host: every interface, or the loopback one, on both families whatever /etc/hosts
    // makes of `localhost`.
    const bool named = !where.is_any() && !where.is_loopback();
    const host name = named ? host(where.host_text()) : host(nullptr);
    const auto found = try_getaddrinfo(name, where.service_text(), AF_UNSPEC, where.type(), 0,
                                       where.is_loopback() ? 0 : AI_PASSIVE, {.until = until});
    if (!found) throw stop_here(found.error(), phase::listening);
    std::vector<address> all;
    for (const auto& one : *found) all.push_back(one.address);
    return all;
}

struct opened {
    std::vector<listening> sockets = {};
    std::optional<failure> why = {};  // the first failure, or a later one that is final
    bool final = false;
    bool port_taken = false;  // of a port that the kernel chose
};

// A machine without one of the families is served on the other. Anything else ends it: with the
// port taken on one of them, clients would meet us or a stranger, as it happens.
bool lacks_family(std::error_code code) {
    return code == std::errc::address_not_available ||
           code == std::errc::address_family_not_supported;
}

opened open_all(const std::vector<address>& wanted, int type) {
    opened all;
    for (auto where : wanted) {
        const bool chosen = where.port() == 0 && !all.sockets.empty();
        if (chosen)
            where = where.with_port(static_cast<std::uint16_t>(all.sockets[0].where().port()));
        auto one = open(where, type);
        if (one) {
            all.sockets.push_back(*std::move(one));
        } else {
            const bool final = !lacks_family(one.error().code());
            all.port_taken |= chosen && one.error().code() == std::errc::address_in_use;
            if (!all.why || (final && !all.final)) all.why = std::move(one).error();
            all.final |= final;
        }
    }
    return all;
}

}  // namespace

listening::listening(socket bound, std::string made_path)
    : socket_(std::move(bound)), type_(socket_.type()), path_(std::move(made_path)) {
    socket_.setblocking(false);
    where_ = socket_.getsockname();
    if (!path_.empty() && ::stat(path_.c_str(), &made_) != 0) path_.clear();
}

listening::listening(listening&& other) noexcept
    : socket_(std::move(other.socket_)),
      type_(other.type_),
      where_(other.where_),
      path_(std::exchange(other.path_, {})),
      made_(other.made_) {}

listening::~listening() {
    struct ::stat now = {};
    if (path_.empty() || ::stat(path_.c_str(), &now) != 0) return;
    if (now.st_ino == made_.st_ino && now.st_dev == made_.st_dev) ::unlink(path_.c_str());
}

std::vector<listening> listen_on(const endpoint& where, const deadline& until) {
    const auto wanted = addresses_of(where, until);
    opened all = open_all(wanted, where.type());
    for (int i = 1; i < port_tries && all.port_taken; ++i) all = open_all(wanted, where.type());
    if (all.final || all.sockets.empty()) throw stop_here(*all.why, phase::listening);
    return std::move(all.sockets);
}

}  // namespace priz::cli
