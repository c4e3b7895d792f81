#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>
#include <priz/resolve.hpp>
#include <priz/socket.hpp>

#include "doctor_checks.hpp"
#include "support/duration_text.hpp"
#include "support/system_file.hpp"

namespace priz::cli {

namespace {

// The resolver library that the process runs with, which need not be the one it was built with.
finding check_cares() {
    using version = const char*(int*);
    void* library = ::dlopen("libcares.so.2", RTLD_NOW | RTLD_NOLOAD);
    void* symbol = library == nullptr ? nullptr : ::dlsym(library, "ares_version");
    if (symbol == nullptr) return {"c-ares", health::note, "linked in; its version is not known"};
    const finding found = {"c-ares", health::good, reinterpret_cast<version*>(symbol)(nullptr)};
    ::dlclose(library);
    return found;
}

finding check_switch() {
    const auto order = settings_in("/etc/nsswitch.conf", "hosts:");
    if (order.empty()) return {"name order", health::good, "files dns (nsswitch.conf names none)"};
    const auto& sources = order.front();
    if (sources == "files dns" || sources == "files" || sources == "dns")
        return {"name order", health::good, sources + ": looked up without threads"};
    return {"name order", health::good, sources + ": looked up through the C library"};
}

finding check_servers() {
    const auto servers = settings_in("/etc/resolv.conf", "nameserver");
    if (!servers.empty())
        return {"name servers", health::good, fmt::format("{}", fmt::join(servers, ", "))};
    return {"name servers", health::warning, "resolv.conf names none: 127.0.0.1 is asked",
            "put `nameserver ADDRESS` into /etc/resolv.conf"};
}

finding check_name(const char* subject, const std::string& name, const char* remedy,
                   duration timeout) {
    const auto found =
        try_getaddrinfo(name, nullptr, AF_UNSPEC, SOCK_STREAM, 0, 0, {.timeout = timeout});
    if (!found) return {subject, health::warning, found.error().message(), remedy};
    std::vector<std::string> all;
    for (const auto& one : *found) {
        const auto host = one.address.host();
        all.push_back(host);
    }
    return {subject, health::good, fmt::format("{}: {}", name, fmt::join(all, ", "))};
}

finding check_files() {
    ::rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return {"open files", health::warning, "getrlimit(2) fails"};
    const auto text =
        fmt::format("{} at once, up to {} on request", limit.rlim_cur, limit.rlim_max);
    if (limit.rlim_cur >= 1024) return {"open files", health::good, text};
    return {"open files", health::warning, text, "ulimit -n 1024, or LimitNOFILE= of the service"};
}

finding check_least(const char* subject, const std::string& path, long long least,
                    const char* meaning, const char* remedy) {
    const auto values = numbers_in(path);
    if (values.empty()) return {subject, health::note, "cannot be read: " + path};
    const auto text = fmt::format("{} {}", values.front(), meaning);
    if (values.front() >= least) return {subject, health::good, text};
    return {subject, health::warning, text, remedy};
}

finding check_ports() {
    const auto range = numbers_in("/proc/sys/net/ipv4/ip_local_port_range");
    if (range.size() != 2) return {"ephemeral ports", health::note, "cannot be read"};
    const auto text = fmt::format("{} to {}", range[0], range[1]);
    if (range[1] - range[0] >= 1000) return {"ephemeral ports", health::good, text};
    return {"ephemeral ports", health::warning, text + ": few connections to one address at once",
            "sysctl net.ipv4.ip_local_port_range='32768 60999'"};
}

finding check_privileged() {
    const auto first = numbers_in("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if (first.empty()) return {"privileged ports", health::good, "below 1024"};
    if (first.front() == 0) return {"privileged ports", health::good, "none"};
    return {"privileged ports", health::good, fmt::format("below {}", first.front())};
}

}  // namespace

findings check_resolver(duration timeout) {
    return {
        check_cares(),
        check_switch(),
        check_servers(),
        check_name("localhost", "localhost", "put `127.0.0.1 localhost` into /etc/hosts", timeout),
        check_name("own name", try_gethostname().value_or(""),
                   "put the machine's name and address into /etc/hosts", timeout),
    };
}

findings check_limits() {
    const std::string core = "/proc/sys/net/core/";
    return {
        check_files(),
        check_least("waiting clients", core + "somaxconn", 128,
                    "at most in a listening socket's queue", "sysctl net.core.somaxconn=4096"),
        check_ports(),
        check_privileged(),
        check_least("receive buffer", core + "rmem_max", 65536, "bytes at most, on request",
                    "sysctl net.core.rmem_max=212992"),
        check_least("send buffer", core + "wmem_max", 65536, "bytes at most, on request",
                    "sysctl net.core.wmem_max=212992"),
    };
}

}  // namespace priz::cli
