#include "priz/io/cancel_scope.hpp"
#include "priz/io/sleep.hpp"
#include "testing/promises.hpp"

namespace priz::testing::detail {

namespace {

using io::stream;
using io::task;

// What was cancelled did nothing: the bytes that wait are there, and nothing was sent.
task<> before_it_begins(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await b.sendall("still here");
    char target[4];
    outcome got[8];
    got[0] = co_await run_cancelled(a.try_recv());
    got[1] = co_await run_cancelled(a.try_recv_into(target));
    got[2] = co_await run_cancelled(a.try_recv_exactly_into(target));
    got[3] = co_await run_cancelled(a.try_wait_readable());
    got[4] = co_await run_cancelled(a.try_send("x"));
    got[5] = co_await run_cancelled(a.try_sendall("x"));
    got[6] = co_await run_cancelled(a.try_wait_writable());
    got[7] = co_await run_cancelled(a.try_shutdown(SHUT_WR));
    for (const outcome& one : got) {
        require_cause(one.code, errc::cancelled, "a verb");
        require(one.count == 0, "a verb transferred bytes in spite of it");
    }
    require_same(co_await receive(a, 10), "still here");
    co_await a.sendall("all");
    co_await a.shutdown(SHUT_WR);
    require_same(co_await receive_all(b), "all");
}

task<> receives(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    char target[4];
    outcome got[3];
    got[0] = co_await cancel_when_settled(b.try_recv());
    got[1] = co_await cancel_when_settled(b.try_recv_into(target));
    got[2] = co_await cancel_when_settled(b.try_recv_exactly_into(target));
    for (const outcome& one : got) require_cause(one.code, errc::cancelled, "a receive");
    // It may return without cause.
    const outcome waited = co_await cancel_when_settled(b.try_wait_readable());
    if (waited.code) require_cause(waited.code, errc::cancelled, "wait_readable()");
    const bytes sent = pattern(1000);
    co_await send_and_end(a, sent);
    require_same(co_await receive_all(b), sent);
}

task<> exactly(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    const bytes sent = pattern(20);
    bytes target(10, '\0');
    co_await a.sendall(bytes_view(sent.data(), 4));
    const outcome got = co_await cancel_when_settled(b.try_recv_exactly_into(target));
    require_cause(got.code, errc::cancelled, "recv_exactly_into()");
    require(got.count <= 4, "transferred() is more than was sent");
    target.resize(got.count);
    co_await send_and_end(a, bytes_view(sent).subview(4));
    require_same(target + co_await receive_all(b), sent);
}

task<> sends(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes all = pattern(options.bulk / 4);
    std::size_t sent = 0;
    for (;;) {
        const outcome one = co_await cancel_when_settled(a.try_send(bytes_view(all).subview(sent)));
        if (one.code) {
            require_cause(one.code, errc::cancelled, "send()");
            break;
        }
        sent += one.count;
        require(sent < all.size(), "a send to a peer that receives nothing never waits");
    }
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { got = co_await receive_all(to, all.size()); });
        co_await from.shutdown(SHUT_WR);
    };
    co_await io::with_scope(body);
    require_same(got, all.substr(0, sent));
}

task<> sendalls(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes all = pattern(options.bulk / 4);
    const outcome end = co_await cancel_when_settled(a.try_sendall(all));
    require_cause(end.code, errc::cancelled, "sendall()");
    require(end.count < all.size(), "transferred() is everything");
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { got = co_await receive_all(to, all.size()); });
        co_await send_and_end(from, bytes_view(all).subview(end.count));
    };
    co_await io::with_scope(body);
    require_same(got, all);
}

task<> wait_for_room(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes all = pattern(options.bulk / 4);
    const outcome end = co_await cancel_when_settled(a.try_sendall(all));
    const outcome waited = co_await cancel_when_settled(a.try_wait_writable());
    if (waited.code) require_cause(waited.code, errc::cancelled, "wait_writable()");
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { got = co_await receive_all(to, all.size()); });
        co_await send_and_end(from, bytes_view(all).subview(end.count));
    };
    co_await io::with_scope(body);
    require_same(got, all);
}

