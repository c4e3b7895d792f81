// Whole servers: drained under load, and with hosts that crash and links that are cut.
#include <cerrno>

#include "priz/error.hpp"
#include "priz/io/serve.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 7000;
constexpr std::size_t question_size = 6;
// A reset that is lost leaves its receiver waiting.
constexpr duration patience = 300;

std::string answer_to(const std::string& question) { return {question.rbegin(), question.rend()}; }

struct service {
    io::server control;
    bool is_cut = false;  // its handlers are cancelled
    bool has_begun = false;
    std::uint64_t handled = 0;
    std::uint64_t working = 0;
};

class at_work {
public:
    explicit at_work(service& of) : of_(of) {
        ++of_.handled;
        ++of_.working;
    }
    at_work(const at_work&) = delete;
    at_work& operator=(const at_work&) = delete;
    ~at_work() { --of_.working; }

private:
    service& of_;
};

// The rest of a question, however long it takes; what there is at the stream's end.
io::task<std::string> read_question(trial& t, io::stream& s) {
    auto text = co_await receive(t, s, question_size);
    co_return text;
}

io::task<> answer_all(trial& t, service& of, io::stream s) {
    const at_work counted(of);
    for (;;) {
        // The first bytes of a question are waited for until the drain, the others always.
        if (!co_await of.control.until_drain(s.wait_readable())) break;
        const std::string question = co_await read_question(t, s);
        if (question.size() < question_size) break;
        if (t.happens(0.3)) co_await io::sleep(t.moment());
        const std::string answer = answer_to(question);
        co_await send_all(t, s, answer);
    }
    co_await s.shutdown(SHUT_WR);
    // Who closes with bytes unread resets.
    const std::string late = co_await receive(t, s);
}

io::task<> serve_until_drained(trial& t, service& of) {
    const auto handler = [&t, &of](io::stream s) { return answer_all(t, of, std::move(s)); };
    io::serve_options options;
    options.control = &of.control;
    options.signals = {};
    options.notify_service_manager = false;
    options.drain_timeout = 3600;
    if (t.happens(0.3)) options.connections_max = t.between(1, 3);
    io::listener all = co_await listen(t);
    of.has_begun = true;
    co_await io::serve(std::move(all), handler, options);
    const io::serve_statistics& seen = of.control.statistics();
    t.expect(of.working == 0, "a handler is still at work");
    t.expect(seen.active == 0, "a handler is counted as active");
    t.expect(seen.accepted == of.handled, "not every accepted connection was handled");
    t.expect(seen.failed == 0, "a handler failed: " + std::to_string(seen.failed));
    t.expect(of.is_cut || seen.cut == 0, "a handler was cancelled by nobody");
}

io::task<> end_service(trial& t, service& of) {
    for (std::size_t i = t.between(0, 20); i > 0; --i) co_await io::sleep(t.moment());
    of.control.drain();
    if (!t.happens(0.3)) co_return;
    co_await io::sleep(t.moment());
    of.is_cut = true;
    of.control.cancel();
}

// False when the server is no more.
io::task<bool> ask(trial& t, service& of, io::stream& s) {
    const std::string question = std::to_string(100'000 + t.below(100'000));
    co_await send_all(t, s, question);
    const std::string answer = co_await receive(t, s, question_size);
    if (answer.size() == question_size) {
        t.expect(answer == answer_to(question), "the answer is another question's");
        co_return true;
    }
    t.expect(of.control.is_draining(), "a server that is not drained has ended a connection");
    t.expect(answer.empty() || of.is_cut, "an answer was cut");
    co_return false;
}

io::task<> use_service(trial& t, service& of, priz::address to) {
    for (bool goes_on = true; goes_on;) {
        co_await io::sleep(t.moment());
        if (!of.has_begun) continue;
        try {
            io::stream s = co_await connect(t, to);
            for (std::size_t i = t.between(0, 3); i > 0 && goes_on; --i)
                goes_on = co_await io::fail_after(patience, ask(t, of, s));
        } catch (const priz::error& why) {
            const bool may_be = is_reset(why.why()) || is_system(why.why(), ECONNREFUSED) ||
                                why.why().code() == priz::errc::timed_out;
            t.expect(may_be && of.control.is_draining(), std::string("a client: ") + why.what());
            goes_on = false;
        }
    }
}

