#include "io/adopt.hpp"

#include "io/socket_calls.hpp"
#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io::detail {

namespace {

[[noreturn]] void refuse(const char* operation, const char* hint) {
    failure why(errc::value_error, operation);
    why.with_hint(hint).raise();
}

}  // namespace

endpoint& adopt(socket given, int type, const char* operation) {
    if (given.fileno() < 0) refuse(operation, "the socket is closed");
    if (type != 0 && given.type() != type) refuse(operation, "the socket is of another type");
    loop_core& loop = this_loop_core();
    // Its calls say themselves that they do not wait; those that cannot say so (accept, connect)
    // need the mode.
    given.setblocking(false);
    address peer;
    if (auto name = given.try_getpeername()) peer = *name;
    endpoint& made = loop.new_endpoint(given.fileno(), nullptr);
    note_kind(made, given.family(), given.type());
    made.peer.remember(peer);
    // The descriptor is the endpoint's already.
    static_cast<void>(given.detach());
    return made;
}

}  // namespace priz::io::detail
