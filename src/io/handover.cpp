#include "priz/io/handover.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "core/sys.hpp"
#include "io/accept_error.hpp"
#include "io/socket_calls.hpp"
#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/sleep.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io {

namespace {

constexpr std::string_view greeting = "priz listeners 1\n";
constexpr std::string_view ready = "ready\n";
constexpr std::size_t descriptors_max = 253;  // SCM_MAX_FD
constexpr double answer_limit_s = 10;         // of the other side, to whatever it was told
constexpr int attempts_max = 16;

// Room for the descriptors of one message.
struct alignas(::cmsghdr) ancillary {
    std::array<char, CMSG_SPACE(sizeof(int) * descriptors_max)> room;
};

// The greeting with the descriptors.
struct send_descriptors_wait : detail::writing<send_descriptors_wait> {
    static constexpr const char* operation = "handover";
    using value_type = void;

    send_descriptors_wait(detail::endpoint* e, const std::vector<int>& which) noexcept
        : writing(e), descriptors(&which) {}

    bool attempt() noexcept {
        ancillary extra{};
        ::iovec part{const_cast<char*>(greeting.data()), greeting.size()};
        ::msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = extra.room.data();
        const std::size_t size = sizeof(int) * descriptors->size();
        message.msg_controllen = CMSG_SPACE(size);
        ::cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(header), descriptors->data(), size);
        const std::ptrdiff_t outcome = detail::sendmsg_now(*where, message, 0);
        if (outcome != -EAGAIN) return end(outcome < 0 ? static_cast<int>(-outcome) : 0);
        where->unset(detail::endpoint::may_write);
        return false;
    }
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }

    const std::vector<int>* descriptors;
};

// What a predecessor has sent: nothing at its end.
struct receive_descriptors_wait : detail::reading<receive_descriptors_wait> {
    static constexpr const char* operation = "handover";
    using value_type = void;

    receive_descriptors_wait(detail::endpoint* e, std::string& text,
                             std::vector<unique_fd>& into) noexcept
        : reading(e), said(&text), descriptors(&into) {}

    bool attempt() noexcept {
        ancillary extra{};
        std::array<char, greeting.size()> text;
        ::iovec part{text.data(), text.size()};
        ::msghdr message{};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = extra.room.data();
        message.msg_controllen = extra.room.size();
        const std::ptrdiff_t outcome = detail::recvmsg_now(*where, message, 0);
        if (outcome == -EAGAIN) {
            where->unset(detail::endpoint::may_read);
            return false;
        }
        if (outcome < 0) return end(static_cast<int>(-outcome));
        said->assign(text.data(), static_cast<std::size_t>(outcome));
        for (::cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at))
            if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_RIGHTS) take(*at);
        return end(0);
    }
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }

    void take(::cmsghdr& header) noexcept {
        const std::size_t count = (header.cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(&header) + i * sizeof fd, sizeof fd);
            descriptors->emplace_back(fd);
        }
    }

    std::string* said;
    std::vector<unique_fd>* descriptors;
};

failure failed(int error, const std::string& path) {
    failure why(std::error_code(error, std::system_category()), "handover");
    return why.with_subject("unix:" + path);
}

// Whether the other side may have what this process has.
bool is_trusted(detail::endpoint& e) noexcept {
    ::ucred peer{};
    ::socklen_t size = sizeof peer;
    if (detail::getsockopt_now(e, SOL_SOCKET, SO_PEERCRED, &peer, size) != 0) return false;
    return peer.uid == 0 || peer.uid == ::geteuid();
}

// Gives one successor what it wants; true when it is ready.
task<bool> give(stream to, detail::endpoint& where, const std::vector<int>& descriptors) {
    co_await detail::throwing<send_descriptors_wait>(&where, descriptors);
    const auto answer = co_await to.recv(ready.size());
    co_return answer.text() == ready;
}

// The same, where a successor that fails is none.
task<bool> try_give(stream to, detail::endpoint& where, const std::vector<int>& descriptors) {
    try {
        co_return co_await fail_after(answer_limit_s, give(std::move(to), where, descriptors));
    } catch (const error&) {
        co_return false;
    }
}

// Whether an accept that failed is worth another: descriptors may have run out.
task<> wait_out(const failure& why) {
    const auto meaning = detail::meaning_of_accept(why.code().value());
    if (why.code() == errc::cancelled || meaning == detail::accept_error::fatal) why.raise();
    co_await sleep(detail::shortage_pause_s);
}