// Bytes and the cancellation come together: either the verb has the bytes, or the stream.
task<> together(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    for (int turns = 0; turns < 4; ++turns) {
        outcome got;
        auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
            group.spawn(record(to.try_recv(), got));
            co_await settle();
            co_await from.sendall("kept");
            for (int i = 0; i < turns; ++i) co_await io::sleep(0);
            group.cancel();
        };
        co_await io::with_scope(body);
        if (got.code) require_cause(got.code, errc::cancelled, "recv()");
        const bytes rest = co_await receive(b, 4 - got.data.size());
        require_same(got.data + rest, "kept");
    }
}

task<> stays_cancelled(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got[3];
    auto body = [&, &mine = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> {
            for (outcome& one : got) co_await record(mine.try_recv(), one);
        });
        co_await settle();
        group.cancel();
    };
    co_await io::with_scope(body);
    for (const outcome& one : got) require_cause(one.code, errc::cancelled, "a receive");
}

task<> deadlines(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes all = pattern(options.bulk / 4);
    const auto received = co_await io::fail_after(0, a.try_recv());
    require_cause(received ? std::error_code() : received.error().code(), errc::timed_out,
                  "recv()");
    const auto sent = co_await io::fail_after(0, a.try_sendall(all));
    require_cause(sent ? std::error_code() : sent.error().code(), errc::timed_out, "sendall()");
    const std::size_t count = sent.error().transferred();
    bytes got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { got = co_await receive_all(to, all.size()); });
        co_await send_and_end(from, bytes_view(all).subview(count));
    };
    co_await io::with_scope(body);
    require_same(got, all);
}

task<> thrown(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    bool was_timeout = false;
    try {
        const auto none = co_await io::fail_after(0, b.recv());
    } catch (const timeout&) {
        was_timeout = true;
    }
    require(was_timeout, "a deadline that passed did not throw timeout");
    const auto got = co_await io::move_on_after(0, b.recv());
    require(!got, "move_on_after() has a value where nothing came");
    bool was_cancelled = false;
    auto body = [&, &mine = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> {
            try {
                const auto none = co_await mine.recv();
            } catch (const cancelled&) {
                was_cancelled = true;
            }
        });
        co_await settle();
        group.cancel();
    };
    co_await io::with_scope(body);
    require(was_cancelled, "a cancelled receive did not throw cancelled");
    co_await a.sendall("x");
    require_same(co_await receive(b, 1), "x");
}

task<> shielded(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn([&]() -> task<> { co_await io::shield(record(to.try_recv(), got)); });
        co_await settle();
        group.cancel();
        co_await io::shield(settle());
        require(!got.has_ended, "the receive ended with the scope");
        co_await io::shield(from.sendall("x"));
    };
    co_await io::with_scope(body);
    require_same(got.data, "x");
}

constexpr promise cancelling[] = {
    {"in a cancelled scope every verb ends with cancelled and does nothing", before_it_begins},
    {"a receive that is cancelled loses nothing", receives},
    {"a recv_exactly_into() that is cancelled hands over what came", exactly},
    {"a send that is cancelled sent nothing", sends},
    {"a sendall() that is cancelled sent as much as transferred() says", sendalls},
    {"a wait_writable() that is cancelled disturbs nothing", wait_for_room},
    {"bytes that come with the cancellation are given, or still there", together},
    {"a scope that was cancelled stays so", stays_cancelled},
    {"a deadline ends a verb with timed_out, and nothing is lost", deadlines},
    {"the verbs that throw throw timeout and cancelled", thrown},
    {"a shielded receive is not reached by a cancellation", shielded},
};

}  // namespace

std::span<const promise> cancelling_promises() noexcept { return cancelling; }

}  // namespace priz::testing::detail
