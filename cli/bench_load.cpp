#include "bench_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "dial.hpp"
#include "dial_again.hpp"
#include "support/exit_code.hpp"
#include "support/schedule.hpp"

namespace priz::cli {

namespace {

// More at a time would overrun the server's queue of connections that it has not yet accepted.
constexpr std::size_t connecting_max = 64;
constexpr std::uint64_t pattern_step = 7'919;
// Bytes of a connection that the kernel's buffers hold in any case, there and back.
constexpr std::size_t alternating_max = 16 * 1024;
// For the peer of a stream to end, after all has been sent.
constexpr duration close_patience = 2;
constexpr duration progress_pause = 1;

constexpr std::int64_t forever = schedule::never;
// Of a run without an end, and without a number of messages.
constexpr std::uint64_t endless = std::uint64_t{1} << 60U;

std::int64_t later(std::int64_t time, duration by) noexcept {
    const std::int64_t length = by.nanoseconds();
    return length > forever - time ? forever : time + length;
}

}  // namespace

bench_load::bench_load(const bench_options& options, socket first, const deadline& connected_by,
                       report& out)
    : loop_(io::loop::current()),
      options_(options),
      first_(std::move(first)),
      where_(first_.getpeername()),
      connected_by_(connected_by),
      report_(out),
      connections_(options.connections),
      times_(options.connections * options.pipeline) {
    if (const auto set = try_prepare(first_); !set) throw stop_here(set.error(), phase::connecting);
    outcome_.transport = transport_name(first_);
    outcome_.remote = where_.str();
}

io::task<> bench_load::run() {
    io::signal_set signals{SIGINT, SIGTERM};
    co_await io::with_scope([&](io::scope& all) -> io::task<> {
        all_ = &all;
        all.spawn(watch_signals(signals));
        co_await connect_all();
        announce();
        begin_ = active_ = now();
        end_ = options_.length ? later(begin_, *options_.length) : forever;
        all.spawn(watch_progress());
        if (report_.has_live_line()) all.spawn(show_progress());
        if (options_.stream) all.spawn(close_late());
        co_await drive();
        all.cancel();
    });
    report_.live_line("");
    conclude();
}

// Connecting.

io::task<> bench_load::connect_all() {
    add(io::stream(std::move(first_)));
    asked_for_ = 1;
    const auto rest = [this]() -> io::task<> {
        co_await io::with_scope([this](io::scope& group) {
            const auto some = std::min(connecting_max, options_.connections - 1);
            for (std::size_t i = 0; i < some; ++i) group.spawn(connect_some());
        });
    };
    const bool in_time = co_await io::move_on_at(connected_by_, rest());
    if (!in_time)
        throw stop_here(exit_code::timed_out, fmt::format("only {} of {} connections in time",
                                                          connected_, options_.connections));
}

io::task<> bench_load::connect_some() {
    while (asked_for_ < options_.connections) {
        ++asked_for_;
        auto made = co_await dial_again(where_);
        if (made) {
            add(*std::move(made));
        } else {
            if (made.error().code() == errc::cancelled) co_return;
            outcome_.note("connect: " + made.error().code().message(), made.error().message());
        }
    }
}

void bench_load::add(io::stream line) {
    connection& c = connections_[connected_];
    c.number = connected_++;
    c.line = std::move(line);
    c.due = &times_[c.number * options_.pipeline];
}

void bench_load::announce() {
    outcome_.connections = connected_;
    report_.event(
        "connected",
        {{"transport", outcome_.transport},
         {"remote", outcome_.remote},
         {"connections", connected_}},
        fmt::format("{} connections to {} {}", connected_, outcome_.transport, outcome_.remote));
}

// Beside the connections.

io::task<> bench_load::watch_signals(io::signal_set& signals) {
    outcome_.stopped_by = co_await signals.wait();
    all_->cancel();
}

// Silence is counted from what happened last, as long as something is awaited.
io::task<> bench_load::watch_progress() {
    for (;;) {
        const bool waits = options_.stream || outstanding() > 0;
        const auto limit = later(waits ? active_ : now(), options_.patience);
        if (now() >= limit) break;
        co_await io::sleep_until(deadline::at(limit));
    }
    outcome_.is_silent = true;
    all_->cancel();
}

io::task<> bench_load::show_progress() {
    for (progress_meter meter;;) {
        co_await io::sleep(progress_pause);
        const auto length = duration::from_nanoseconds(now() - begin_);
        report_.live_line(progress_line(outcome_, length, meter.rate(outcome_.messages, length)));
    }
}

// A peer that does not end after the stream has: all it has to say it could have said.
io::task<> bench_load::close_late() {
    co_await all_sent_.wait();
    co_await io::sleep(close_patience);
    all_->cancel();
}

// The connections.

// Where every connection begins in the pattern: not where the others do.
std::string_view bench_load::bytes_of(const connection& c, std::uint64_t from,
                                      std::size_t size) const noexcept {
    return pattern_.at(c.number * pattern_step + from, size);
}

io::task<> bench_load::drive() {
    co_await io::with_scope([this](io::scope& group) {
        for (std::size_t i = 0; i < connected_; ++i) {
            connection& c = connections_[i];
            if (may_alternate()) {
                group.spawn(alternate(c));
            } else {
                group.spawn(send(c));
                group.spawn(receive(c));
            }
        }
        sending_ = connected_;
    });
}

// When a message is due; without a rate, at any time.
std::int64_t bench_load::due(const connection& c, std::uint64_t message) const noexcept {
    if (!options_.rate) return begin_;
    const auto after = schedule(*options_.rate).due(message * connected_ + c.number);
    return later(begin_, duration::from_nanoseconds(after));
}

bool bench_load::may_begin(const connection& c, std::int64_t time) const noexcept {
    if (c.has_failed || time >= end_ || due(c, c.begun) >= end_) return false;
    return !options_.messages || outcome_.begun < *options_.messages;
}

// So little is outstanding that the kernel's buffers hold all of it: the server never waits for us
// to receive, and we never wait long for it to take what we send.
bool bench_load::may_alternate() const noexcept {
    return !options_.rate && !options_.stream && options_.size <= alternating_max &&
           options_.pipeline <= alternating_max / options_.size;
}

// What came with one receive begins the next messages, which go out together.
io::task<> bench_load::alternate(connection& c) {
    for (auto time = now();; time = active_) {
        begin_messages(c, time);
        if (c.begun == c.finished) break;
        if (const auto size = c.begun * options_.size - c.sent; size != 0) {
            const auto sent = co_await c.line.try_sendall(bytes_of(c, c.sent, size));
            if (!sent) co_return ended(c, &sent.error());
            c.sent += size;
            outcome_.sent += size;
        }
        auto data = co_await c.line.try_recv();
        if (!data) co_return ended(c, &data.error());
        if (data->empty()) co_return ended(c, nullptr);
        if (!take(c, data->text())) co_return;
    }
    sender_ended(c);
}

io::task<> bench_load::send(connection& c) {
    for (;;) {
        while (c.begun - c.finished == options_.pipeline && !c.has_failed) {
            c.answered.clear();
            co_await c.answered.wait();
        }
        auto time = now();
        if (!may_begin(c, time)) break;
        if (const auto next = due(c, c.begun); next > time) {
            co_await io::sleep_until(deadline::at(next));
            time = now();
        }
        begin_messages(c, time);
        for (const auto until = c.begun * options_.size; c.sent < until;) {
            const auto piece = bytes_of(c, c.sent, until - c.sent);
            const auto sent = co_await c.line.try_sendall(piece);
            if (!sent) co_return ended(c, &sent.error());
            c.sent += piece.size();
            outcome_.sent += piece.size();
        }
        if (options_.stream && c.finished < c.begun) message_sent(c);
    }
    sender_ended(c);
    if (!options_.stream) co_return;
    if (const auto told = co_await c.line.try_shutdown(SHUT_WR); !told) ended(c, &told.error());
}

// All that the pipeline has room for and the schedule has due. With a rate a message's time is that
// at which it was due, not that at which it could be sent: otherwise a server that stands still
// would be asked less and would look the better for it.
void bench_load::begin_messages(connection& c, std::int64_t time) {
    if (outstanding() == 0) active_ = time;
    while (c.begun - c.finished < options_.pipeline && may_begin(c, time)) {
        const auto when = due(c, c.begun);
        if (when > time) break;
        c.due[c.begun % options_.pipeline] = options_.rate ? when : time;
        ++c.begun;
        ++outcome_.begun;
    }
}

// Of a stream that is all that is asked of a message.
void bench_load::message_sent(connection& c) {
    active_ = now();
    ++c.finished;
    ++outcome_.messages;
}

void bench_load::sender_ended(connection& c) {
    c.is_over = true;
    if (--sending_ == 0) all_sent_.set();
    // The receiver, which waits for nothing, ends by it.
    if (!options_.stream && c.begun == c.finished) c.line.reset();
}

io::task<> bench_load::receive(connection& c) {
    for (;;) {
        auto data = co_await c.line.try_recv();
        if (!data) co_return ended(c, &data.error());
        if (data->empty()) co_return ended(c, nullptr);
        if (!take(c, data->text())) co_return;
        if (c.is_over && !options_.stream && c.begun == c.finished) co_return;
    }
}

bool bench_load::take(connection& c, std::string_view data) {
    outcome_.received += data.size();
    active_ = now();
    if (options_.stream) return true;
    if (!is_echo(c, data)) return false;
    c.received += data.size();
    finish_messages(c, active_);
    if (c.begun - c.finished < options_.pipeline) c.answered.set();
    return true;
}

bool bench_load::is_echo(connection& c, std::string_view data) {
    if (c.received + data.size() > c.begun * options_.size) {
        fail(c, "more came back than was sent",
             fmt::format("connection {} got back more than the {} bytes that it sent", c.number,
                         c.begun * options_.size));
        return false;
    }
    const auto sent = bytes_of(c, c.received, data.size());
    if (data == sent) return true;
    const auto at = std::ranges::mismatch(data, sent).in1 - data.begin();
    const auto byte = [&](std::string_view of) {
        return static_cast<unsigned char>(of[static_cast<std::size_t>(at)]);
    };
    fail(
        c, "the echo differs",
        fmt::format("the echo differs: on connection {} byte {} came back as {:#04x} and was sent "
                    "as {:#04x}",
                    c.number, c.received + static_cast<std::uint64_t>(at), byte(data), byte(sent)));
    return false;
}

void bench_load::finish_messages(connection& c, std::int64_t time) {
    for (const auto whole = c.received / options_.size; c.finished < whole; ++c.finished) {
        outcome_.latencies.add(time - c.due[c.finished % options_.pipeline]);
        ++outcome_.messages;
    }
}

// How a connection went: by a failure, or by the peer's end.
void bench_load::ended(connection& c, const failure* why) {
    const bool is_done = c.is_over && c.begun == c.finished;
    if (c.has_failed || (is_done && (why == nullptr || !options_.stream))) return;
    if (why == nullptr)
        fail(c, "closed by the peer",
             fmt::format("the peer closed connection {} with {} of its messages outstanding",
                         c.number, c.begun - c.finished));
    else if (why->code() != errc::cancelled)
        fail(c, why->code().message(), why->message());
}

void bench_load::fail(connection& c, const std::string& kind, const std::string& detail) {
    outcome_.note(kind, detail);
    outcome_.lost += c.begun - c.finished;
    c.has_failed = true;
    if (!c.is_over) {
        c.is_over = true;
        if (--sending_ == 0) all_sent_.set();
    }
    c.line.reset();
    c.answered.set();
}

// The end.

void bench_load::conclude() {
    if (begin_ == 0) return;
    const auto time = now();
    const bool early = outcome_.stopped_by != 0 || outcome_.is_silent;
    std::int64_t last = early ? time : active_;
    if (options_.rate) {
        const auto due = due_until(early ? std::min(end_, time) : end_);
        if (due > outcome_.begun) outcome_.unsent = due - outcome_.begun;
        // The schedule counts to its end, and not to its last message.
        if (!early)
            last =
                std::max(last, later(begin_, duration(static_cast<double>(due) / *options_.rate)));
    }
    outcome_.length = duration::from_nanoseconds(last - begin_);
}

// How many messages the rate has due before then, of those that there are to be.
std::uint64_t bench_load::due_until(std::int64_t time) const noexcept {
    const auto length = time == forever ? forever : time - begin_;
    return schedule(*options_.rate).count_before(length, options_.messages.value_or(endless));
}

}  // namespace priz::cli
