// Scopes whose children fail, and what tasks share: channels, mutexes, semaphores.
#include <algorithm>
#include <exception>
#include <map>

#include "priz/error.hpp"
#include "priz/io/channel.hpp"
#include "priz/io/sync.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 7000;

struct child_failed : std::runtime_error {
    explicit child_failed(int with_id) : std::runtime_error("a child failed"), id(with_id) {}
    int id;
};

constexpr int id_of_a_timeout = -1;

// What an exception tells of: the failures in it, in order. A cancellation is none.
void add_ids(const std::exception_ptr& why, std::vector<int>& ids) {
    try {
        std::rethrow_exception(why);
    } catch (const child_failed& failed) {
        ids.push_back(failed.id);
    } catch (const io::exception_group& group) {
        for (const auto& each : group.exceptions()) add_ids(each, ids);
    } catch (const priz::timeout&) {
        ids.push_back(id_of_a_timeout);
    } catch (const priz::cancelled&) {
    }
}

class living {
public:
    explicit living(int& all) : all_(all) { ++all_; }
    living(const living&) = delete;
    living& operator=(const living&) = delete;
    ~living() { --all_; }

private:
    int& all_;
};

struct family {
    int next_id = 0;
};

io::task<> work(trial& t, family& of, int depth);

io::task<> leaf(trial& t, family& of) {
    for (std::size_t i = t.below(3); i > 0; --i) co_await io::sleep(t.moment());
    if (t.happens(0.2)) throw child_failed(of.next_id++);
    if (t.happens(0.2)) {
        try {
            co_await io::sleep(t.moment());
        } catch (const priz::cancelled&) {
            if (t.happens(0.3)) throw child_failed(of.next_id++);
            throw;
        }
    }
}

// A child whose failure its parent has to hear of.
io::task<> child(trial& t, family& of, int depth, std::vector<int>& told, int& alive) {
    const living counted(alive);
    try {
        if (depth > 0)
            co_await work(t, of, depth - 1);
        else
            co_await leaf(t, of);
    } catch (...) {
        add_ids(std::current_exception(), told);
        throw;
    }
}

io::task<> scope_with_children(trial& t, family& of, int depth) {
    std::vector<int> told;
    std::vector<int> reported;
    int alive = 0;
    std::exception_ptr why;
    auto body = [&](io::scope& group) -> io::task<> {
        for (std::size_t i = t.below(4); i > 0; --i) group.spawn(child(t, of, depth, told, alive));
        if (t.happens(0.5)) co_await io::sleep(t.moment());
        if (t.happens(0.2)) group.cancel();
    };
    try {
        co_await io::with_scope(body);
    } catch (...) {
        why = std::current_exception();
    }
    t.expect(alive == 0, "a scope has ended before its children");
    if (why != nullptr) add_ids(why, reported);
    t.expect(told == reported, "a scope has not reported each failure once");
    if (why != nullptr && t.happens(0.8)) std::rethrow_exception(why);
}

io::task<> work(trial& t, family& of, int depth) {
    const duration limit = t.moments(2);
    switch (t.below(4)) {
        case 0:
            co_await io::move_on_after(limit, scope_with_children(t, of, depth));
            break;
        case 1:
            co_await io::fail_after(limit, scope_with_children(t, of, depth));
            break;
        case 2:
            co_await io::shield(io::move_on_after(limit, scope_with_children(t, of, depth)));
            break;
        default:
            co_await scope_with_children(t, of, depth);
    }
}

io::task<> grow(trial& t, family& of) {
    try {
        co_await work(t, of, static_cast<int>(t.between(1, 4)));
    } catch (const std::exception&) {
    }
}

void play_scopes(trial& t) {
    sim::host& one = t.add_host("one", "10.0.0.1");
    const auto of = std::make_shared<family>();
    for (std::size_t i = t.between(1, 4); i > 0; --i) one.spawn([&t, of] { return grow(t, *of); });
}

