#include <vector>

#include "priz/io/sleep.hpp"
#include "testing/promises.hpp"

namespace priz::testing::detail {

namespace {

using io::stream;
using io::task;

task<> both_ways(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.sendall("there");
    require_same(co_await receive(b, 5), "there");
    co_await b.sendall("and back");
    require_same(co_await receive(a, 8), "and back");
}

task<> empty_sends(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.sendall("");
    require(co_await a.send("") == 0, "a send of nothing says that it sent something");
    outcome got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(to.try_recv(), got));
        co_await settle();
        require(!got.has_ended, "an empty send ended a receive");
        co_await from.sendall("x");
    };
    co_await io::with_scope(body);
    require_same(got.data, "x");
}

task<> no_more_than_asked(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    const bytes sent = pattern(100);
    co_await a.sendall(sent);
    bytes got;
    while (got.size() < sent.size()) {
        const auto data = co_await b.recv(7);
        require(!data.empty(), "a receive gave nothing while bytes were on the way");
        require(data.size() <= 7, "recv() gave more than was asked for");
        got += data.text();
        char target[3] = {};
        if (got.size() >= sent.size()) break;
        const std::size_t count = co_await b.recv_into(target);
        require(count >= 1 && count <= sizeof target, "recv_into() gave more than there is room");
        got.append(target, count);
    }
    require_same(got, sent);
}

task<> receive_exactly(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    const bytes sent = pattern(300);
    bytes got(sent.size(), '\0');
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { co_await to.recv_exactly_into(got); });
        for (std::size_t at = 0; at < sent.size(); at += 100) {
            co_await settle();
            co_await from.sendall(bytes_view(sent).text().substr(at, 100));
        }
    };
    co_await io::with_scope(body);
    require_same(got, sent);
}

task<> exactly_nothing(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    // Whatever is known of the stream: nothing yet, or that it is empty.
    for (int i = 0; i < 2; ++i) {
        const outcome got = co_await cancel_when_settled(b.try_recv_exactly_into(bytes_span()));
        require(!got.code, "recv_exactly_into() waited, or failed, for no bytes at all");
        co_await cancel_when_settled(b.try_recv());
    }
}

task<> peek(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.sendall("abc");
    char seen[2] = {};
    for (int i = 0; i < 2; ++i) {
        require(co_await b.recv_into(seen, MSG_PEEK) >= 1, "MSG_PEEK showed nothing");
        require(seen[0] == 'a', "MSG_PEEK took what it showed");
    }
    require_same(co_await receive(b, 3), "abc");
}

task<> transfer_both_ways(stream& a, stream& b, std::size_t size) {
    const bytes there = pattern(size);
    const bytes back = pattern(size, size);
    bytes got_there;
    bytes got_back;
    auto body = [&](io::scope& group) {
        group.spawn(send_and_end(a, there));
        group.spawn(send_and_end(b, back));
        group.spawn([&]() -> task<> { got_there = co_await receive_all(b, size); });
        group.spawn([&]() -> task<> { got_back = co_await receive_all(a, size); });
    };
    co_await io::with_scope(body);
    require_same(got_there, there);
    require_same(got_back, back);
}

task<> large(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make();
    co_await transfer_both_ways(a, b, options.bulk);
}

task<> large_clogged(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    co_await transfer_both_ways(a, b, options.bulk / 4);
}

task<> backpressure(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes sent = pattern(options.bulk / 4);
    outcome end;
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(from.try_sendall(sent), end));
        co_await settle();
        require(!end.has_ended, "sendall() did not wait for a peer that receives nothing");
        got = co_await receive(to, sent.size());
    };
    co_await io::with_scope(body);
    require(!end.code, "sendall() failed after it had waited");
    require_same(got, sent);
}

task<> partial_sends(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes all = pattern(options.bulk / 4);
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { got = co_await receive_all(to, all.size()); });
        for (std::size_t at = 0; at < all.size();) {
            const bytes_view rest = bytes_view(all).subview(at);
            const std::size_t count = co_await from.send(rest);
            require(count >= 1 && count <= rest.size(), "send() says an impossible number");
            at += count;
        }
        co_await from.shutdown(SHUT_WR);
    };
    co_await io::with_scope(body);
    require_same(got, all);
}

task<> receive_waits(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got;
    for (const char* const text : {"first", "second"}) {
        got = {};
        auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
            group.spawn(record(to.try_recv(), got));
            co_await settle();
            require(!got.has_ended, "a receive ended before anything was sent");
            co_await from.sendall(text);
        };
        co_await io::with_scope(body);
        require(!got.code, "a receive failed that had waited");
        got.data += co_await receive(b, std::string_view(text).size() - got.data.size());
        require_same(got.data, text);
    }
}

task<> chunks_stay(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    std::vector<io::chunk> held;
    bytes sent;
    for (std::size_t i = 0; i < 5; ++i) {
        const bytes part = pattern(50, i * 50);
        sent += part;
        co_await a.sendall(part);
        held.push_back(co_await b.recv());
    }
    std::size_t size = 0;
    for (const io::chunk& one : held) size += one.size();
    const bytes rest = co_await receive(b, sent.size() - size);
    b.reset();
    bytes got;
    for (const io::chunk& one : held) got += one.text();
    require_same(got + rest, sent);
}

task<> fairness(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    bool had_its_turn = false;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> {
            had_its_turn = true;
            co_return;
        });
        for (int i = 0; i < 1000; ++i) {
            co_await from.sendall("x");
            require_same(co_await receive(to, 1), "x");
        }
        require(had_its_turn, "a task that was always served let no other have its turn");
    };
    co_await io::with_scope(body);
}

constexpr promise transfer[] = {
    {"what one end sends the other receives, both ways", both_ways},
    {"an empty send sends nothing and ends nothing", empty_sends},
    {"a receive gives no more than was asked for", no_more_than_asked},
    {"recv_exactly_into() fills its target, however the bytes come", receive_exactly},
    {"recv_exactly_into() of no bytes waits for none", exactly_nothing},
    {"MSG_PEEK leaves what it shows", peek},
    {"a receive waits for what is sent later", receive_waits},
    {"a large transfer arrives whole, both ways at once", large},
    {"a large transfer arrives whole also where sends have to wait", large_clogged},
    {"a send waits while the peer does not receive, and goes on when it does", backpressure},
    {"send() sends at least one byte, and says how many", partial_sends},
    {"a chunk stays what it is as long as it lives", chunks_stay},
    {"verbs that succeed at once let others have their turn", fairness},
};

}  // namespace

std::span<const promise> transfer_promises() noexcept { return transfer; }

}  // namespace priz::testing::detail
