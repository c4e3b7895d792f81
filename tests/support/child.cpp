#include "child.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace support {

namespace {

using clock = std::chrono::steady_clock;

void demand(bool holds, const char* what) {
    if (!holds) throw std::system_error(errno, std::system_category(), what);
}

// Waits until `fd` can be read from.
void await(int fd, const char* what) {
    const auto end = clock::now() + std::chrono::seconds(child::patience_s);
    ::pollfd one{fd, POLLIN, 0};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
        const int ready = left <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(left));
        if (ready > 0) return;
        if (ready == 0) throw std::runtime_error(what);
        demand(errno == EINTR, "poll");
    }
}

// The input is a socket, because writing to one need not raise SIGPIPE.
struct ends {
    std::array<int, 2> ours_and_its{};

    explicit ends(int how) {
        demand(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ours_and_its.data()) == 0,
               "socketpair");
        ::shutdown(ours_and_its[0], how);
    }
};

::pid_t spawn(const std::vector<std::string>& command, int input, int output, child::errors where) {
    const std::string patience = std::to_string(child::patience_s);
    std::vector<const char*> words{"timeout", "--signal=KILL", patience.c_str()};
    for (const auto& word : command) words.push_back(word.c_str());
    words.push_back(nullptr);

    ::posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    if (where == child::errors::with_output)
        ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    ::posix_spawnattr_t own_group;
    ::posix_spawnattr_init(&own_group);
    ::posix_spawnattr_setflags(&own_group, POSIX_SPAWN_SETPGROUP);

    ::pid_t pid = -1;
    errno = ::posix_spawnp(&pid, words[0], &files, &own_group, const_cast<char**>(words.data()),
                           environ);
    ::posix_spawnattr_destroy(&own_group);
    ::posix_spawn_file_actions_destroy(&files);
    demand(errno == 0, "posix_spawnp");
    return pid;
}

}  // namespace

child::child(const std::vector<std::string>& command, errors where) {
    const ends input(SHUT_RD);
    const ends output(SHUT_WR);
    input_ = input.ours_and_its[0];
    output_ = output.ours_and_its[0];
    pid_ = spawn(command, input.ours_and_its[1], output.ours_and_its[1], where);
    ::close(input.ours_and_its[1]);
    ::close(output.ours_and_its[1]);
}

child::~child() {
    if (pid_ > 0) {
        ::kill(-pid_, SIGKILL);
        reap();
    }
    end_input();
    ::close(output_);
}

void child::write(std::string_view text) {
    while (!text.empty()) {
        const ::ssize_t count = ::send(input_, text.data(), text.size(), MSG_NOSIGNAL);
        demand(count > 0, "write to a child");
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

void child::end_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
}

// Whether there was more.
bool child::fill() {
    await(output_, "a child says nothing");
    std::array<char, 4096> part;
    const ::ssize_t count = ::recv(output_, part.data(), part.size(), 0);
    // A program that ends with input unread resets what it wrote to.
    if (count < 0 && errno == ECONNRESET) return false;
    demand(count >= 0, "read from a child");
    unread_.append(part.data(), static_cast<std::size_t>(count));
    return count > 0;
}

std::string child::line() {
    std::size_t end = 0;
    while ((end = unread_.find('\n')) == std::string::npos)
        if (!fill()) return std::exchange(unread_, {});
    std::string first = unread_.substr(0, end);
    unread_.erase(0, end + 1);
    return first;
}

std::string child::rest() {
    while (fill()) continue;
    return std::exchange(unread_, {});
}

int child::wait() {
    if (pid_ > 0) {
        const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
        demand(handle >= 0, "pidfd_open");
        try {
            await(handle, "a child does not end");
        } catch (...) {
            ::close(handle);
            throw;
        }
        ::close(handle);
        reap();
    }
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

void child::reap() noexcept {
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
}

}  // namespace support
