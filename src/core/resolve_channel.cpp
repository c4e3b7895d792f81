// What c-ares does, and what is done here.
//
// c-ares makes the queries, repeats them, changes to TCP for answers that were cut, checks that
// answers belong to its questions and reads them. It waits for nothing: it says which of its
// sockets it wants watched and for how long, and is told what happened.
//
// Every system call that c-ares would make is made by a lookup_sockets: the kernel's (the doors),
// or those of a network that stands in for it. c-ares takes an empty datagram for a broken server
// and gives up on it, although anyone who guesses our port can send one; here an empty datagram has
// not arrived.
//
// A channel lives as long as one query. It reads resolv.conf(5) anew each time, as the C library
// does when the file has changed, and each look-up has a source port of its own, which is what
// makes forged answers hard. c-ares calls back when a query has ended, out of the call that begins
// it, out of ares_process_fd() or out of ares_destroy(); through C code no exception may pass, so
// the callbacks only take over, and nothing destroys a channel inside of one.
//
// Its clock is the kernel's monotonic one, in microseconds, which no one else can set; how long is
// left it tells in whole milliseconds, cut. A millisecond more is waited, since a wait that ends
// too early would begin again with no time at all and turn until the rest has passed.
//
// A simulated network has a clock of its own, and c-ares no way to be given one. There it is told
// to be patient for an hour, and what its patience would have done is done here: when no answer has
// come in time, the sockets that it waits for fail with their next receive, which makes it turn to
// its next try or server. Of several servers it then asks each once instead of `tries` times, since
// it does not come back to one that failed.
//
// On systems other than Windows c-ares needs no ares_library_init().
#include "core/resolve_channel.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "core/resolve_lookup.hpp"

