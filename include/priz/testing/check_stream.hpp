// priz/testing/check_stream.hpp: whether a stream keeps every promise of priz/io/stream.hpp.
//
//     co_await testing::check_stream([] { return testing::memory_pair(); },
//                                    [] { return testing::memory_pair({.capacity = 10}); });
//
// For those who make streams of their own: a transport, a layer over another stream, a simulated
// network. The kit makes pair after pair of connected streams and puts each promise to the test:
// transfers small and large, the end of a stream, half-closed streams, resets, backpressure, verbs
// that are busy, cancelled or overtaken by a deadline, fairness. It knows nothing of how the
// streams work, runs on any loop and needs no real time, save where a promise is broken and
// something waits that should not.
//
// Elsewhere: streams in memory (memory_stream.hpp), virtual time (run.hpp). Python:
// trio.testing.check_half_closeable_stream()
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "priz/duration.hpp"
#include "priz/export.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::testing {

// Two streams, connected with each other.
using stream_pair = std::pair<io::stream, io::stream>;

// A promise that was not kept. what() is the promise, and what happened instead.
class PRIZ_API check_failed : public std::logic_error {
public:
    check_failed(const char* promise, const std::string& instead)
        : std::logic_error("a stream promises: " + std::string(promise) + "; but " + instead),
          promise_(promise) {}
    const char* promise() const noexcept { return promise_; }

private:
    const char* promise_;
};

struct check_options {
    // How long one promise may take, by the loop's clock. What takes longer is taken to wait for
    // ever.
    duration patience = 30;

    // How many bytes a large transfer has. Those over a clogged pair have a quarter of it, and have
    // to be more than such a pair holds.
    std::size_t bulk = std::size_t{1} << 20;
};

namespace detail {

class PRIZ_API stream_source {
public:
    virtual io::task<stream_pair> make() = 0;
    virtual io::task<stream_pair> make_clogged() = 0;

protected:
    ~stream_source() = default;
};

PRIZ_API io::task<stream_pair> pair_task(stream_pair made);

template <class Make>
io::task<stream_pair> pair_of(Make& make) {
    if constexpr (std::is_same_v<std::invoke_result_t<Make&>, io::task<stream_pair>>)
        return make();
    else
        return pair_task(make());
}

template <class Make, class MakeClogged>
class stream_source_of final : public stream_source {
public:
    stream_source_of(Make usual, MakeClogged clogged)
        : make_(std::move(usual)), make_clogged_(std::move(clogged)) {}
    io::task<stream_pair> make() override { return pair_of(make_); }
    io::task<stream_pair> make_clogged() override { return pair_of(make_clogged_); }

private:
    Make make_;
    MakeClogged make_clogged_;
};

PRIZ_API io::task<> check_stream(stream_source& source, check_options options);

}  // namespace detail

// Checks all promises, in their order. `make()` gives a fresh pair, as a value or as a task;
// `make_clogged()` one whose ends hold few bytes (less than a quarter of options.bulk), so that a
// send soon waits for the peer to receive.
//
// Errors:        check_failed at the first promise that is not kept.
// Cancellation:  ends the check.
template <class Make, class MakeClogged>
io::task<> check_stream(Make make, MakeClogged make_clogged, check_options options = {}) {
    static_assert(
        io::detail::may_be_awaited_with<Make> && io::detail::may_be_awaited_with<MakeClogged>,
        "this compiler destroys captures twice in a co_await expression: capture by reference");
    detail::stream_source_of<Make, MakeClogged> source(std::move(make), std::move(make_clogged));
    co_await detail::check_stream(source, options);
}

}  // namespace priz::testing
