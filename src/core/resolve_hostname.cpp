#include <array>
#include <cerrno>

#include "core/resolve_guard.hpp"
#include "core/sys.hpp"
#include "priz/resolve.hpp"

namespace priz {

namespace {

// The kernel's names are 64 bytes at most (uname(2)).
constexpr std::size_t room = 65;

failure failed(const char* op) { return {{errno, std::system_category()}, op}; }

}  // namespace

result<std::string> try_gethostname() noexcept {
    return detail::guarded("gethostname", []() -> result<std::string> {
        std::array<char, room> name{};
        if (sys::gethostname(name.data(), name.size()) == 0) return std::string(name.data());
        return std::unexpected(failed("gethostname"));
    });
}

result<void> try_sethostname(std::string_view name) noexcept {
    if (sys::sethostname(name.data(), name.size()) == 0) return {};
    failure why = failed("sethostname");
    if (why.code() == std::errc::operation_not_permitted)
        why.with_hint("this needs root or CAP_SYS_ADMIN");
    return std::unexpected(why);
}

std::string gethostname() { return value_or_throw(try_gethostname()); }

void sethostname(std::string_view name) { value_or_throw(try_sethostname(name)); }

}  // namespace priz
