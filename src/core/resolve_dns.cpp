// What c-ares does, and what is done here.
//
// c-ares makes the queries, repeats them, changes to TCP for answers that were cut, checks that
// answers belong to its questions and reads them. It waits for nothing: it says which of its
// sockets it wants watched and for how long, and is told what happened. The waiting is done here,
// in one loop with one deadline and with the hook around it, so that a look-up can be ended at any
// time and needs no thread.
//
// Every system call that c-ares would make is made through our own door (session_sockets): sockets
// are then close-on-exec from their first moment, and a name server that closes its end of a TCP
// connection raises no SIGPIPE. c-ares takes an empty datagram for a broken server and gives up on
// it, although anyone who guesses our port can send one; here an empty datagram has not arrived.
//
// A channel lives as long as one look-up. It reads resolv.conf(5) anew each time, as the C library
// does when the file has changed, and each look-up has a source port of its own, which is what
// makes forged answers hard. c-ares calls back when a query has ended, out of ares_process_fd() or
// out of ares_destroy(); through C code no exception may pass, so the callbacks only take over.
// On systems other than Windows c-ares needs no ares_library_init().
#include "core/resolve_dns.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "core/resolve_words.hpp"
#include "core/sys.hpp"
#include "priz/blocking_hook.hpp"

namespace priz::detail {

namespace {

constexpr std::size_t addresses_max = 64;  // of each family

int open_socket(int family, int type, int proto, void*) {
    return sys::socket(family, type | SOCK_NONBLOCK, proto);
}

int close_socket(ares_socket_t fd, void*) { return sys::close(fd); }

int connect_socket(ares_socket_t fd, const ::sockaddr* to, ares_socklen_t size, void*) {
    return sys::connect(fd, to, size);
}

// c-ares asks for the sender of datagrams alone: without `from`, the socket is a stream, and zero
// is its end.
ares_ssize_t receive(ares_socket_t fd, void* target, std::size_t size, int flags, ::sockaddr* from,
                     ares_socklen_t* from_size, void*) {
    const ares_ssize_t count = sys::recvfrom(fd, target, size, flags, from, from_size);
    if (count != 0 || from == nullptr) return count;
    errno = EAGAIN;
    return -1;
}

ares_ssize_t send_pieces(ares_socket_t fd, const ::iovec* pieces, int count, void*) {
    ::msghdr message{};
    message.msg_iov = const_cast<::iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return sys::sendmsg(fd, &message, 0);
}

constexpr ::ares_socket_functions session_sockets{open_socket, close_socket, connect_socket,
                                                  receive, send_pieces};

std::error_code cause_of(int status) noexcept {
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

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

int whole_milliseconds(duration d) noexcept {
    constexpr std::int64_t longest = 3'600'000;
    return static_cast<int>(std::clamp<std::int64_t>(d.nanoseconds() / 1'000'000, 1, longest));
}

class session {
public:
    explicit session(const lookup& how) noexcept : how_(how) {}
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session() {
        if (channel_ != nullptr) ::ares_destroy(channel_);
    }

    std::error_code open() {
        ::ares_options options{};
        int given = ARES_OPT_FLAGS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS;
        char lookups[] = "b";
        options.flags = ARES_FLAG_NOALIASES;
        options.tries = std::max(how_.through->tries, 1);
        options.lookups = lookups;
        if (how_.through->patience) {
            options.timeout = whole_milliseconds(*how_.through->patience);
            given |= ARES_OPT_TIMEOUTMS;
        }
        if (const int status = ::ares_init_options(&channel_, &options, given))
            return cause_of(status);
        ::ares_set_socket_functions(channel_, &session_sockets, nullptr);
        if (how_.through->servers.empty()) return {};
        const std::string servers = joined(how_.through->servers);
        return cause_of(::ares_set_servers_ports_csv(channel_, servers.c_str()));
    }

    ares_channel channel() const noexcept { return channel_; }

    // Until `done`, which a callback sets.
    std::error_code run(const bool& done) noexcept {
        while (!done) {
            if (const std::error_code stop = turn()) return stop;
            if (!done && how_.until.has_passed()) return errc::timed_out;
        }
        return {};
    }

private:
    struct watched {
        std::array<::pollfd, ARES_GETSOCK_MAXNUM> fds{};
        ::nfds_t count = 0;
    };

    watched watch() const noexcept {
        watched result;
        std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> fds{};
        const int wants = ::ares_getsock(channel_, fds.data(), ARES_GETSOCK_MAXNUM);
        for (unsigned i = 0; i < fds.size(); ++i) {
            const auto bits = static_cast<unsigned>(wants);
            const bool reads = ARES_GETSOCK_READABLE(bits, i) != 0;
            const bool writes = ARES_GETSOCK_WRITABLE(bits, i) != 0;
            if (!reads && !writes) continue;
            const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
            result.fds[result.count++] = {fds[i], static_cast<short>(events), 0};
        }
        return result;
    }

    // How long to wait: until c-ares wants to repeat a query, at most until the deadline.
    std::optional<duration> patience() const noexcept {
        const auto left = how_.until.remaining();
        ::timeval storage{};
        const ::timeval* const next = ::ares_timeout(channel_, nullptr, &storage);
        if (next == nullptr) return left;
        const auto until_next =
            duration::from_nanoseconds(next->tv_sec * 1'000'000'000LL + next->tv_usec * 1'000LL);
        return left ? std::min(*left, until_next) : until_next;
    }

    int poll(watched& all) const noexcept {
        const auto limit = patience();
        const std::int64_t ns = limit.value_or(duration()).nanoseconds();
        const ::timespec spec{ns / 1'000'000'000, ns % 1'000'000'000};
        if (how_.hook != nullptr) how_.hook->before_call();
        const int ready = sys::ppoll(all.fds.data(), all.count, limit ? &spec : nullptr, nullptr);
        const int cause = errno;
        if (how_.hook != nullptr) how_.hook->after_call();
        errno = cause;
        return ready;
    }

    std::error_code turn() noexcept {
        watched all = watch();
        const int ready = poll(all);
        if (ready < 0) {
            if (errno != EINTR) return {errno, std::system_category()};
            return how_.hook != nullptr ? how_.hook->interrupted() : std::error_code();
        }
        tell(all);
        return {};
    }

    // c-ares looks after its timeouts in each of these calls.
    void tell(const watched& all) noexcept {
        ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        for (::nfds_t i = 0; i < all.count; ++i) {
            const ::pollfd& one = all.fds[i];
            const bool readable = (one.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
            const bool writable = (one.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
            if (readable || writable)
                ::ares_process_fd(channel_, readable ? one.fd : ARES_SOCKET_BAD,
                                  writable ? one.fd : ARES_SOCKET_BAD);
        }
    }

    const lookup& how_;
    ares_channel channel_ = nullptr;
};

struct free_addrinfo {
    void operator()(::ares_addrinfo* all) const noexcept { ::ares_freeaddrinfo(all); }
};

// What a query's callback leaves behind. It outlives the session, whose end may still call back.
struct address_answer {
    bool done = false;
    int status = ARES_ECANCELLED;
    std::unique_ptr<::ares_addrinfo, free_addrinfo> found = nullptr;
};

void take_addresses(void* arg, int status, int, ::ares_addrinfo* found) {
    auto& answer = *static_cast<address_answer*>(arg);
    answer.found.reset(found);
    answer.status = status;
    answer.done = true;
}

// The chain of CNAME records from the name that was asked for: each link an alias, its end the
// host's name. Both families' answers tell the chain, and one that turns back on itself ends.
void follow_aliases(host_record& record, const ::ares_addrinfo& found, const std::string& asked) {
    record.name = found.name != nullptr ? found.name : asked;
    const ::ares_addrinfo_cname* link = found.cnames;
    while (link != nullptr) {
        const bool next = link->alias != nullptr && link->name != nullptr &&
                          same_name(link->alias, record.name) &&
                          std::ranges::find(record.aliases, link->name) == record.aliases.end();
        if (next) {
            record.aliases.push_back(std::exchange(record.name, link->name));
            link = found.cnames;
        } else {
            link = link->next;
        }
    }
}

void add_address(host_record& record, const address& where) {
    const auto of_family = std::ranges::count(record.addresses, where.family(), &address::family);
    if (static_cast<std::size_t>(of_family) < addresses_max &&
        std::ranges::find(record.addresses, where) == record.addresses.end())
        record.addresses.push_back(where);
}

host_record record_of(const ::ares_addrinfo& found, const std::string& asked, int family) {
    host_record record;
    follow_aliases(record, found, asked);
    for (const auto* node = found.nodes; node != nullptr; node = node->ai_next)
        if (family == AF_UNSPEC || node->ai_family == family)
            add_address(record, address::from_sockaddr(node->ai_addr, node->ai_addrlen));
    return record;
}

struct name_answer {
    bool done = false;
    int status = ARES_ECANCELLED;
    host_record record = {};
};

void take_names(void* arg, int status, int, ::hostent* found) {
    auto& answer = *static_cast<name_answer*>(arg);
    answer.done = true;
    answer.status = status;
    if (status != ARES_SUCCESS) return;
    try {
        answer.record.name = found->h_name;
        for (char** alias = found->h_aliases; *alias != nullptr; ++alias)
            if (!same_name(*alias, answer.record.name)) answer.record.aliases.emplace_back(*alias);
    } catch (const std::bad_alloc&) {
        answer.status = ARES_ENOMEM;
    }
}

}  // namespace

record_result dns_addresses(const std::string& name, int family, const lookup& how) {
    address_answer answer;
    session one(how);
    if (const std::error_code cause = one.open()) return std::unexpected(cause);
    ::ares_addrinfo_hints hints{};
    hints.ai_family = family;
    hints.ai_flags = ARES_AI_NOSORT | ARES_AI_CANONNAME;
    ::ares_getaddrinfo(one.channel(), name.c_str(), nullptr, &hints, take_addresses, &answer);
    if (const std::error_code stop = one.run(answer.done)) return std::unexpected(stop);
    if (const std::error_code cause = cause_of(answer.status)) return std::unexpected(cause);
    host_record record = record_of(*answer.found, name, family);
    if (record.addresses.empty()) return std::unexpected(gai_code(EAI_NODATA));
    return record;
}

record_result dns_names(const address& where, const lookup& how) {
    name_answer answer;
    session one(how);
    if (const std::error_code cause = one.open()) return std::unexpected(cause);
    ::in6_addr v6{};
    ::in_addr v4{htonl(where.ipv4_number())};
    const bool is_v6 = where.family() == AF_INET6;
    if (is_v6) {
        ::sockaddr_in6 exact{};
        std::memcpy(&exact, where.data(), sizeof exact);
        v6 = exact.sin6_addr;
    }
    ::ares_gethostbyaddr(one.channel(), is_v6 ? static_cast<void*>(&v6) : &v4,
                         is_v6 ? sizeof v6 : sizeof v4, where.family(), take_names, &answer);
    if (const std::error_code stop = one.run(answer.done)) return std::unexpected(stop);
    if (const std::error_code cause = cause_of(answer.status)) return std::unexpected(cause);
    answer.record.addresses.push_back(where.with_port(0));
    return std::move(answer.record);
}

}  // namespace priz::detail
