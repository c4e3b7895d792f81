#include "doctor_checks.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/utsname.h>
#include <priz/socket.hpp>

#include "support/system_file.hpp"

namespace priz::cli {

namespace {

finding good(const char* subject, const std::string& detail) {
    return {subject, health::good, detail};
}

// A connection to ourselves and a byte across it.
result<void> talk_to_self(const address& where) {
    auto server = socket::try_make(where.family(), SOCK_STREAM);
    if (!server) return std::unexpected(std::move(server).error());
    if (auto done = server->try_bind(where); !done) return done;
    if (auto done = server->try_listen(); !done) return done;
    socket client(where.family(), SOCK_STREAM);
    client.settimeout(2);
    const auto bound = server->getsockname();
    if (auto done = client.try_connect(bound); !done) return done;
    return client.try_sendall("x");
}

// Without descriptors nothing can be told about a family.
finding failed(const char* subject, health otherwise, const std::error_code& code,
               const std::string& why, const char* remedy) {
    const bool none_left = code == std::errc::too_many_files_open;
    return {subject, otherwise, why, none_left ? "ulimit -n 1024" : remedy};
}

finding check_family(const char* subject, const address& where, health otherwise,
                     const char* remedy) {
    try {
        if (auto done = talk_to_self(where); !done)
            return failed(subject, otherwise, done.error().code(), done.error().message(), remedy);
    } catch (const error& why) {
        return failed(subject, otherwise, why.code(), why.what(), remedy);
    }
    return good(subject, "works");
}

finding check_dual_stack() {
    auto s = socket::try_make(AF_INET6, SOCK_STREAM);
    const auto set = s ? s->try_setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0) : result<void>{};
    if (!s || !set)
        return {"dual stack", health::note, "an IPv6 socket cannot serve IPv4 as well",
                "listen on both families: `priz listen any:PORT` does"};
    return good("dual stack", "one socket can serve IPv6 and IPv4");
}

finding check_vsock() {
    if (socket::try_make(AF_VSOCK, SOCK_STREAM)) return good("vsock", "available");
    return {"vsock", health::note, "not available; only virtual machines need it",
            "modprobe vsock"};
}

finding check_setting(const char* subject, const std::string& path, const char* meaning) {
    const auto value = read_system_file(path);
    if (!value) return {subject, health::note, "not in this kernel"};
    return good(subject, fmt::format("{} ({})", *value, meaning));
}

finding check_gso() {
    auto s = socket::try_make(AF_INET, SOCK_DGRAM);
    if (s && s->try_getsockopt(IPPROTO_UDP, UDP_SEGMENT))
        return good("UDP segmentation", "available (UDP_SEGMENT)");
    return {"UDP segmentation", health::note, "not in this kernel (it came with Linux 4.18)"};
}

}  // namespace

findings check_kernel() {
    ::utsname name = {};
    if (::uname(&name) != 0) return {{"kernel", health::warning, "uname(2) fails"}};
    const auto text = fmt::format("{} {} {}", name.sysname, name.release, name.machine);
    if (read_system_file("/proc/sys/kernel/ostype")) return {good("kernel", text)};
    return {good("kernel", text),
            {"/proc", health::warning, "not mounted, so that most settings cannot be read",
             "mount -t proc proc /proc"}};
}

// A Unix socket bound to no name is given an abstract one, so that both are tried at once.
findings check_families() {
    return {
        check_family("IPv4", address::ipv4("127.0.0.1", 0), health::broken, "ip link set lo up"),
        check_family("IPv6", address::ipv6("::1", 0), health::warning,
                     "sysctl net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.lo.disable_ipv6=0"),
        check_dual_stack(),
        check_family("Unix sockets", address::unix_unnamed(), health::broken,
                     "the kernel needs CONFIG_UNIX; a sandbox may forbid them"),
        check_vsock(),
    };
}

findings check_options() {
    const std::string ipv4 = "/proc/sys/net/ipv4/";
    return {
        check_setting("congestion control", ipv4 + "tcp_congestion_control", "new TCP sockets"),
        check_setting("TCP fast open", ipv4 + "tcp_fastopen", "1 clients, 2 servers, 3 both"),
        check_setting("multipath TCP", "/proc/sys/net/mptcp/enabled", "1 is on"),
        check_gso(),
    };
}

}  // namespace priz::cli
