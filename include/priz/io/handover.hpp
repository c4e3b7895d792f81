// priz/io/handover.hpp: a new instance of a server takes over from the old one, and no connection
// is refused.
//
// The old instance waits at a Unix socket. The new one asks it there for its listening sockets,
// gets duplicates (SCM_RIGHTS), and once it is ready to serve says so; only then does the old one
// stop accepting. The sockets never cease to listen: who comes in between waits in the backlog that
// both share. A new instance that fails before it is ready leaves the old one as it was. serve()
// does all of this with its option `handover`; what is here is for programs that accept by
// themselves.
//
//     auto before = co_await io::take_over("/run/app.handover");
//     …listen where there is no predecessor, get ready…
//     io::handover_point here("/run/app.handover");
//     if (before) co_await before->dismiss();
//     …accept connections, and meanwhile:
//     co_await here.wait_successor({listening.fileno()});
//     …stop accepting, finish what was begun.
//
// Only processes of the same user, or of root, are given anything. The path belongs to one server
// at a time: each server of a process needs its own. Belongs to the loop's thread. Python: no
// equivalent
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "priz/export.hpp"
#include "priz/io/listener.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

// The old instance, which still accepts.
class PRIZ_API predecessor {
public:
    predecessor(stream connection, std::vector<socket> all) noexcept
        : listening(std::move(all)), connection_(std::move(connection)) {}

    // Its listening sockets, in the order in which it gave them.
    std::vector<socket> listening;

    // Tells it to stop accepting, and returns when it has heard, after 10 s in any case: one that
    // has ended accepts no more, and one that is stopped or too busy to answer shares what comes in
    // until it hears.
    //
    // Errors:        none.
    // Cancellation:  safe: it goes on, or has been told.
    // Python:        no equivalent
    task<> dismiss();

private:
    stream connection_;
};

// Asks at `path`; nothing where nobody waits there. Give it a limit: fail_after(10, take_over(…)).
//
// Errors:        permission_denied; value_error for an answer that is not this protocol's; those of
//                connect(2).
// Cancellation:  safe: the predecessor goes on.
// Python:        no equivalent
PRIZ_API task<std::optional<predecessor>> take_over(std::string path);

// Where successors ask.
class PRIZ_API handover_point {
public:
    // Waits at `path`, in place of whoever did before: the path is replaced, never missing.
    //
    // Errors:        as listen(); those of rename(2).
    explicit handover_point(std::string path);
    handover_point(handover_point&& other) noexcept
        : path_(std::exchange(other.path_, {})),
          inode_(other.inode_),
          door_(std::move(other.door_)) {}
    handover_point& operator=(handover_point&&) = delete;
    // Takes the path away, unless it is another's by now.
    ~handover_point();

    // Gives these descriptors to whoever asks, and returns when one has said that it is ready. Give
    // them until then; who takes longer than 10 s has to ask again.
    //
    // Errors:        value_error for no descriptor and for more than 253, which no message carries
    //                (unix(7)); those of accept(2) that have nothing to do with the successor.
    // Cancellation:  safe: a successor that has them already may serve as well.
    // Python:        no equivalent
    task<> wait_successor(std::vector<int> descriptors);

private:
    std::string path_;
    unsigned long inode_ = 0;
    listener door_;
};

}  // namespace priz::io
