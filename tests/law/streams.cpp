// Byte streams: what is sent arrives, whatever is cancelled.
#include <cerrno>

#include "io/socket_calls.hpp"
#include "priz/error.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 7000;
constexpr bool never_over = false;

void set_small_buffers(trial& t, io::stream& s) {
    if (t.happens(0.5)) return;
    s.setsockopt(SOL_SOCKET, SO_SNDBUF, static_cast<int>(t.between(4000, 20000)));
    s.setsockopt(SOL_SOCKET, SO_RCVBUF, static_cast<int>(t.between(4000, 20000)));
}

// Accepts that many, one after the other, and runs `serve` for each; fewer when no more will come.
template <class Serve>
io::task<> serve_each(trial& t, std::size_t connections, const bool& is_over, Serve serve) {
    io::listener all = co_await listen(t);
    auto body = [&](io::scope& group) -> io::task<> {
        for (std::size_t left = connections; left > 0 && !is_over;) {
            std::optional<io::accepted> next = co_await t.use.accept(t, all, t.moment());
            if (!next) continue;
            --left;
            group.spawn(serve(std::move(next->connection)));
        }
    };
    co_await io::with_scope(body);
}

// One connection; each end is given what both know of.
template <class Shared>
struct ends {
    io::task<> (*of_server)(trial&, io::stream, Shared&);
    io::task<> (*of_client)(trial&, priz::address, Shared&);
};

template <class Shared>
void play_pair(trial& t, std::shared_ptr<Shared> of, ends<Shared> both, const bool& is_over) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    sim::host& client = t.add_host("client", "10.0.0.2");
    server.spawn([&t, of, both, &is_over] {
        return serve_each(t, 1, is_over, [&t, of, both](io::stream s) {
            return both.of_server(t, std::move(s), *of);
        });
    });
    const priz::address where = server.at(port);
    client.spawn([&t, of, both, where] { return both.of_client(t, where, *of); });
}

// Gives back what comes.
io::task<> echo(trial& t, io::stream s) {
    set_small_buffers(t, s);
    for (;;) {
        const std::optional<std::string> some = co_await t.use.recv(t, s, t.moment());
        if (!some) continue;
        if (some->empty()) break;
        co_await send_all(t, s, *some);
    }
}

io::task<> send_and_end(trial& t, io::stream& s, const std::string& all) {
    co_await send_all(t, s, all);
    co_await s.shutdown(SHUT_WR);
}

io::task<> receive_back(trial& t, io::stream& s, const std::string& sent) {
    const std::string got = co_await receive(t, s);
    t.expect(got.size() == sent.size(), "of " + std::to_string(sent.size()) + " bytes came back " +
                                            std::to_string(got.size()));
    t.expect(got == sent, "other bytes came back than were sent");
}

io::task<> talk(trial& t, priz::address to, std::uint64_t id) {
    co_await io::sleep(0.1);
    io::stream s = co_await connect(t, to);
    set_small_buffers(t, s);
    const std::string all = pattern(id, t.between(0, t.happens(0.2) ? 60'000 : 6'000));
    auto body = [&](io::scope& group) {
        group.spawn(send_and_end(t, s, all));
        group.spawn(receive_back(t, s, all));
    };
    co_await io::with_scope(body);
}

void play_echo(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    sim::host& client = t.add_host("client", "10.0.0.2");
    const std::size_t connections = t.between(1, 3);
    server.spawn([&t, connections] {
        return serve_each(t, connections, never_over,
                          [&t](io::stream s) { return echo(t, std::move(s)); });
    });
    for (std::size_t i = 0; i < connections; ++i) client.spawn(talk(t, server.at(port), i));
}

// A sendall that is cut by its deadline says how much of it the peer will get.
struct one_way {
    std::string all;
    std::size_t sent = 0;
};

io::task<> send_until_cut(trial& t, priz::address to, one_way& of) {
    co_await io::sleep(0.1);
    io::stream s = co_await connect(t, to);
    set_small_buffers(t, s);
    const priz::bytes_view whole(of.all.data(), of.all.size());
    for (std::size_t cuts = t.between(1, 5); cuts > 0 && of.sent < of.all.size(); --cuts) {
        of.sent += co_await t.use.send(t, s, whole.subview(of.sent), t.moment());
        if (t.happens(0.3)) co_await io::sleep(t.moment());
    }
}