task<detail::endpoint*> accept_trusted(detail::endpoint* door) {
    for (;;) {
        auto next = co_await detail::trying<detail::accept_wait>(door);
        if (!next) {
            co_await wait_out(next.error());
            continue;
        }
        if (is_trusted(**next)) co_return *next;
        detail::close_endpoint(**next);
    }
}

std::vector<socket> adopt_all(std::vector<unique_fd> descriptors) {
    std::vector<socket> all;
    for (unique_fd& one : descriptors) {
        all.push_back(socket::adopt(one.get()));
        // It is the socket's already.
        static_cast<void>(one.release());
    }
    return all;
}

// The connection to the predecessor at `where`, null where there is none.
task<detail::endpoint*> reach(const address& where, const std::string& path) {
    detail::endpoint* made = nullptr;
    if (const int error =
            -detail::open_now(detail::this_loop_core(), AF_UNIX, SOCK_STREAM, 0, made);
        error != 0)
        failed(error, path).raise();
    stream holder(made);
    const auto outcome = co_await detail::trying<detail::connect_wait>(made, where);
    if (outcome) {
        // Its caller holds it from here on.
        static_cast<void>(holder.release_endpoint());
        co_return made;
    }
    const int error = outcome.error().code().value();
    if (error != ENOENT && error != ECONNREFUSED) outcome.error().raise();
    co_return nullptr;
}

// One that is gone has stopped accepting.
task<> wait_for_end(stream& connection) {
    const auto said = co_await connection.try_sendall(bytes_view(ready));
    if (!said && said.error().code() == errc::cancelled) said.error().raise();
    if (!said) co_return;
    const auto end = co_await connection.try_recv(1);
    if (!end && end.error().code() == errc::cancelled) end.error().raise();
}

}  // namespace

task<> predecessor::dismiss() { co_await move_on_after(answer_limit_s, wait_for_end(connection_)); }

task<std::optional<predecessor>> take_over(std::string path) {
    const address where = address::unix_path(path);
    for (int left = attempts_max; left > 0; --left) {
        detail::endpoint* const e = co_await reach(where, path);
        if (e == nullptr) co_return std::nullopt;
        stream connection(e);
        std::string said;
        std::vector<unique_fd> given;
        const auto heard = co_await detail::trying<receive_descriptors_wait>(e, said, given);
        // Another successor was quicker: it waits at the path by now, or nobody does.
        if (heard ? said.empty() : heard.error().code() == std::errc::connection_reset) continue;
        if (!heard) heard.error().raise();
        if (said != greeting || given.empty()) {
            failure why(errc::value_error, "take_over");
            why.with_subject("unix:" + path).with_hint("who waits there is no server of priz");
            why.raise();
        }
        co_return predecessor(std::move(connection), adopt_all(std::move(given)));
    }
    failed(EBUSY, path).raise();
}

handover_point::handover_point(std::string path) : path_(std::move(path)) {
    const std::string fresh = path_ + "." + std::to_string(::getpid());
    // Left behind by a process of the same number, if there is one.
    static_cast<void>(sys::unlink(fresh.c_str()));
    door_ = listen(address::unix_path(fresh));
    struct ::stat status {};
    if (sys::lstat(fresh.c_str(), &status) == 0 && sys::rename(fresh.c_str(), path_.c_str()) == 0) {
        inode_ = status.st_ino;
        return;
    }
    const int error = errno;
    // The failure to be told is the first.
    static_cast<void>(sys::unlink(fresh.c_str()));
    failed(error, path_).raise();
}

handover_point::~handover_point() {
    if (path_.empty()) return;
    struct ::stat status {};
    if (sys::lstat(path_.c_str(), &status) != 0 || status.st_ino != inode_) return;
    // A path that stays is refused, which means the same as none.
    static_cast<void>(sys::unlink(path_.c_str()));
}

task<> handover_point::wait_successor(std::vector<int> descriptors) {
    if (descriptors.empty() || descriptors.size() > descriptors_max) {
        failure why(errc::value_error, "handover");
        why.with_hint("from 1 to " + std::to_string(descriptors_max) +
                      " listeners are handed over, not " + std::to_string(descriptors.size()));
        why.raise();
    }
    for (bool is_taken = false; !is_taken;) {
        detail::endpoint* const one = co_await accept_trusted(door_.native_endpoint());
        is_taken = co_await try_give(stream(one), *one, descriptors);
    }
}

}  // namespace priz::io
