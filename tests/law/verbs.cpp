// The verbs that scenarios use, each cancelled in one of the ways in which a program can do that.
#include <cerrno>
#include <utility>

#include "priz/error.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::size_t ways = 6;

// What became of a try_ verb: its value, or nothing when it ended as it was meant to; throws
// whatever else ended it, and be it that all of the program is cancelled.
template <class T>
std::optional<T> value_unless(priz::errc ended, priz::result<T> got) {
    if (got) return std::move(*got);
    if (got.error().code() != ended) got.error().raise();
    return std::nullopt;
}

template <class Verb, class T>
io::task<> keep(Verb verb, std::optional<priz::result<T>>& kept) {
    kept.emplace(co_await std::move(verb));
}

// Lets others go on that many times, which takes no time.
io::task<> yields(std::size_t count) {
    for (; count > 0; --count) co_await io::yield();
}

// Cancels the scope around a try_ verb: after a time, or at the same instant.
template <class T, class Verb, class When>
io::task<std::optional<priz::result<T>>> cancelled_after(Verb verb, When when) {
    std::optional<priz::result<T>> kept;
    auto body = [&](io::scope& group) -> io::task<> {
        group.spawn(keep<Verb, T>(std::move(verb), kept));
        co_await std::move(when);
        group.cancel();
    };
    co_await io::with_scope(body);
    co_return kept;
}

// Lets it race against that; a loser's result counts.
template <class T, class Verb, class When>
io::task<std::optional<T>> before(Verb verb, When when) {
    auto ended = co_await io::when_any(std::move(verb), std::move(when));
    if (auto& got = std::get<0>(ended.results)) co_return std::move(*got);
    if (!ended.errors.empty()) std::rethrow_exception(ended.errors.front());
    co_return std::nullopt;
}

// `throwing` and `trying` make the verb and its try_ twin.
template <class T, class Throwing, class Trying>
io::task<std::optional<T>> within(trial& t, duration limit, Throwing throwing, Trying trying) {
    switch (t.below(ways)) {
        case 0: {
            std::optional<T> got = co_await io::move_on_after(limit, throwing());
            co_return got;
        }
        case 1: {
            priz::result<T> got = co_await io::fail_after(limit, trying());
            co_return value_unless(priz::errc::timed_out, std::move(got));
        }
        case 2: {
            std::optional<T> got = co_await before<T>(throwing(), io::sleep(limit));
            co_return got;
        }
        case 3: {
            std::optional<T> got = co_await before<T>(throwing(), yields(t.below(6)));
            co_return got;
        }
        case 4: {
            auto got = co_await cancelled_after<T>(trying(), yields(t.below(6)));
            if (!got) co_return std::nullopt;
            co_return value_unless(priz::errc::cancelled, *std::move(got));
        }
        default: {
            auto got = co_await cancelled_after<T>(trying(), io::sleep(limit));
            if (!got) co_return std::nullopt;
            co_return value_unless(priz::errc::cancelled, *std::move(got));
        }
    }
}

template <class Throwing, class Trying>
io::task<std::optional<std::string>> chunk_within(trial& t, duration limit, Throwing throwing,
                                                  Trying trying) {
    const auto got = co_await within<io::chunk>(t, limit, throwing, trying);
    if (!got) co_return std::nullopt;
    co_return std::string(got->text());
}

io::task<std::optional<std::string>> recv_into_within(trial& t, io::stream& s, duration limit) {
    std::string target(t.between(1, 3000), 0);
    const auto got = co_await within<std::size_t>(
        t, limit, [&] { return s.recv_into(target); }, [&] { return s.try_recv_into(target); });
    if (!got) co_return std::nullopt;
    target.resize(*got);
    co_return target;
}

// Cut short, it says how much has come.
io::task<std::optional<std::string>> recv_exactly_within(trial& t, io::stream& s, duration limit) {
    std::string target(t.between(1, 3000), 0);
    const auto got = co_await io::fail_after(limit, s.try_recv_exactly_into(target));
    if (got) co_return target;
    const priz::failure& why = got.error();
    target.resize(why.transferred());
    if (why.code() == priz::errc::end_of_stream) co_return target;
    if (why.code() != priz::errc::timed_out) why.raise();
    if (target.empty()) co_return std::nullopt;
    co_return target;
}

io::task<std::optional<std::string>> recv_some(trial& t, io::stream& s, duration limit) {
    const std::size_t size = t.happens(0.5) ? 65536 : t.between(1, 2000);
    switch (t.below(4)) {
        case 0: {
            auto got = co_await recv_into_within(t, s, limit);
            co_return got;
        }
        case 1: {
            auto got = co_await recv_exactly_within(t, s, limit);
            co_return got;
        }
        default: {
            auto got = co_await chunk_within(
                t, limit, [&] { return s.recv(size); }, [&] { return s.try_recv(size); });
            co_return got;
        }
    }
}

