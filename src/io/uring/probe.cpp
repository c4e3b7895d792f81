#include "io/uring/probe.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "core/advice.hpp"
#include "core/sys.hpp"
#include "io/uring/ring.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::uring {

namespace {

// Empty where there is no such setting, or it may not be read.
std::string io_uring_disabled() {
    const unique_fd file(sys::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY));
    if (!file) return {};
    std::array<char, 16> text{};
    const ::ssize_t size = sys::read(file.get(), text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string why_forbidden(std::string_view setting) {
    if (setting.starts_with('2'))
        return "kernel.io_uring_disabled is 2, which turns io_uring off for everybody";
    if (setting.starts_with('1'))
        return "kernel.io_uring_disabled is 1, which leaves io_uring to root and to the group of "
               "kernel.io_uring_group";
    return "a seccomp filter or another sandbox forbids io_uring, as containers' often do";
}

}  // namespace

std::string why_refused(int cause, std::string_view setting) {
    switch (cause) {
        case EPERM:
        case EACCES:
            return why_forbidden(setting);
        case ENOSYS:
            return "this kernel has no io_uring, or a sandbox hides it";
        case ENOMEM:
            return "the kernel has no memory for the queues, or this process may not have it (see: "
                   "ulimit -l, and the limits of its control group)";
        default:
            return detail::advice("io_uring_setup", cause, 0, {}, nullptr, nullptr);
    }
}

failure refusal(int cause) {
    failure why({cause, std::system_category()}, "io_uring_setup");
    std::string words = why_refused(cause, io_uring_disabled());
    if (!words.empty()) why.with_hint(std::move(words));
    return why;
}

failure too_old(int cause) {
    return failure({cause, std::system_category()}, "io_uring_setup")
        .with_hint("this kernel's io_uring is older than that of Linux 5.18");
}

result<abilities> probe() {
    const result<ring> made = ring::make({.sq_entries = 8, .cq_entries = 16});
    if (!made) return std::unexpected(made.error());
    return made->can();
}

}  // namespace priz::io::uring