namespace priz::detail {

namespace {

// What c-ares counts up to in a network whose clock it does not know.
constexpr int an_hour = 3'600'000;
constexpr std::int64_t usual_patience = 5'000'000'000;

channel_sockets& channel_of(void* user) noexcept { return *static_cast<channel_sockets*>(user); }
lookup_sockets& sockets_of(void* user) noexcept { return *channel_of(user).through; }

// A failure as C has it.
template <class Verdict>
Verdict told(Verdict verdict) noexcept {
    if (verdict >= 0) return verdict;
    errno = static_cast<int>(-verdict);
    return -1;
}

int open_socket(int family, int type, int proto, void* user) {
    return told(sockets_of(user).open(family, type, proto));
}

int close_socket(ares_socket_t fd, void* user) {
    channel_sockets& channel = channel_of(user);
    if (channel.silent == fd) channel.silent = -1;
    channel.through->close(fd);
    return 0;
}

int connect_socket(ares_socket_t fd, const ::sockaddr* to, ares_socklen_t size, void* user) {
    return told(sockets_of(user).connect(fd, address::from_sockaddr(to, size)));
}

// c-ares asks for the sender of datagrams alone: without `from`, the socket is a stream, and zero
// is its end.
ares_ssize_t receive(ares_socket_t fd, void* target, std::size_t size, int, ::sockaddr* from,
                     ares_socklen_t* from_size, void* user) {
    lookup_sockets& sockets = sockets_of(user);
    if (channel_of(user).silent == fd) return told<ares_ssize_t>(-ETIMEDOUT);
    if (from == nullptr) return told(sockets.recvfrom(fd, {target, size}, nullptr));
    address sender;
    const ares_ssize_t count = sockets.recvfrom(fd, {target, size}, &sender);
    if (count == 0) return told<ares_ssize_t>(-EAGAIN);
    *from_size = std::min(*from_size, sender.size());
    std::memcpy(from, sender.data(), *from_size);
    return told(count);
}

ares_ssize_t send_pieces(ares_socket_t fd, const ::iovec* pieces, int count, void* user) {
    channel_of(user).begin_to_wait();
    return told(sockets_of(user).sendv(fd, {pieces, static_cast<std::size_t>(count)}));
}

constexpr ::ares_socket_functions doors{open_socket, close_socket, connect_socket, receive,
                                        send_pieces};

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

// Nothing of this machine's settings; gives what is set thereby.
int leave_this_machine(::ares_options& options) noexcept {
    static char no_file[] = "/dev/null";
    options.timeout = an_hour;
    options.ndots = 1;
    options.ndomains = 0;
    options.resolvconf_path = no_file;
    return ARES_OPT_TIMEOUTMS | ARES_OPT_NDOTS | ARES_OPT_DOMAINS | ARES_OPT_NOROTATE |
           ARES_OPT_RESOLVCONF;
}

int whole_milliseconds(duration d) noexcept {
    return static_cast<int>(std::clamp<std::int64_t>(d.nanoseconds() / 1'000'000, 1, an_hour));
}

}  // namespace

std::error_code cause_of_ares(int status) noexcept {
    switch (status) {
        case ARES_SUCCESS:
            return {};
        case ARES_ENODATA:
            return gai_code(EAI_NODATA);
        case ARES_ENOTFOUND:
        case ARES_EBADNAME:
            return gai_code(EAI_NONAME);
        case ARES_ENOMEM:
            return gai_code(EAI_MEMORY);
        case ARES_EBADSTR:
            return errc::value_error;
        case ARES_ENOTIMP:
            return gai_code(EAI_FAMILY);
        case ARES_ETIMEOUT:
        case ARES_ESERVFAIL:
        case ARES_EREFUSED:
        case ARES_ECONNREFUSED:
            return gai_code(EAI_AGAIN);
        default:
            return gai_code(EAI_FAIL);
    }
}

void channel_sockets::begin_to_wait() noexcept {
    if (patience == 0) return;
    constexpr unsigned doublings_max = 8;
    const unsigned doublings = std::min(given_up / servers, doublings_max);
    due = through->clock()->monotonic_ns() + (patience << doublings);
}

bool channel_sockets::is_too_late() noexcept {
    if (due == never || through->clock()->monotonic_ns() < due) return false;
    due = never;
    ++given_up;
    return true;
}

dns_channel::~dns_channel() {
    if (channel_ != nullptr) ::ares_destroy(channel_);
}

std::error_code dns_channel::open(const resolver& through, lookup_sockets* sockets) {
    ::ares_options options{};
    int given = ARES_OPT_FLAGS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
    char lookups[] = "b";
    options.flags = ARES_FLAG_NOALIASES;
    options.tries = std::max(through.tries, 1);
    options.lookups = lookups;
    if (through.patience) {
        options.timeout = whole_milliseconds(*through.patience);
        given |= ARES_OPT_TIMEOUTMS;
    }
    if (sockets != nullptr && sockets->clock()) {
        sockets_.patience =
            through.patience ? options.timeout * std::int64_t{1'000'000} : usual_patience;
        sockets_.servers = static_cast<unsigned>(std::max<std::size_t>(through.servers.size(), 1));
        given |= leave_this_machine(options);
    }
    if (const int status = ::ares_init_options(&channel_, &options, given))
        return cause_of_ares(status);
    sockets_.through = sockets != nullptr ? sockets : &kernel_;
    ::ares_set_socket_functions(channel_, &doors, &sockets_);
    if (through.servers.empty()) return {};
    const std::string servers = joined(through.servers);
    return cause_of_ares(::ares_set_servers_ports_csv(channel_, servers.c_str()));
}

std::span<const watched_fd> dns_channel::watches() noexcept {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> fds{};
    const auto wants =
        static_cast<unsigned>(::ares_getsock(channel_, fds.data(), ARES_GETSOCK_MAXNUM));
    std::size_t count = 0;
    for (unsigned i = 0; i < fds.size(); ++i) {
        const bool reads = ARES_GETSOCK_READABLE(wants, i) != 0;
        const bool writes = ARES_GETSOCK_WRITABLE(wants, i) != 0;
        if (reads || writes) watches_[count++] = {fds[i], reads, writes};
    }
    return std::span(watches_).first(count);
}

deadline dns_channel::next() const noexcept {
    if (sockets_.patience != 0) return deadline::at(sockets_.due);
    ::timeval storage{};
    const ::timeval* const left = ::ares_timeout(channel_, nullptr, &storage);
    if (left == nullptr) return {};
    constexpr std::int64_t cut = 1'000'000;
    return deadline::after(
        duration::from_nanoseconds(left->tv_sec * 1'000'000'000LL + left->tv_usec * 1'000LL + cut));
}

// c-ares looks after its timeouts in each of these calls.
void dns_channel::advance(std::span<const watched_fd> ready) noexcept {
    ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    for (const watched_fd& one : ready)
        if (one.reads || one.writes)
            ::ares_process_fd(channel_, one.reads ? one.fd : ARES_SOCKET_BAD,
                              one.writes ? one.fd : ARES_SOCKET_BAD);
    if (!sockets_.is_too_late()) return;
    for (const watched_fd& one : watches()) give_up(one);
}

void dns_channel::give_up(const watched_fd& silent) noexcept {
    sockets_.silent = silent.fd;
    ::ares_process_fd(channel_, silent.fd, ARES_SOCKET_BAD);
    sockets_.silent = -1;
}

}  // namespace priz::detail