// Buffers that have run out are a reason to try again.
std::size_t sent_in_spite_of(const priz::failure& why) {
    const bool may_go_on = why.code() == priz::errc::timed_out ||
                           why.code() == priz::errc::cancelled || is_system(why, ENOBUFS);
    if (!may_go_on) why.raise();
    return why.transferred();
}

io::task<std::size_t> sendall_cut_by_scope(io::stream& s, priz::bytes_view all, duration limit) {
    const auto got = co_await cancelled_after<void>(s.try_sendall(all), io::sleep(limit));
    if (!got) co_return 0;
    if (!*got) co_return sent_in_spite_of(got->error());
    co_return all.size();
}

io::task<std::size_t> sendall_cut_by_deadline(io::stream& s, priz::bytes_view all, duration limit) {
    std::size_t sent = all.size();
    try {
        co_await io::fail_after(limit, s.sendall(all));
    } catch (const priz::error& why) {
        sent = sent_in_spite_of(why.why());
    }
    co_return sent;
}

io::task<std::size_t> send_somehow(trial& t, io::stream& s, priz::bytes_view all, duration limit) {
    const priz::bytes_view first(all.data(), t.between(1, all.size()));
    std::size_t sent = 0;
    switch (t.below(4)) {
        case 0:
            sent = co_await sendall_cut_by_scope(s, first, limit);
            co_return sent;
        case 1: {
            const auto got = co_await within<std::size_t>(
                t, limit, [&] { return s.send(first); }, [&] { return s.try_send(first); });
            co_return got.value_or(0);
        }
        case 2: {
            const std::size_t half = first.size() / 2;
            const priz::bytes_view parts[] = {{first.data(), half}, first.subview(half)};
            const auto got = co_await within<std::size_t>(
                t, limit, [&] { return s.sendmsg(parts); }, [&] { return s.try_sendmsg(parts); });
            co_return got.value_or(0);
        }
        default:
            sent = co_await sendall_cut_by_deadline(s, first, limit);
            co_return sent;
    }
}

io::task<std::size_t> send_some(trial& t, io::stream& s, priz::bytes_view all, duration limit) {
    std::size_t sent = 0;
    try {
        sent = co_await send_somehow(t, s, all, limit);
    } catch (const priz::error& why) {
        sent = sent_in_spite_of(why.why());
    }
    co_return sent;
}

io::task<std::optional<io::accepted>> accept_some(trial& t, io::listener& from, duration limit) {
    auto got = co_await within<io::accepted>(
        t, limit, [&] { return from.accept(); }, [&] { return from.try_accept(); });
    co_return got;
}

io::task<std::optional<message>> recvfrom_into_within(trial& t, io::datagram& d, duration limit) {
    std::string target(2000, 0);
    const auto got = co_await within<priz::datagram_size>(
        t, limit, [&] { return d.recvfrom_into(target); },
        [&] { return d.try_recvfrom_into(target); });
    if (!got) co_return std::nullopt;
    target.resize(got->size);
    message made{target, got->from};
    co_return made;
}

io::task<std::optional<message>> recvfrom_some(trial& t, io::datagram& d, duration limit) {
    if (t.happens(0.5)) {
        auto got = co_await recvfrom_into_within(t, d, limit);
        co_return got;
    }
    const auto got = co_await within<io::packet>(
        t, limit, [&] { return d.recvfrom(); }, [&] { return d.try_recvfrom(); });
    if (!got) co_return std::nullopt;
    message made{std::string(got->data.text()), got->from};
    co_return made;
}

io::task<std::optional<std::string>> read_some(trial& t, io::reader& in, duration limit) {
    const std::size_t size = t.between(1, 2000);
    std::optional<priz::bytes> got;
    switch (t.below(3)) {
        case 0:
            got = co_await within<priz::bytes>(
                t, limit, [&] { return in.readline(); }, [&] { return in.try_readline(); });
            break;
        case 1:
            got = co_await within<priz::bytes>(
                t, limit, [&] { return in.read1(size); }, [&] { return in.try_read1(size); });
            break;
        default:
            got = co_await within<priz::bytes>(
                t, limit, [&] { return in.read(size); }, [&] { return in.try_read(size); });
    }
    if (!got) co_return std::nullopt;
    co_return std::string(got->begin(), got->end());
}

io::task<std::size_t> write_some(trial& t, io::writer& out, priz::bytes_view all, duration limit) {
    const priz::bytes_view first(all.data(), t.between(1, all.size()));
    priz::result<void> done;
    if (t.happens(0.5)) {
        done = co_await io::fail_after(limit, out.try_write(first));
    } else {
        const auto kept = co_await cancelled_after<void>(out.try_write(first), io::sleep(limit));
        if (!kept) co_return 0;
        done = *kept;
    }
    if (!done) co_return sent_in_spite_of(done.error());
    co_return first.size();
}

}  // namespace

const verbs as_they_are = {recv_some, send_some, accept_some, recvfrom_some, read_some, write_some};

}  // namespace law
