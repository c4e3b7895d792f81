// Listeners: a connection that was made is accepted, once.
#include <cerrno>
#include <set>

#include "priz/error.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 7000;
constexpr std::size_t id_size = 4;
// A reset that is lost leaves its receiver waiting.
constexpr duration patience = 300;

struct ledger {
    std::size_t next_id = 1000;
    std::set<std::string> accepted;
    std::set<std::string> answered;
    std::size_t aborted = 0;    // by accept()'s word
    std::size_t disturbed = 0;  // clients whose connection was reset
    std::size_t clients = 0;
};

// Reads who it is, answers with the same.
io::task<> greet(trial& t, io::stream s, ledger& book) {
    std::string id;
    try {
        id = co_await receive(t, s, id_size);
        if (id.empty()) co_return;  // gave up before it said anything
        t.expect(id.size() == id_size, "an id came in part");
        t.expect(book.accepted.insert(id).second, "a connection was accepted twice");
        co_await send_all(t, s, id);
        const std::string rest = co_await receive(t, s);
        t.expect(rest.empty(), "more came than was sent");
    } catch (const priz::error& why) {
        t.expect(id.empty() && is_reset(why.why()), std::string("a connection: ") + why.what());
    }
}

io::task<> accept_all(trial& t, ledger& book, int backlog) {
    io::listener all = co_await listen(t, backlog);
    auto body = [&](io::scope& group) -> io::task<> {
        while (book.clients > 0) {
            try {
                std::optional<io::accepted> next = co_await t.use.accept(t, all, t.moment());
                if (next) group.spawn(greet(t, std::move(next->connection), book));
            } catch (const priz::error& why) {
                if (is_system(why.why(), ECONNABORTED)) ++book.aborted;
                const bool may_be =
                    is_system(why.why(), ECONNABORTED) || is_system(why.why(), EMFILE);
                t.expect(may_be, why.what());
            }
            if (t.happens(0.2)) co_await io::sleep(t.moment());
        }
    };
    co_await io::with_scope(body);
}

// Begins to connect, and does not wait for the end of it.
io::task<> knock(trial& t, priz::address to) {
    try {
        const auto made = co_await io::move_on_after(t.moment(), connect(t, to));
        if (made && t.happens(0.5)) co_await io::sleep(t.moment());
    } catch (const priz::error& why) {
        t.expect(is_reset(why.why()), why.what());
    }
}

io::task<bool> is_greeted(trial& t, priz::address to, ledger& book) {
    const std::string id = std::to_string(book.next_id++);
    try {
        io::stream s = co_await connect(t, to);
        co_await send_all(t, s, id);
        const std::string answer = co_await io::fail_after(patience, receive(t, s, id_size));
        t.expect(answer == id, "a connection ended before it was answered");
        book.answered.insert(id);
        co_return true;
    } catch (const priz::error& why) {
        const bool was_lost = why.why().code() == priz::errc::timed_out;
        t.expect(was_lost || is_reset(why.why()), why.what());
    }
    ++book.disturbed;
    co_return false;
}

io::task<> visit(trial& t, priz::address to, ledger& book) {
    co_await io::sleep(0.1);
    for (std::size_t i = t.between(0, 2); i > 0; --i) {
        co_await io::sleep(t.moment());
        co_await knock(t, to);
    }
    for (bool is_done = false; !is_done;) is_done = co_await is_greeted(t, to, book);
    --book.clients;
}

io::task<> accept_and_check(trial& t, ledger& book, int backlog) {
    co_await accept_all(t, book, backlog);
    t.expect(book.accepted.size() >= book.answered.size(), "an answer came from nobody");
    t.expect(book.disturbed <= book.aborted, "a connection was reset that nobody aborted");
}

void play_accept(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    const auto book = std::make_shared<ledger>();
    book->clients = t.between(1, 6);
    const int backlog = t.happens(0.3) ? static_cast<int>(t.below(3)) : 128;
    server.spawn([&t, book, backlog] { return accept_and_check(t, *book, backlog); });
    const priz::address where = server.at(port);
    sim::host& client = t.add_host("client", "10.0.0.2");
    for (std::size_t left = book->clients; left > 0; --left)
        client.spawn([&t, book, where] { return visit(t, where, *book); });
}

constexpr scenario scenarios[] = {
    {"accept", play_accept, {.no_descriptors = true, .aborted_accepts = true}},
};

}  // namespace

std::span<const scenario> listener_scenarios() { return scenarios; }

}  // namespace law
