// What `priz sim` can play. Each scenario is a program for the real network that is given a
// simulated one; what it claims is demanded of every seed.
#include <fmt/format.h>
#include <priz/io.hpp>
#include <priz/io/connect.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "stage.hpp"
#include "support/byte_pattern.hpp"

namespace priz::cli {

namespace {

constexpr std::uint16_t port = 7000;

struct two_hosts {
    explicit two_hosts(stage& on, const sim::link_options& link)
        : server(on.net().add_host("server", "10.0.0.1")),
          client(on.net().add_host("client", "10.0.0.2")) {
        on.net().link(server, client, link);
    }

    sim::host& server;
    sim::host& client;
};

// Accepts for ever, and talks to each client.
io::task<> serve(io::task<> (*talk)(io::stream)) {
    io::listener all = io::listen(fmt::format("any:{}", port));
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        for (;;) {
            auto next = co_await all.accept();
            group.spawn(talk(std::move(next.connection)));
        }
    });
}

// A client that goes away in its own way is no failure of the server's.
io::task<> echo(io::stream s) {
    for (;;) {
        const auto data = co_await s.try_recv();
        if (!data || data->empty()) co_return;
        const auto sent = co_await s.try_sendall(data->text());
        if (!sent) co_return;
    }
}

// hello

io::task<> say_hello(stage& on, sim::host& client, address server) {
    io::stream s = co_await io::connect(server);
    on.say(client, "connected to " + server.str());
    co_await s.sendall("hello");
    char answer[5];
    co_await s.recv_exactly_into(answer);
    on.say(client, "got back " + std::string(answer, sizeof answer));
    on.demand(std::string_view(answer, sizeof answer) == "hello", "the echo is what was sent");
}

void set_hello(stage& on) {
    const two_hosts hosts(on, {.latency = 0.02});
    hosts.server.spawn_daemon(serve(echo));
    hosts.client.spawn(say_hello(on, hosts.client, hosts.server.at(port)));
}

// lossy

constexpr std::size_t lossy_size = 20'000;

io::task<> send_much(io::stream& s, std::string_view what) {
    co_await s.sendall(what);
    co_await s.shutdown(SHUT_WR);
}

io::task<> there_and_back(stage& on, sim::host& client, address server) {
    const byte_pattern bytes;
    const auto sent = bytes.at(0, lossy_size);
    io::stream s = co_await io::connect(server);
    on.say(client, fmt::format("connected; sends {} bytes", sent.size()));
    std::string came;
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn(send_much(s, sent));
        while (auto data = co_await s.recv()) came += data.text();
    });
    on.say(client, fmt::format("got back {} bytes", came.size()));
    on.demand(came == sent, "every byte comes back, once and in its place");
}

void set_lossy(stage& on) {
    const two_hosts hosts(on, {.latency = 0.01, .loss = 0.1});
    hosts.server.spawn_daemon(serve(echo));
    hosts.client.spawn(there_and_back(on, hosts.client, hosts.server.at(port)));
}

// partition

constexpr duration question_patience = 0.5;

io::task<bool> ask(io::stream& s) {
    char answer[4];
    co_await s.sendall("ping");
    co_await s.recv_exactly_into(answer);
    co_return std::string_view(answer, sizeof answer) == "ping";
}

io::task<bool> ask_anew(address server) {
    io::stream s = co_await io::connect(server);
    co_return co_await ask(s);
}

// Once a second, on a connection of its own.
io::task<> ask_every_second(stage& on, sim::host& client, address server) {
    std::string answers;
    for (int i = 0; i < 5; ++i) {
        co_await io::sleep(1);
        const auto answer = co_await io::move_on_after(question_patience, ask_anew(server));
        answers += answer ? '+' : '-';
        on.say(client, answer ? "an answer" : "no answer within half a second");
    }
    on.demand(answers == "+--++", "the deadline fires in the partition, and nowhere else");
}

io::task<> cut_and_heal(stage& on, sim::host& a, sim::host& b) {
    co_await io::sleep(1.5);
    on.net().partition(a, b);
    co_await io::sleep(2.3);
    on.net().heal(a, b);
}

void set_partition(stage& on) {
    const two_hosts hosts(on, {.latency = 0.01, .jitter = 0.01});
    hosts.server.spawn_daemon(serve(echo));
    hosts.client.spawn(ask_every_second(on, hosts.client, hosts.server.at(port)));
    on.net().spawn(cut_and_heal(on, hosts.server, hosts.client));
}

// happy-eyeballs

io::task<> serve_on(std::string where) {
    io::listener all = io::listen(where);
    for (;;) {
        auto next = co_await all.accept();
        co_await echo(std::move(next.connection));
    }
}

