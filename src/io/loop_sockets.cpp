#include "io/loop_sockets.hpp"

#include <cerrno>
#include <new>

#include "io/backend.hpp"
#include "io/socket_calls.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/detail/socket_waits.hpp"
#include "priz/io/scope.hpp"

namespace priz::io::detail {

namespace {

// A signal does not undo what a call that waits for nothing has to do.
template <class Call>
auto uninterrupted(Call&& call) noexcept {
    auto outcome = call();
    while (outcome == -EINTR) outcome = call();
    return outcome;
}

task<> watch(endpoint& e, bool writing, bool& is_ready, scope& group) {
    if (writing)
        co_await throwing<writable_wait>(&e);
    else
        co_await throwing<readable_wait>(&e);
    is_ready = true;
    group.cancel();
}

}  // namespace

int loop_sockets::open(int family, int type, int proto) noexcept try {
    endpoint*& place = opened_[++last_number_];
    const int error = open_now(loop_, family, type, proto, place);
    if (error == 0) {
        // Nothing has been asked yet.
        place->unset(endpoint::may_read);
        return last_number_;
    }
    opened_.erase(last_number_);
    return error;
} catch (const std::bad_alloc&) {
    return -ENOMEM;
}

int loop_sockets::connect(int socket, const address& to) noexcept {
    const int outcome = connect_now(at(socket), to);
    if (outcome != -EINPROGRESS && outcome != -EINTR) return outcome;
    at(socket).unset(endpoint::may_write);
    return -EINPROGRESS;
}

::ssize_t loop_sockets::recvfrom(int socket, bytes_span target, address* from) noexcept {
    endpoint& e = at(socket);
    ::sockaddr_storage sender{};
    ::iovec part{target.data(), target.size()};
    ::msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_name = from != nullptr ? &sender : nullptr;
    message.msg_namelen = from != nullptr ? sizeof sender : 0;
    const auto outcome = uninterrupted([&] { return recvmsg_now(e, message, 0); });
    if (outcome == -EAGAIN) e.unset(endpoint::may_read);
    if (outcome >= 0 && from != nullptr)
        *from = address::from_sockaddr(reinterpret_cast<::sockaddr*>(&sender), message.msg_namelen);
    return outcome;
}

::ssize_t loop_sockets::sendv(int socket, std::span<const ::iovec> pieces) noexcept {
    endpoint& e = at(socket);
    ::msghdr message{};
    message.msg_iov = const_cast<::iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    const auto outcome = uninterrupted([&] { return sendmsg_now(e, message, 0); });
    if (outcome == -EAGAIN) e.unset(endpoint::may_write);
    return outcome;
}

void loop_sockets::close(int socket) noexcept {
    close_endpoint(at(socket));
    opened_.erase(socket);
}

address loop_sockets::source_towards(const address& where) noexcept {
    // A datagram socket does not connect to port 0 everywhere; any other will do.
    constexpr std::uint16_t probe_port = 9;
    endpoint* probe = nullptr;
    if (open_now(loop_, where.family(), SOCK_DGRAM, 0, probe) != 0) return {};
    address local;
    const bool is_reached = connect_now(*probe, where.with_port(probe_port)) == 0 &&
                            getname_now(*probe, false, local) == 0;
    close_endpoint(*probe);
    return is_reached ? local : address();
}

std::optional<deadline> loop_sockets::clock() noexcept {
    if (loop_.kernel->names() == nullptr) return std::nullopt;
    return deadline::at(loop_.now());
}

task<std::vector<loop_sockets::watched>> loop_sockets::wait(std::span<const watched> all,
                                                            deadline until) {
    struct readiness {
        bool reads = false;
        bool writes = false;
    };
    std::vector<readiness> news(all.size());
    const auto spawn_all = [&](scope& group) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].reads) group.spawn(watch(at(all[i].fd), false, news[i].reads, group));
            if (all[i].writes) group.spawn(watch(at(all[i].fd), true, news[i].writes, group));
        }
    };
    auto one_of_them = with_scope(spawn_all);
    co_await move_on_at(until, std::move(one_of_them));
    std::vector<watched> ready;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (news[i].reads || news[i].writes)
            ready.push_back({all[i].fd, news[i].reads, news[i].writes});
    co_return ready;
}

}  // namespace priz::io::detail
