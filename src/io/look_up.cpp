// A look-up is core's, cut where it would wait (lookup_steps): c-ares makes its calls on sockets of
// this loop, and the task waits for these as for any other. So it is left at any moment, costs no
// thread, and takes place in the simulator on simulated sockets.
//
// Where nsswitch.conf(5) has sources that only the C library knows, that is called on a thread of
// the loop's pool. It cannot be interrupted there; it is told the deadline of the scopes around it
// and comes back by then.
#include "io/look_up.hpp"

#include <string>
#include <utility>

#include "io/backend.hpp"
#include "io/loop_sockets.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/offload.hpp"
#include "priz/io/sleep.hpp"
#include "priz/lookup_steps.hpp"

namespace priz::io::detail {

namespace {

using found = result<std::vector<address_info>>;

[[noreturn]] void end_cancelled(const question& asked, const char* op) {
    failure(errc::cancelled, op).with_subject(std::string(asked.name.text())).raise();
}

std::vector<address_info> ipv6_first(std::vector<address_info>&& all) {
    std::vector<address_info> sorted;
    for (const int family : {AF_INET6, AF_INET})
        for (address_info& one : all)
            if (one.family == family) sorted.push_back(std::move(one));
    return sorted;
}

// The scopes' deadline, on the clock of the C library.
deadline limit_on_thread(loop_core& loop) noexcept {
    const deadline limit = loop.current->effective_deadline();
    if (limit.is_never()) return limit;
    return deadline::after(duration::from_nanoseconds(limit.monotonic_ns() - loop.now()));
}

task<found> ask_on_thread(const question& asked, const resolver* through, loop_core& loop) {
    const deadline until = limit_on_thread(loop);
    const auto ask = [&] {
        return try_getaddrinfo(asked.name, asked.port, asked.family, asked.type, asked.proto,
                               asked.flags, {.until = until, .through = through});
    };
    auto answer = co_await offload(ask);
    // That deadline is the scope's, which tells of it in its own way.
    while (!answer && answer.error().code() == errc::timed_out) co_await yield();
    co_return answer;
}

}  // namespace

task<found> look_up(const question& asked, const resolver* through, const char* op) {
    loop_core& loop = this_loop_core();
    if (through == nullptr) through = loop.kernel->names();
    if (loop.is_cancelled()) end_cancelled(asked, op);
    loop_sockets network(loop);
    lookup_steps steps(asked.name, asked.port, asked.family, asked.type, asked.proto, asked.flags,
                       {.through = through}, &network);
    try {
        while (!steps.is_done() && !steps.needs_thread()) {
            const auto ready = co_await network.wait(steps.watches(), steps.next());
            steps.advance(ready);
        }
    } catch (const cancelled&) {
        // Of the name, not of the socket that was being waited for.
        end_cancelled(asked, op);
    }
    found answer;
    if (steps.is_done())
        answer = steps.take();
    else
        answer = co_await ask_on_thread(asked, through, loop);
    if (!answer) co_return std::unexpected(answer.error().with_operation(op));
    // The C library's order of the two loopbacks is that of this machine's interfaces.
    if (asked.name.what() == host::form::none && loop.kernel->names() != nullptr)
        answer = ipv6_first(*std::move(answer));
    co_return answer;
}

}  // namespace priz::io::detail