io::task<> read_slowly(trial& t, io::stream s, one_way& of) {
    set_small_buffers(t, s);
    std::string got;
    for (;;) {
        if (t.happens(0.3)) co_await io::sleep(t.moment());
        const std::optional<std::string> some = co_await t.use.recv(t, s, t.moment());
        if (!some) continue;
        if (some->empty()) break;
        got += *some;
    }
    t.expect(got.size() == of.sent, "the sender counted " + std::to_string(of.sent) +
                                        " bytes, the peer got " + std::to_string(got.size()));
    t.expect(of.all.starts_with(got), "what came is no beginning of what was sent");
}

void play_cut_send(trial& t) {
    const auto flow = std::make_shared<one_way>();
    flow->all = pattern(1, t.between(1, 200'000));
    play_pair(t, flow, {read_slowly, send_until_cut}, never_over);
}

// Both ends send and receive until one of them, some time, breaks the connection off: by closing
// with bytes unread, by a reset, or while its own verbs wait.
struct torn {
    explicit torn(std::size_t size) : sent{pattern(1, size), pattern(2, size)} {}
    std::string sent[2];
    bool is_over = false;  // a connection that is reset at once is never accepted
};

// Whether a verb may end so when somebody breaks the connection off.
bool is_the_end(const priz::failure& why) {
    return is_reset(why) || is_system(why, EBADF) || why.code() == priz::errc::cancelled;
}

io::task<> send_until_torn(trial& t, io::stream& s, const std::string& all) {
    try {
        co_await send_all(t, s, all);
        co_await s.shutdown(SHUT_WR);
    } catch (const priz::error& why) {
        const bool is_gone = is_system(why.why(), ENOTCONN);
        t.expect(is_gone || is_the_end(why.why()), std::string("a send: ") + why.what());
    }
}

io::task<> receive_until_torn(trial& t, io::stream& s, const std::string& sent) {
    std::string got;
    try {
        for (bool goes_on = true; goes_on;) {
            const std::optional<std::string> some = co_await t.use.recv(t, s, t.moment());
            goes_on = !some || !some->empty();
            if (some) got += *some;
        }
    } catch (const priz::error& why) {
        t.expect(is_the_end(why.why()), std::string("a receive: ") + why.what());
    }
    t.expect(sent.starts_with(got), "what came is no beginning of what was sent");
}

void tear(trial& t, io::stream& s, double abruptness = 0.5) {
    if (t.happens(abruptness) && s) {
        const ::linger at_once{1, 0};
        // Without it the connection ends politely, which is another course and no worse.
        static_cast<void>(io::detail::setsockopt_now(*s.native_endpoint(), SOL_SOCKET, SO_LINGER,
                                                     &at_once, sizeof at_once));
    }
    s.reset();
}

io::task<> one_end(trial& t, io::stream s, const torn& both, std::size_t which) {
    const bool tears = t.happens(0.6);
    auto body = [&](io::scope& group) -> io::task<> {
        group.spawn(send_until_torn(t, s, both.sent[which]));
        group.spawn(receive_until_torn(t, s, both.sent[1 - which]));
        if (!tears) co_return;
        for (std::size_t i = t.between(0, 5); i > 0; --i) co_await io::sleep(t.moment());
        tear(t, s);
    };
    co_await io::with_scope(body);
}

io::task<> accept_and_tear(trial& t, io::stream s, torn& both) {
    return one_end(t, std::move(s), both, 0);
}

io::task<> connect_and_tear(trial& t, priz::address to, torn& both) {
    co_await io::sleep(0.1);
    try {
        io::stream s = co_await connect(t, to);
        co_await one_end(t, std::move(s), both, 1);
    } catch (const priz::error& why) {
        // Torn before the connection was known to be made.
        t.expect(is_reset(why.why()), why.what());
    }
    both.is_over = true;
}

void play_resets(trial& t) {
    const auto both = std::make_shared<torn>(t.between(0, 30'000));
    play_pair(t, both, {accept_and_tear, connect_and_tear}, both->is_over);
}

// A close that succeeds means that the peer, who ends when it has seen the end, has received all.
struct farewell {
    std::string all;
    std::string received;
    bool is_refused = false;  // the peer has reset the connection
};

io::task<> say_all_and_close(trial& t, priz::address to, farewell& of) {
    co_await io::sleep(0.1);
    io::stream s = co_await connect(t, to);
    try {
        co_await send_all(t, s, of.all);
        priz::result<void> closed;
        if (t.happens(0.5)) {
            closed = co_await s.try_close();
        } else {
            closed = co_await io::fail_after(t.moments(4), s.try_close());
        }
        if (!closed) closed.error().raise();
        t.expect(of.received == of.all, "close() succeeded, and the peer has not received all");
    } catch (const priz::error& why) {
        const bool is_late = why.why().code() == priz::errc::timed_out;
        t.expect(is_late || (of.is_refused && is_reset(why.why())), why.what());
    }
    t.expect(!s || of.is_refused, "a stream that was closed is not empty");
}

io::task<> hear_and_end(trial& t, io::stream s, farewell& of) {
    set_small_buffers(t, s);
    const std::size_t enough = t.happens(0.3) ? t.below(of.all.size() + 1) : std::size_t(-1);
    for (;;) {
        const std::optional<std::string> some = co_await t.use.recv(t, s, t.moment());
        if (!some) continue;
        if (some->empty()) break;
        of.received += *some;
        if (of.received.size() < enough) continue;
        of.is_refused = true;
        tear(t, s, 1);
        co_return;
    }
    const auto closed = co_await s.try_close();
    t.expect(closed.has_value(), "a close after the peer's end failed");
}

void play_close(trial& t) {
    const auto of = std::make_shared<farewell>();
    of->all = pattern(1, t.between(1, 30'000));
    play_pair(t, of, {hear_and_end, say_all_and_close}, never_over);
}

// What a writer was given comes out of a reader, in whatever pieces.
io::task<> write_like_a_file(trial& t, priz::address to, one_way& of) {
    co_await io::sleep(0.1);
    io::stream s = co_await connect(t, to);
    set_small_buffers(t, s);
    io::writer out(s, t.between(1, 4000));
    const priz::bytes_view whole(of.all.data(), of.all.size());
    for (bool is_flushed = false; of.sent < whole.size() || !is_flushed;) {
        is_flushed = t.happens(0.3) || of.sent == whole.size();
        if (!is_flushed) {
            of.sent += co_await t.use.write(t, out, whole.subview(of.sent), t.moment());
            continue;
        }
        const auto flushed = co_await io::fail_after(t.moment(), out.try_flush());
        is_flushed = flushed.has_value();
        const bool may_be = is_flushed || flushed.error().code() == priz::errc::timed_out ||
                            is_system(flushed.error(), ENOBUFS);
        t.expect(may_be, "a flush failed");
    }
    co_await s.shutdown(SHUT_WR);
}

io::task<> read_like_a_file(trial& t, io::stream s, one_way& of) {
    set_small_buffers(t, s);
    io::reader in(s);
    std::string got;
    for (;;) {
        const std::optional<std::string> some = co_await t.use.read(t, in, t.moment());
        if (!some) continue;
        if (some->empty()) break;
        got += *some;
    }
    t.expect(got.size() == of.all.size(), "of " + std::to_string(of.all.size()) +
                                              " bytes were read " + std::to_string(got.size()));
    t.expect(got == of.all, "other bytes were read than were written");
}

void play_files(trial& t) {
    const auto flow = std::make_shared<one_way>();
    flow->all = pattern(1, t.between(1, 30'000));
    play_pair(t, flow, {read_like_a_file, write_like_a_file}, never_over);
}

constexpr scenario scenarios[] = {
    {"echo", play_echo, {.no_buffers = true}},
    {"cut_send", play_cut_send, {.no_buffers = true}},
    {"files", play_files, {.no_buffers = true}},
    // A reset that is lost leaves its receiver waiting.
    {"resets", play_resets, {.loss = false}},
    {"close", play_close, {.loss = false}},
};

}  // namespace

std::span<const scenario> stream_scenarios() { return scenarios; }

}  // namespace law
