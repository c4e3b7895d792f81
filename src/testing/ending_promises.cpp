#include <utility>

#include "testing/promises.hpp"

namespace priz::testing::detail {

namespace {

using io::stream;
using io::task;

task<> end_after_bytes(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await send_and_end(a, "last words");
    require_same(co_await receive_all(b), "last words");
    char target[1];
    for (int i = 0; i < 2; ++i) {
        require((co_await b.recv()).empty(), "recv() after the end gave bytes");
        require(co_await b.recv_into(target) == 0, "recv_into() after the end gave bytes");
    }
}

task<> half_closed(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await send_and_end(a, "question");
    require_same(co_await receive_all(b), "question");
    co_await b.sendall("answer");
    require_same(co_await receive(a, 6), "answer");
    co_await b.shutdown(SHUT_WR);
    require((co_await a.recv()).empty(), "there were bytes after the end");
}

task<> end_wakes_receive(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(to.try_recv(), got));
        co_await settle();
        require(!got.has_ended, "a receive ended before the stream");
        co_await from.shutdown(SHUT_WR);
    };
    co_await io::with_scope(body);
    require(!got.code, "a receive failed at the end of the stream");
    require(got.data.empty(), "a receive gave bytes that nobody sent");
}

task<> no_send_after_end(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.shutdown(SHUT_WR);
    outcome got;
    co_await record(a.try_send("x"), got);
    require_cause(got.code, os(EPIPE), "send()");
    co_await record(a.try_sendall("x"), got);
    require_cause(got.code, os(EPIPE), "sendall()");
}

task<> shut_for_reading(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got;
    auto body = [&, &mine = a](io::scope& group) -> task<> {
        group.spawn(record(mine.try_recv(), got));
        co_await settle();
        co_await mine.shutdown(SHUT_RD);
    };
    co_await io::with_scope(body);
    require(!got.code && got.data.empty(), "a receive that waited did not end with nothing");
}

task<> end_within_exactly(stream_source& source, const check_options&) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{4}}) {
        auto [a, b] = co_await source.make();
        const bytes sent = pattern(size);
        co_await send_and_end(a, sent);
        bytes target(10, '\0');
        outcome got;
        co_await record(b.try_recv_exactly_into(target), got);
        require_cause(got.code, errc::end_of_stream, "recv_exactly_into()");
        require(got.count == size, "transferred() is not how many bytes came");
        target.resize(size);
        require_same(target, sent);
    }
}

task<> end_is_thrown(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await send_and_end(a, "1234");
    char target[10];
    try {
        co_await b.recv_exactly_into(target);
    } catch (const end_of_stream& why) {
        require(why.why().transferred() == 4, "transferred() is not how many bytes came");
        co_return;
    }
    throw broken("it succeeded");
}

task<> closing_sends(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    const bytes sent = pattern(1000);
    co_await a.sendall(sent);
    a.reset();
    require_same(co_await receive_all(b), sent);
}

task<> destroying_closes(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    auto [c, d] = co_await source.make();
    co_await a.sendall("x");
    a = std::move(c);
    require_same(co_await receive_all(b), "x");
    co_await a.sendall("y");
    {
        const stream gone = std::move(a);
        require(!a, "a stream that was moved from is not empty");
    }
    require_same(co_await receive_all(d), "y");
}

task<> note_close(stream& mine, outcome& to) {
    const auto got = co_await mine.try_close();
    to.has_ended = true;
    if (!got) to.code = got.error().code();
}

task<> close_waits_for_the_peer(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    const bytes sent = pattern(1000);
    outcome got;
    auto body = [&, &mine = a, &far = b](io::scope& group) -> task<> {
        co_await mine.sendall(sent);
        group.spawn(note_close(mine, got));
        require_same(co_await receive_all(far), sent);
        co_await settle();
        require(!mine, "the stream is not empty from the call on");
        require(!got.has_ended, "it ended before the peer did");
        co_await far.sendall("nobody reads this");
        co_await far.shutdown(SHUT_WR);
    };
    co_await io::with_scope(body);
    require(!got.code, "it failed although the peer ended the stream");
}

task<> close_tells_of_a_reset(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.sendall("nobody reads this");
    char target[1];
    co_await b.recv_into(target, MSG_PEEK);
    outcome got;
    auto body = [&, &mine = a, &far = b](io::scope& group) -> task<> {
        group.spawn(note_close(mine, got));
        co_await settle();
        far.reset();
    };
    co_await io::with_scope(body);
    require(is_reset(got.code), "close() did not tell that the peer had not received everything");
}

task<> cancelled_close_closes(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await a.sendall("x");
    outcome got;
    outcome received;
    auto body = [&, &mine = a](io::scope& group) -> task<> {
        group.spawn(record(mine.try_recv(), received));
        co_await settle();
        group.spawn(note_close(mine, got));
        co_await settle();
        group.cancel();
    };
    co_await io::with_scope(body);
    require_cause(received.code, os(EBADF), "a receive that waited");
    require_cause(got.code, errc::cancelled, "close()");
    require_same(co_await receive_all(b), "x");
    co_await a.close();
}

