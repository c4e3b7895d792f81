#include "priz/io/service_manager.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "core/resolve_guard.hpp"
#include "core/sys.hpp"
#include "priz/address.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io {

namespace {

constexpr int first_passed = 3;  // SD_LISTEN_FDS_START
constexpr int passed_max = 65536;

struct passing {
    int count = 0;
    std::string names;
};

[[noreturn]] void refuse(const char* variable, std::string_view value) {
    failure why(errc::value_error, "listeners_from_environment");
    why.with_subject(std::string(variable) + "=" + std::string(value))
        .with_hint("the service manager sets a number")
        .raise();
}

std::optional<int> number_of(const char* variable) {
    const char* const value = std::getenv(variable);
    if (value == nullptr) return std::nullopt;
    const std::string_view text = value;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0)
        refuse(variable, text);
    return number;
}

// What the variables say of this process; they are gone then.
passing take_variables() {
    passing found;
    const std::optional<int> process = number_of("LISTEN_PID");
    if (process != ::getpid()) return found;
    found.count = number_of("LISTEN_FDS").value_or(0);
    if (found.count > passed_max) refuse("LISTEN_FDS", std::to_string(found.count));
    if (const char* const names = std::getenv("LISTEN_FDNAMES")) found.names = names;
    for (const char* const variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(variable);
    return found;
}

std::string next_name(std::string_view& names) {
    const std::size_t end = std::min(names.find(':'), names.size());
    std::string name(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    return name;
}

// The manager's socket: a path, or an abstract name after '@'.
result<address> manager_of(std::string_view name) {
    if (name.starts_with('/')) return address::unix_path(std::string(name));
    if (name.starts_with('@')) return address::unix_abstract(std::string(name.substr(1)));
    failure why(errc::value_error, "sd_notify");
    why.with_subject("NOTIFY_SOCKET=" + std::string(name));
    return std::unexpected(why.with_hint("a path, or an abstract name after '@'"));
}

result<bool> notify(std::string_view name, std::string_view state) {
    const auto fail = [] {
        return std::unexpected(
            failure(std::error_code(errno, std::system_category()), "sd_notify"));
    };
    const auto manager = manager_of(name);
    if (!manager) return std::unexpected(manager.error());
    const unique_fd from(sys::socket(AF_UNIX, SOCK_DGRAM, 0));
    if (!from) return fail();
    if (sys::sendto(from.get(), state.data(), state.size(), MSG_DONTWAIT, manager->data(),
                    manager->size()) < 0)
        return fail();
    return true;
}

}  // namespace

std::vector<passed_socket> listeners_from_environment() {
    const passing found = take_variables();
    std::vector<passed_socket> passed;
    std::string_view names = found.names;
    for (int fd = first_passed; fd < first_passed + found.count; ++fd) {
        socket taken = socket::adopt(fd);
        taken.set_inheritable(false);
        passed.push_back({next_name(names), std::move(taken)});
    }
    return passed;
}

result<bool> try_sd_notify(std::string_view state) noexcept {
    return priz::detail::guarded("sd_notify", [&]() -> result<bool> {
        const char* const name = std::getenv("NOTIFY_SOCKET");
        if (name == nullptr || *name == '\0') return false;
        return notify(name, state);
    });
}

bool sd_notify(std::string_view state) { return value_or_throw(try_sd_notify(state)); }

}  // namespace priz::io
