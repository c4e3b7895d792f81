// promises.hpp: the promises of streams, one function for each, and the vocabulary they are written
// in.
//
// A promise's function makes the pairs that it needs, throws `broken` where the promise is, and
// leaves everything that goes wrong otherwise to its caller. They know when a verb waits by letting
// the loop turn a few times (settle): a verb that has ended by then was not waiting, and for a verb
// that is slower than that a scenario is less sharp, but no check fails.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"
#include "priz/testing/check_stream.hpp"

namespace priz::testing::detail {

struct promise {
    const char* sentence;
    io::task<> (*check)(stream_source& source, const check_options& options);
};

std::span<const promise> transfer_promises() noexcept;
std::span<const promise> ending_promises() noexcept;
std::span<const promise> waiting_promises() noexcept;
std::span<const promise> cancelling_promises() noexcept;

class broken : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* instead) {
    if (!holds) throw broken(instead);
}
// A verb was to end with that cause.
void require_cause(std::error_code got, std::error_code wanted, const char* verb);
inline std::error_code os(int error) noexcept { return {error, std::system_category()}; }
bool is_reset(std::error_code code) noexcept;  // or a broken pipe

// Bytes of which no two stretches are alike, so that none can be lost, doubled or exchanged
// unnoticed.
bytes pattern(std::size_t size, std::size_t from = 0);
// Says where the two part.
void require_same(const bytes& got, const bytes& wanted);

// Lets everything happen that needs no time.
io::task<> settle();

// What comes until the end, which is not more than `most`.
io::task<bytes> receive_all(io::stream& from, std::size_t most = 4096);
io::task<bytes> receive(io::stream& from, std::size_t size);
io::task<> send_and_end(io::stream& to, bytes_view all);

// What became of a verb.
struct outcome {
    bool has_ended = false;
    std::error_code code;
    std::size_t count = 0;  // its value, or how much was transferred before it failed
    bytes data;
};

// Awaits a try_ verb.
template <class Verb>
io::task<> record(Verb verb, outcome& to) {
    auto got = co_await verb;
    using value = typename decltype(got)::value_type;
    to.has_ended = true;
    if (!got) {
        to.code = got.error().code();
        to.count = got.error().transferred();
    } else if constexpr (std::is_same_v<value, io::chunk>) {
        to.data = got->copy();
        to.count = got->size();
    } else if constexpr (!std::is_void_v<value>) {
        to.count = *got;
    }
}

// Cancels a try_ verb once it has had time to get to where it waits.
template <class Verb>
io::task<outcome> cancel_when_settled(Verb verb) {
    outcome got;
    auto body = [&](io::scope& group) -> io::task<> {
        group.spawn(record(std::move(verb), got));
        co_await settle();
        group.cancel();
    };
    co_await io::with_scope(body);
    co_return got;
}

// Awaits a try_ verb in a scope that was cancelled before.
template <class Verb>
io::task<outcome> run_cancelled(Verb verb) {
    outcome got;
    auto body = [&](io::scope& group) {
        group.cancel();
        group.spawn(record(std::move(verb), got));
    };
    co_await io::with_scope(body);
    co_return got;
}

}  // namespace priz::testing::detail