task<> moving(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    outcome got;
    auto body = [&, &from = a, &to = b](io::scope& group) -> task<> {
        group.spawn(record(to.try_recv(), got));
        co_await settle();
        stream moved = std::move(to);
        co_await from.sendall("x");
        co_await settle();
        to = std::move(moved);
    };
    co_await io::with_scope(body);
    require_same(got.data, "x");
    co_await a.sendall("y");
    require_same(co_await receive(b, 1), "y");
}

task<> reset_by_unread_bytes(stream_source& source, const check_options&) {
    auto [a, b] = co_await source.make();
    co_await b.sendall("nobody reads this");
    // Until some of it is there: a stream may say that it is readable before.
    char target[1];
    co_await a.recv_into(target, MSG_PEEK);
    a.reset();
    outcome got;
    co_await record(b.try_recv(), got);
    require_cause(got.code, os(ECONNRESET), "recv()");
}

// The first bytes may be on the way before the sender knows.
task<> sending_to_the_gone(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make();
    b.reset();
    const bytes block = pattern(options.bulk / 64);
    std::size_t sent = 0;
    outcome got;
    while (!got.code) {
        co_await record(a.try_send(block), got);
        sent += got.count;
        require(sent < 64 * options.bulk, "sends succeed for ever");
        co_await settle();
    }
    require(is_reset(got.code), "it failed for another reason than EPIPE or ECONNRESET");
    co_await record(a.try_sendall("again"), got);
    require(is_reset(got.code), "a second send failed for another reason, or succeeded");
}

task<> closing_ends_waits(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes sent = pattern(options.bulk / 4);
    outcome received;
    outcome all_sent;
    auto body = [&, &mine = a](io::scope& group) -> task<> {
        group.spawn(record(mine.try_recv(), received));
        group.spawn(record(mine.try_sendall(sent), all_sent));
        co_await settle();
        mine.reset();
        mine.reset();
    };
    co_await io::with_scope(body);
    require_cause(received.code, os(EBADF), "recv()");
    require_cause(all_sent.code, os(EBADF), "sendall()");
    require(!a, "a stream that was closed is not empty");
}

task<> peers_reset_ends_waits(stream_source& source, const check_options& options) {
    auto [a, b] = co_await source.make_clogged();
    const bytes sent = pattern(options.bulk / 4);
    outcome received;
    outcome all_sent;
    auto body = [&, &mine = a, &far = b](io::scope& group) -> task<> {
        group.spawn(record(mine.try_recv(), received));
        group.spawn(record(mine.try_sendall(sent), all_sent));
        co_await settle();
        far.reset();
    };
    co_await io::with_scope(body);
    require(is_reset(all_sent.code), "sendall() did not end with ECONNRESET or EPIPE");
    require(received.data.empty(), "recv() gave bytes that nobody sent");
    require(!received.code || is_reset(received.code), "recv() failed for another reason");
}

template <class T>
std::error_code cause_of(const result<T>& r) {
    return r ? std::error_code() : r.error().code();
}

task<> empty_stream(stream_source&, const check_options&) {
    stream none;
    char target[1];
    outcome got[9];
    co_await record(none.try_recv(), got[0]);
    co_await record(none.try_recv_into(target), got[1]);
    co_await record(none.try_recv_exactly_into(target), got[2]);
    co_await record(none.try_send("x"), got[3]);
    co_await record(none.try_sendall("x"), got[4]);
    co_await record(none.try_shutdown(SHUT_WR), got[5]);
    got[6].code = cause_of(none.try_getsockname());
    got[7].code = cause_of(none.try_getpeername());
    got[8].code = cause_of(none.try_getsockopt(SOL_SOCKET, SO_TYPE));
    for (const outcome& one : got) require_cause(one.code, os(EBADF), "a verb");
    require(!none && none.fileno() == -1, "it does not say that it is empty");
}

constexpr promise ending[] = {
    {"after SHUT_WR the peer receives what was sent, then the end, again and again",
     end_after_bytes},
    {"after SHUT_WR the peer can still answer", half_closed},
    {"the end of the stream ends a receive that waits", end_wakes_receive},
    {"after SHUT_WR a send fails with EPIPE", no_send_after_end},
    {"SHUT_RD ends a receive that waits", shut_for_reading},
    {"recv_exactly_into() tells the end, and how many bytes came", end_within_exactly},
    {"recv_exactly_into() throws end_of_stream at the end", end_is_thrown},
    {"closing sends what was sent, and then the end", closing_sends},
    {"destroying a stream, or assigning to it, closes it", destroying_closes},
    {"a stream can be moved, also while a verb waits", moving},
    {"who closes with bytes not received resets the connection", reset_by_unread_bytes},
    {"sending to a peer that has closed fails with EPIPE or ECONNRESET", sending_to_the_gone},
    {"closing ends the verbs that wait, with EBADF", closing_ends_waits},
    {"a peer's reset ends the verbs that wait", peers_reset_ends_waits},
    {"close() sends what was sent, and waits until the peer has ended the stream",
     close_waits_for_the_peer},
    {"close() tells when the peer has not received everything", close_tells_of_a_reset},
    {"close() that is cancelled closes, and ends the verbs that wait", cancelled_close_closes},
    {"every verb of an empty stream fails with EBADF", empty_stream},
};

}  // namespace

std::span<const promise> ending_promises() noexcept { return ending; }

}  // namespace priz::testing::detail