io::task<> connect_by_name(stage& on, sim::host& client) {
    io::stream s = co_await io::connect("www", port);
    const auto remote = s.getpeername();
    on.say(client, "connected to " + remote.str());
    on.demand(remote.family() == AF_INET, "the address that answers is the one that is taken");
    const bool answered = co_await ask(s);
    on.demand(answered, "the echo is what was sent");
}

void set_happy_eyeballs(stage& on) {
    on.net().add_name_server("10.0.0.53");
    auto& www = on.net().add_host("www", {"10.0.0.1", "2001:db8::1"});
    auto& client = on.net().add_host("client", {"10.0.0.2", "2001:db8::2"});
    on.net().link(www, client, {.latency = 0.02});
    www.spawn_daemon(serve_on(fmt::format("10.0.0.1:{}", port)));
    client.spawn(connect_by_name(on, client));
}

// crash

constexpr std::size_t file_size = 30'000;
constexpr std::size_t part = 2'000;
constexpr duration part_pause = 0.05;

// The file in parts, from where the client wants it: a line with a number.
io::task<> send_file(io::stream s) {
    const byte_pattern file;
    const auto line = co_await s.try_recv();
    if (!line || line->empty()) co_return;
    std::size_t from = 0;
    std::from_chars(line->data(), line->data() + line->size(), from);
    if (from > file_size) co_return;
    // A client that is gone asks again.
    while (from < file_size) {
        const auto sent = co_await s.try_sendall(file.at(from, std::min(part, file_size - from)));
        if (!sent) co_return;
        from += part;
        co_await io::sleep(part_pause);
    }
}

io::task<> fetch_rest(address server, std::string& got) {
    io::stream s = co_await io::fail_after(0.5, io::connect(server));
    co_await s.sendall(fmt::format("{}\n", got.size()));
    while (got.size() < file_size) {
        auto data = co_await io::fail_after(0.5, s.recv());
        if (data.empty()) co_return;
        got += data.text();
    }
}

io::task<> fetch(stage& on, sim::host& client, address server) {
    std::string got;
    while (got.size() < file_size) {
        try {
            co_await fetch_rest(server, got);
        } catch (const error& why) {
            on.say(client, fmt::format("{} after {} bytes", why.code().message(), got.size()));
        }
        if (got.size() < file_size) co_await io::sleep(0.5);
    }
    const byte_pattern file;
    on.demand(got == file.at(0, file_size), "the file is whole, whatever was in the way");
    on.say(client, fmt::format("has all {} bytes", got.size()));
}

io::task<> crash_and_restart(sim::host& server) {
    co_await io::sleep(0.3);
    server.crash();
    co_await io::sleep(2);
    server.restart();
    server.spawn_daemon(serve(send_file));
}

void set_crash(stage& on) {
    const two_hosts hosts(on, {.latency = 0.01});
    hosts.server.spawn_daemon(serve(send_file));
    hosts.client.spawn(fetch(on, hosts.client, hosts.server.at(port)));
    on.net().spawn(crash_and_restart(hosts.server));
}

// one-recv

constexpr std::string_view message =
    "a message of some length that is sent as one and is read as one";

io::task<> take_one_recv_for_a_message(stage& on, sim::host& client, address server) {
    io::stream s = co_await io::connect(server);
    for (int i = 0; i < 5; ++i) {
        co_await s.sendall(message);
        const auto data = co_await s.recv(message.size());
        on.say(client, fmt::format("got {} bytes", data.size()));
        on.demand(data.text() == message, "one receive gives one message");
    }
}

void set_one_recv(stage& on) {
    const two_hosts hosts(on, {.latency = 0.01});
    hosts.server.spawn_daemon(serve(echo));
    hosts.client.spawn(take_one_recv_for_a_message(on, hosts.client, hosts.server.at(port)));
}

constexpr std::array all_scenarios = {
    scenario{"hello", "an echo over a link of 20 ms each way", set_hello},
    scenario{"lossy", "TCP brings every byte over a link that loses a tenth of its packets",
             set_lossy},
    scenario{"partition", "a deadline fires while the network is cut, and not before or afterwards",
             set_partition},
    scenario{"happy-eyeballs", "a name with two addresses, of which one answers",
             set_happy_eyeballs},
    scenario{"crash",
             "a server crashes in the middle of a transfer; the client goes on where it was",
             set_crash},
    scenario{"one-recv",
             "a program with a bug that some seeds show: it takes one receive for a message",
             set_one_recv,
             {.short_reads = 0.02}},
};

}  // namespace

std::span<const scenario> scenarios() noexcept { return all_scenarios; }

}  // namespace priz::cli
