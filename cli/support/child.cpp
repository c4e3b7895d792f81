#include "child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <priz/select.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include "descriptor.hpp"

namespace priz::cli {

namespace {

constexpr const char* this_program = "/proc/self/exe";

[[noreturn]] void fail(const char* what, int number) {
    throw std::system_error(number, std::system_category(), what);
}

std::array<unique_fd, 2> make_pipe() {
    std::array<int, 2> ends = {-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe", errno);
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

// What the child begins with: no signal blocked, SIGPIPE as ever, its output in the pipe.
class start {
public:
    explicit start(int output) {
        ::sigset_t set;
        ::sigemptyset(&set);
        ::posix_spawnattr_init(&attributes);
        ::posix_spawnattr_setsigmask(&attributes, &set);
        ::sigaddset(&set, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes, &set);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    }
    start(const start&) = delete;
    start& operator=(const start&) = delete;
    ~start() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }

    ::posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_t files;
};

::pid_t spawn(const std::string& name, std::vector<std::string> arguments, int output) {
    arguments.insert(arguments.begin(), name);
    std::vector<char*> pointers;
    for (auto& one : arguments) pointers.push_back(one.data());
    pointers.push_back(nullptr);
    const start how(output);
    ::pid_t pid = -1;
    const int failed =
        ::posix_spawn(&pid, this_program, &how.files, &how.attributes, pointers.data(), environ);
    if (failed != 0) fail("posix_spawn", failed);
    return pid;
}

bool wait_readable(const unique_fd& fd, const deadline& until) {
    return !select({fd}, {}, {}, until.remaining()).empty();
}

}  // namespace

child::child(std::string name, const std::vector<std::string>& arguments) : name_(std::move(name)) {
    auto [output, input] = make_pipe();
    output_ = std::move(output);
    pid_ = spawn(name_, arguments, input.get());
    process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

child::~child() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void child::signal(int number) noexcept {
    if (pid_ > 0) ::kill(pid_, number);
}

// False at the end of the output.
bool child::read_more(const deadline& until) {
    if (!wait_readable(output_, until))
        throw std::runtime_error(
            fmt::format("{} said nothing more in time; so far: {}", name_, said_.substr(taken_)));
    std::string part;
    const auto [count, error] = read_some(output_.get(), part, 4096);
    if (error) fail("read", error.value());
    said_ += part;
    return count > 0;
}

std::string child::line_with(std::string_view part, const deadline& until) {
    while (true) {
        for (auto end = said_.find('\n', taken_); end != said_.npos;
             end = said_.find('\n', taken_)) {
            const auto line = said_.substr(taken_, end - taken_);
            taken_ = end + 1;
            if (line.contains(part)) return line;
        }
        const auto before = said_;
        if (!read_more(until))
            throw std::runtime_error(
                fmt::format("{} ended without saying '{}'; it said: {}", name_, part, before));
    }
}

std::string child::rest(const deadline& until) {
    while (read_more(until)) continue;
    return said_.substr(std::exchange(taken_, said_.size()));
}

int child::wait(const deadline& until) {
    if (process_ && !wait_readable(process_, until))
        throw std::runtime_error(fmt::format("{} did not end in time", name_));
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0)
        if (errno != EINTR) fail("waitpid", errno);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace priz::cli