// Messages of several producers go by one connection, whose sending end they share under a mutex,
// and from its other end through a channel to several workers, of whom only some may work at once.
struct factory {
    factory(std::size_t capacity, std::size_t at_once)
        : finished(capacity), desks(at_once), most(static_cast<int>(at_once)) {}

    io::mutex belt;
    io::channel<std::string> finished;
    io::semaphore desks;
    int most;
    int working = 0;
    std::size_t producers = 0;
    std::map<std::string, int> sent;
    std::map<std::string, int> received;
};

constexpr std::size_t message_size = 8;

std::string named(std::size_t who, std::size_t number) {
    std::string text = std::to_string(1000 + who) + std::to_string(1000 + number);
    return text;
}

io::task<> produce(trial& t, factory& of, io::stream& s, std::size_t who) {
    for (std::size_t i = 0, count = t.below(8); i < count; ++i) {
        const std::string text = named(who, i);
        for (;;) {
            const auto held = co_await io::move_on_after(t.moment(), of.belt.lock());
            if (!held) continue;
            of.sent[text] = 1;
            co_await send_all(t, s, text);
            break;
        }
        if (t.happens(0.5)) co_await io::sleep(t.moment());
    }
    if (--of.producers == 0) co_await s.shutdown(SHUT_WR);
}

io::task<> carry(trial& t, factory& of, io::stream s) {
    for (;;) {
        std::string text = co_await receive(t, s, message_size);
        // The next message may have begun to come.
        while (text.size() % message_size != 0) {
            const std::string more =
                co_await receive(t, s, message_size - text.size() % message_size);
            if (more.empty()) break;
            text += more;
        }
        t.expect(text.size() % message_size == 0, "a message was cut");
        if (text.empty()) break;
        for (std::size_t at = 0; at < text.size(); at += message_size) {
            std::string one = text.substr(at, message_size);
            while (!co_await io::move_on_after(t.moment(), of.finished.send(std::move(one)))) {
            }
        }
    }
    of.finished.close();
}

io::task<> take(trial& t, factory& of) {
    for (;;) {
        const auto desk = co_await io::move_on_after(t.moment(), of.desks.acquire());
        if (!desk) continue;
        const living counted(of.working);
        t.expect(of.working <= of.most, "more work than a semaphore lets");
        const auto got = co_await io::move_on_after(t.moment(), of.finished.recv());
        if (!got) continue;
        if (!*got) break;
        ++of.received[**got];
        if (t.happens(0.5)) co_await io::sleep(t.moment());
    }
}

io::task<> receive_goods(trial& t, factory& of) {
    io::listener all = co_await listen(t);
    io::accepted made = co_await all.accept();
    io::stream s = std::move(made.connection);
    auto body = [&](io::scope& group) {
        group.spawn(carry(t, of, std::move(s)));
        for (std::size_t i = 0; i < 3; ++i) group.spawn(take(t, of));
    };
    co_await io::with_scope(body);
    t.expect(of.sent == of.received, "what was received is not what was sent, each once");
    t.expect(of.desks.available() == static_cast<std::size_t>(of.most), "permits are lost");
}

io::task<> send_goods(trial& t, factory& of, priz::address to) {
    co_await io::sleep(0.1);
    io::stream s = co_await connect(t, to);
    const std::size_t producers = t.between(1, 4);
    of.producers = producers;
    auto body = [&](io::scope& group) {
        for (std::size_t i = 0; i < producers; ++i) group.spawn(produce(t, of, s, i));
    };
    co_await io::with_scope(body);
    t.expect(!of.belt.locked(), "a mutex was left locked");
}

void play_shared(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    sim::host& client = t.add_host("client", "10.0.0.2");
    const auto of = std::make_shared<factory>(t.below(4), t.between(1, 3));
    server.spawn([&t, of] { return receive_goods(t, *of); });
    const priz::address where = server.at(port);
    client.spawn([&t, of, where] { return send_goods(t, *of, where); });
}

constexpr scenario scenarios[] = {
    {"scopes", play_scopes},
    {"shared", play_shared, {.no_buffers = true}},
};

}  // namespace

std::span<const scenario> task_scenarios() { return scenarios; }

}  // namespace law
