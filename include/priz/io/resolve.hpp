// priz/io/resolve.hpp: from names to addresses, awaited.
//
//     for (const auto& one : co_await io::getaddrinfo("example.org", 443)) show(one.address);
//
// Who connects need not look up first: io::connect takes names (connect.hpp). The look-up is that
// of priz/resolve.hpp, result, order and errors, without a thread: name servers are asked on the
// loop's own sockets, in the simulator on simulated ones. Elsewhere: from addresses to names
// (priz/resolve.hpp, which waits). Python: loop.getaddrinfo()
#pragma once

#include <vector>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/host.hpp"
#include "priz/io/task.hpp"
#include "priz/resolve.hpp"

namespace priz::io {

// Every way to reach `service` on `name`, as priz::getaddrinfo() has it. `through` says whom to
// ask, and stays valid until the await ends; null: as the machine's settings say, in the simulator
// the network's name servers.
//
// Errors:        gaierror, overflow_error, value_error, as priz::getaddrinfo().
// Cancellation:  safe, at once. Where nsswitch.conf(5) names sources that only the C library knows,
//                a thread asks it (offload.hpp): deadlines are kept, and other cancellations met
//                when it has answered.
// Concurrency:   any number of tasks may look up.
// Python:        loop.getaddrinfo()
PRIZ_API task<std::vector<address_info>> getaddrinfo(const host& name,
                                                     const service& service = nullptr,
                                                     int family = AF_UNSPEC, int type = 0,
                                                     int proto = 0, int flags = 0,
                                                     const resolver* through = nullptr);
PRIZ_API task<result<std::vector<address_info>>> try_getaddrinfo(
    const host& name, const service& service = nullptr, int family = AF_UNSPEC, int type = 0,
    int proto = 0, int flags = 0, const resolver* through = nullptr);

}  // namespace priz::io
