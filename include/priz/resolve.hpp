// priz/resolve.hpp: from names to addresses and back.
//
// Verbs that take a host and a port look names up by themselves; these functions are for programs
// that want the addresses themselves. Results and their order are those of the C library: numbers
// are read without asking anyone, names are sought where nsswitch.conf(5) says, and several
// addresses are sorted by RFC 6724. Where it says `files` and `dns`, which is Debian's default, the
// work is done without threads, within the timeout given, and asks no server for what /etc/hosts
// knows, nor ever for `localhost`. Where it asks for more (mDNS, systemd-resolved, LDAP), the C
// library is called; given a timeout, by getaddrinfo_a(3), for which glibc runs a thread of its
// own, and a look-up that outlives its timeout goes on there by itself.
//
// Names of many addresses are cut to 64 of each family. /etc/gai.conf is not read.
// Any thread may call these functions. Elsewhere: services.hpp for port names, connect.hpp for
// connecting by name. Sources: getaddrinfo(3), getnameinfo(3), hosts(5), resolv.conf(5), RFC 6724,
// RFC 6761.
#pragma once

#include <netdb.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "priz/address.hpp"
#include "priz/deadline.hpp"
#include "priz/duration.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"

namespace priz {

class blocking_hook;

// One way to reach a service: what to give socket() and connect().
struct address_info {
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    std::string canonname = {};  // with AI_CANONNAME, in the first entry
    priz::address address = {};
};

// A host with all its names and its addresses as text. Python: the triple (hostname, aliaslist,
// ipaddrlist)
struct host_entry {
    std::string name;
    std::vector<std::string> aliases;
    std::vector<std::string> addresses;
};

// A host and a service in text. Python: the pair (host, port)
struct name_info {
    std::string host;
    std::string service;
};

// Where look-ups go, for programs that do not want the machine's own settings.
struct resolver {
    // `192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::53]:5353`; where there are any, they are asked
    // instead of those of resolv.conf(5), and nsswitch.conf(5) is not consulted: the order is
    // hosts file, then these.
    std::vector<std::string> servers = {};
    std::string hosts_file = "/etc/hosts";
    std::string nsswitch_file = "/etc/nsswitch.conf";
    // How long a server has for its first answer; none: as resolv.conf(5) says, otherwise 5 s. The
    // time doubles with each further round.
    std::optional<duration> patience = std::nullopt;
    // How often each server is asked.
    int tries = 2;
};

struct resolve_options {
    // For the whole look-up; the earlier of both counts. None: as long as the resolver takes.
    std::optional<duration> timeout = std::nullopt;
    deadline until = {};
    blocking_hook* hook = nullptr;
    const resolver* through = nullptr;  // null: the machine's settings
};

// Every way to reach `service` on `name`. Without a name: this machine's loopback, or with
// AI_PASSIVE all its interfaces. Without a service: port 0. `family`, `type`, `proto` narrow the
// result where they are not 0; `flags` are AI_….
//
// Errors: gaierror (EAI_NONAME: no such name; EAI_AGAIN: no server answered; EAI_SERVICE,
// EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS, …); overflow_error for a port outside 0 to 65535;
// timeout; value_error for a name with a NUL byte. Python: socket.getaddrinfo()
PRIZ_API std::vector<address_info> getaddrinfo(const host& name, const service& service = nullptr,
                                               int family = AF_UNSPEC, int type = 0, int proto = 0,
                                               int flags = 0, const resolve_options& options = {});
PRIZ_API result<std::vector<address_info>> try_getaddrinfo(
    const host& name, const service& service = nullptr, int family = AF_UNSPEC, int type = 0,
    int proto = 0, int flags = 0, const resolve_options& options = {}) noexcept;

// The names of an address; a number in text where there is none, unless NI_NAMEREQD. `flags` are
// NI_…. Errors: gaierror, timeout. Python: socket.getnameinfo()
PRIZ_API name_info getnameinfo(const address& where, int flags = 0,
                               const resolve_options& options = {});
PRIZ_API result<name_info> try_getnameinfo(const address& where, int flags = 0,
                                           const resolve_options& options = {}) noexcept;

// The first IPv4 address of `name`, in text; `""` is 0.0.0.0. Errors: gaierror, timeout. Python:
// socket.gethostbyname()
PRIZ_API std::string gethostbyname(const host& name, const resolve_options& options = {});
PRIZ_API result<std::string> try_gethostbyname(const host& name,
                                               const resolve_options& options = {}) noexcept;

// All names and IPv4 addresses of `name`. Errors: gaierror, timeout. Python:
// socket.gethostbyname_ex()
PRIZ_API host_entry gethostbyname_ex(const host& name, const resolve_options& options = {});
PRIZ_API result<host_entry> try_gethostbyname_ex(const host& name,
                                                 const resolve_options& options = {}) noexcept;

// All names of an address, which may be given in text, or of a name's first address. Errors:
// herror where the address has no name; gaierror where `name` has no address; timeout. Python:
// socket.gethostbyaddr()
PRIZ_API host_entry gethostbyaddr(const host& name, const resolve_options& options = {});
PRIZ_API result<host_entry> try_gethostbyaddr(const host& name,
                                              const resolve_options& options = {}) noexcept;

// The first of a host's names that has a dot in it, or else its first; `name` itself where nothing
// is known of it. Empty, `0.0.0.0` and `::` mean this machine. Python: socket.getfqdn()
PRIZ_API std::string getfqdn(std::string_view name = {}, const resolve_options& options = {});
PRIZ_API result<std::string> try_getfqdn(std::string_view name = {},
                                         const resolve_options& options = {}) noexcept;

// This machine's name. sethostname() needs CAP_SYS_ADMIN. Errors: permission_denied; EINVAL for a
// name longer than 64 bytes. Python: socket.gethostname(), socket.sethostname()
PRIZ_API std::string gethostname();
PRIZ_API result<std::string> try_gethostname() noexcept;
PRIZ_API void sethostname(std::string_view name);
PRIZ_API result<void> try_sethostname(std::string_view name) noexcept;

}  // namespace priz
