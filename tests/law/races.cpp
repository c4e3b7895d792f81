// Races: the result of who came in second is there too.
#include "priz/error.hpp"
#include "priz/io/channel.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 7000;

// Sends a pattern in pieces, from time to time.
io::task<> drip(trial& t, io::stream s, std::uint64_t id, std::size_t size) {
    const std::string all = pattern(id, size);
    priz::bytes_view rest(all.data(), all.size());
    while (!rest.empty()) {
        co_await io::sleep(t.moment());
        const std::size_t sent = co_await t.use.send(t, s, rest, t.moment());
        rest = rest.subview(sent);
    }
}

struct course {
    explicit course(std::size_t capacity) : numbers(capacity) {}
    std::size_t sizes[2] = {};
    io::channel<int> numbers;
    int last = 0;  // of the numbers
};

io::task<> serve_two(trial& t, const course& of) {
    io::listener all = co_await listen(t);
    auto body = [&](io::scope& group) -> io::task<> {
        for (std::uint64_t i = 0; i < 2; ++i) {
            io::accepted next = co_await all.accept();
            group.spawn(drip(t, std::move(next.connection), i, of.sizes[i]));
        }
    };
    co_await io::with_scope(body);
}

io::task<> count(trial& t, course& of) {
    for (int i = 0; i < of.last; ++i) {
        co_await io::sleep(t.moment());
        int number = i;
        while (!co_await io::move_on_after(t.moment(), of.numbers.send(std::move(number)))) {
        }
    }
    of.numbers.close();
}

struct collected {
    std::string bytes;
    bool has_ended = false;

    void add(const std::optional<io::chunk>& some) {
        if (!some) return;
        bytes += some->text();
        has_ended = has_ended || some->empty();
    }
};

struct counted {
    int next = 0;
    bool has_ended = false;

    void add(trial& t, const std::optional<std::optional<int>>& got) {
        if (!got) return;
        if (!*got) {
            has_ended = true;
            return;
        }
        t.expect(**got == next, "the number " + std::to_string(**got) + " came instead of " +
                                    std::to_string(next));
        next = **got + 1;
    }
};

io::task<> race_once(trial& t, io::stream& a, io::stream& b, collected& from_a, collected& from_b) {
    const std::size_t most = t.between(1, 3000);
    auto ended = co_await io::when_any(a.recv(most), b.recv(most));
    if (t.use.losers_count || ended.first == 0) from_a.add(std::get<0>(ended.results));
    if (t.use.losers_count || ended.first == 1) from_b.add(std::get<1>(ended.results));
    t.expect(ended.errors.empty(), "a loser failed");
}

io::task<> race_three(trial& t, io::stream& s, io::channel<int>& numbers, collected& bytes,
                      counted& got) {
    auto ended =
        co_await io::when_any(s.recv(t.between(1, 3000)), numbers.recv(), io::sleep(t.moment()));
    if (t.use.losers_count || ended.first == 0) bytes.add(std::get<0>(ended.results));
    if (t.use.losers_count || ended.first == 1) got.add(t, std::get<1>(ended.results));
    t.expect(ended.errors.empty(), "a loser failed");
}

io::task<> take_rest(io::stream& s, collected& of) {
    while (!of.has_ended) of.add(co_await s.recv());
}

io::task<> run_races(trial& t, course& of, io::stream& a, io::stream& b) {
    collected from_a;
    collected from_b;
    counted numbers;
    for (bool goes_on = true; goes_on;) {
        if (t.happens(0.5) && !from_a.has_ended && !from_b.has_ended)
            co_await race_once(t, a, b, from_a, from_b);
        else if (!from_a.has_ended)
            co_await race_three(t, a, of.numbers, from_a, numbers);
        else if (!from_b.has_ended)
            co_await race_three(t, b, of.numbers, from_b, numbers);
        goes_on = !numbers.has_ended && !(from_a.has_ended && from_b.has_ended);
    }
    co_await take_rest(a, from_a);
    co_await take_rest(b, from_b);
    while (const auto number = co_await of.numbers.recv()) numbers.add(t, number);
    t.expect(numbers.next == of.last, "numbers are missing");
    t.expect(from_a.bytes == pattern(0, of.sizes[0]), "the first stream's bytes are not all there");
    t.expect(from_b.bytes == pattern(1, of.sizes[1]),
             "the second stream's bytes are not all there");
}

io::task<> race(trial& t, priz::address to, course& of) {
    co_await io::sleep(0.1);
    io::stream a = co_await connect(t, to);
    // The server takes them in this order.
    co_await io::sleep(5);
    io::stream b = co_await connect(t, to);
    auto body = [&](io::scope& group) -> io::task<> {
        group.spawn(count(t, of));
        co_await run_races(t, of, a, b);
    };
    co_await io::with_scope(body);
}

void play_races(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    sim::host& client = t.add_host("client", "10.0.0.2");
    const auto of = std::make_shared<course>(t.below(3));
    of->sizes[0] = t.between(0, 5000);
    of->sizes[1] = t.between(0, 5000);
    of->last = static_cast<int>(t.between(0, 20));
    server.spawn([&t, of] { return serve_two(t, *of); });
    const priz::address where = server.at(port);
    client.spawn([&t, of, where] { return race(t, where, *of); });
}

constexpr scenario scenarios[] = {
    {"races", play_races, {.loss = false}},
};

}  // namespace

std::span<const scenario> race_scenarios() { return scenarios; }

}  // namespace law
