#include "priz/io/cancel_scope.hpp"
#include "testing/promises.hpp"

namespace priz::testing::detail {

namespace {

using io::stream;
using io::task;

task<> second_receive(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome first;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(to.try_recv(), first));
        co_await settle();
        char target[2];
        outcome got[4];
        co_await record(to.try_recv(), got[0]);
        co_await record(to.try_recv_into(target), got[1]);
        co_await record(to.try_recv_exactly_into(target), got[2]);
        co_await record(to.try_wait_readable(), got[3]);
        for (const outcome& one : got) require_cause(one.code, os(EBUSY), "the second");
        co_await from.sendall("x");
    };
    co_await io::with_scope(body);
    require(!first.code, "the first receive failed");
    require_same(first.data, "x");
}

task<> second_send(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes sent = pattern(options.bulk / 4);
    outcome first;
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(from.try_sendall(sent), first));
        co_await settle();
        outcome others[4];
        co_await record(from.try_send("x"), others[0]);
        co_await record(from.try_sendall("x"), others[1]);
        co_await record(from.try_shutdown(SHUT_WR), others[2]);
        co_await record(from.try_wait_writable(), others[3]);
        for (const outcome& one : others) require_cause(one.code, os(EBUSY), "the second");
        got = co_await receive(to, sent.size());
    };
    co_await io::with_scope(body);
    require(!first.code, "the first send failed");
    require_same(got, sent);
    co_await a.shutdown(SHUT_WR);
    require((co_await b.recv()).empty(), "a send that was refused sent something");
}

task<> one_of_each(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes sent = pattern(options.bulk / 4);
    outcome received;
    outcome all_sent;
    bytes got;
    auto body = [&, &mine = a, &far = b](io::scope& group) -> task<> {
        group.spawn(record(mine.try_recv(), received));
        group.spawn(record(mine.try_sendall(sent), all_sent));
        co_await settle();
        co_await far.sendall("x");
        co_await settle();
        require(!all_sent.has_ended, "a receive ended a send");
        got = co_await receive(far, sent.size());
    };
    co_await io::with_scope(body);
    require_same(received.data, "x");
    require_same(got, sent);
}

task<> readable(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome waited;
    // What is known of an untouched stream is nothing, and it may return: this one knows.
    co_await cancel_when_settled(b.try_recv());
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(to.try_wait_readable(), waited));
        co_await settle();
        co_await from.sendall("x");
    };
    co_await io::with_scope(body);
    require(!waited.code, "wait_readable() failed");
    require_same(co_await receive(b, 1), "x");
    co_await a.shutdown(SHUT_WR);
    co_await b.wait_readable();
    require((co_await b.recv()).empty(), "the end is not what was readable");
}

task<> writable(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    co_await a.wait_writable();
    const bytes sent = pattern(options.bulk / 4);
    const outcome end = co_await cancel_when_settled(a.try_sendall(sent));
    require_cause(end.code, errc::cancelled, "sendall()");
    outcome waited;
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(from.try_wait_writable(), waited));
        co_await settle();
        got = co_await receive(to, end.count);
    };
    co_await io::with_scope(body);
    require(!waited.code, "wait_writable() failed");
    require_same(got, sent.substr(0, end.count));
    require(co_await a.send("x") == 1, "nothing could be sent when it was writable");
}

constexpr promise waiting[] = {
    {"a second receive fails with EBUSY and disturbs nothing", second_receive},
    {"a second send fails with EBUSY and disturbs nothing", second_send},
    {"one receive and one send may wait together", one_of_each},
    {"wait_readable() waits for bytes or the end", readable},
    {"wait_writable() waits for room", writable},
};

}  // namespace

std::span<const promise> waiting_promises() noexcept { return waiting; }

}  // namespace priz::testing::detail