void play_drain(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    const auto of = std::make_shared<service>();
    server.spawn([&t, of] { return serve_until_drained(t, *of); });
    server.spawn([&t, of] { return end_service(t, *of); });
    const priz::address where = server.at(port);
    for (std::size_t i = t.between(1, 4); i > 0; --i) {
        const std::string name = std::to_string(i);
        sim::host& client = t.add_host("client " + name, "10.0.1." + name);
        client.spawn([&t, of, where] { return use_service(t, *of, where); });
    }
}

// A server that begins anew whenever its host does.
io::task<> answer_one(trial& t, io::stream s) {
    for (;;) {
        const std::string question = co_await read_question(t, s);
        if (question.size() < question_size) break;
        const std::string answer = answer_to(question);
        co_await send_all(t, s, answer);
    }
}

io::task<> answer_or_fail(trial& t, io::stream s) {
    try {
        co_await answer_one(t, std::move(s));
    } catch (const priz::error&) {
    }
}

io::task<> serve_while_up(trial& t, const bool& is_over) {
    io::listener all = co_await listen(t);
    auto body = [&](io::scope& group) -> io::task<> {
        while (!is_over) {
            std::optional<io::accepted> next = co_await t.use.accept(t, all, t.moment());
            if (next) group.spawn(answer_or_fail(t, std::move(next->connection)));
        }
        group.cancel();
    };
    co_await io::with_scope(body);
}

// A host may crash before its server has begun.
io::task<> serve_plainly(trial& t, const bool& is_over) {
    try {
        co_await serve_while_up(t, is_over);
    } catch (const priz::error& why) {
        t.expect(is_system(why.why(), ENETDOWN), why.what());
    }
}

io::task<> ask_once(trial& t, priz::address to) {
    io::stream s = co_await connect(t, to);
    const std::string question = std::to_string(100'000 + t.below(100'000));
    co_await send_all(t, s, question);
    const std::string answer = co_await receive(t, s, question_size);
    if (answer.size() < question_size) co_return;
    t.expect(answer == answer_to(question), "the answer is another question's");
}

struct calamities {
    std::size_t clients = 0;
    bool is_over = false;  // nobody asks any more
};

// Asks until it has its answers, each time on a connection of its own.
io::task<> insist(trial& t, priz::address to, calamities& of) {
    for (std::size_t left = t.between(1, 4); left > 0;) {
        co_await io::sleep(t.moment());
        try {
            co_await io::fail_after(3, ask_once(t, to));
            --left;
        } catch (const priz::error&) {
            // Refused, reset, timed out: once more.
        }
    }
    if (--of.clients == 0) of.is_over = true;
}

io::task<> bring_calamities(trial& t, sim::host& server, std::vector<sim::host*> clients,
                            std::shared_ptr<calamities> of) {
    for (std::size_t i = t.between(1, 5); i > 0; --i) {
        for (std::size_t n = t.below(4); n > 0; --n) co_await io::sleep(t.moment());
        sim::host& client = *clients[t.below(clients.size())];
        if (t.happens(0.5)) {
            t.net.partition(server, client);
            co_await io::sleep(t.moments(4));
            t.net.heal(server, client);
        } else {
            server.crash();
            co_await io::sleep(t.moment());
            server.restart();
            server.spawn([&t, of] { return serve_plainly(t, of->is_over); });
        }
    }
}

void play_calamities(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    const auto of = std::make_shared<calamities>();
    of->clients = t.between(1, 3);
    server.spawn([&t, of] { return serve_plainly(t, of->is_over); });
    const priz::address where = server.at(port);
    std::vector<sim::host*> clients;
    for (std::size_t i = 0; i < of->clients; ++i) {
        const std::string name = std::to_string(i);
        clients.push_back(&t.add_host("client " + name, "10.0.1." + name));
        clients.back()->spawn([&t, of, where] { return insist(t, where, *of); });
    }
    sim::host* const which = &server;
    t.net.spawn([&t, which, clients, of] { return bring_calamities(t, *which, clients, of); });
}

constexpr scenario scenarios[] = {
    {"drain", play_drain, {.no_descriptors = true}},
    {"calamities", play_calamities},
};

}  // namespace

std::span<const scenario> server_scenarios() { return scenarios; }

}  // namespace law
