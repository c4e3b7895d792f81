// What setting a timer and cancelling it costs, among so many that stay: priz beside Asio and
// libuv, in one program.
//
//     timers_bench --benchmark_enable_random_interleaving=true --benchmark_repetitions=20
//                  --benchmark_report_aggregates_only=true
//
// `late` is given a moment after that of all others, `soon` one before it, of which Asio tells the
// kernel each time; `after` is given a span as soon, and reads the clock as programs do (libuv
// reads it once a turn of its loop). In priz a timer is the deadline around an awaited verb, in
// Asio and libuv an object that a callback is given to.
#include <benchmark/benchmark.h>
#include <priz/io.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <vector>

#ifdef PRIZ_BENCH_ASIO
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#endif
#ifdef PRIZ_BENCH_LIBUV
#include <uv.h>
#endif

namespace {

namespace io = priz::io;

// Seconds from now: the others stand from an hour on, one a second.
constexpr std::int64_t a_minute = 60;
constexpr std::int64_t an_hour = 3600;
constexpr std::int64_t a_month = 30 * 24 * an_hour;

// A verb that need not wait, so that nothing but its deadline is measured.
struct done_at_once {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

io::task<> sleep_for_long(std::int64_t more) { co_await io::sleep(priz::duration(an_hour + more)); }

template <class Body>
void among_others(benchmark::State& state, Body body) {
    const auto main = [](benchmark::State& of, Body& measured) -> io::task<> {
        co_await io::with_scope([&](io::scope& others) -> io::task<> {
            for (std::int64_t i = 0; i < of.range(0); ++i) others.spawn(sleep_for_long(i));
            co_await io::yield();
            co_await measured(of);
            others.cancel();
        });
    };
    io::run(main(state, body));
}

void priz_at(benchmark::State& state, std::int64_t from_now) {
    among_others(state, [from_now](benchmark::State& of) -> io::task<> {
        const priz::deadline until =
            priz::deadline::at(io::loop::current().now().monotonic_ns() + from_now * 1'000'000'000);
        for (auto _ : of) co_await io::fail_at(until, done_at_once());
    });
}

void priz_late(benchmark::State& state) { priz_at(state, a_month); }
void priz_soon(benchmark::State& state) { priz_at(state, a_minute); }

void priz_after(benchmark::State& state) {
    among_others(state, [](benchmark::State& of) -> io::task<> {
        for (auto _ : of) co_await io::fail_after(a_minute, done_at_once());
    });
}

#ifdef PRIZ_BENCH_ASIO
// What was cancelled is told to its handler when the context runs; so often as a busy loop would.
constexpr int cancelled_in_a_row = 64;

template <class Set>
void asio_timers(benchmark::State& state, Set set) {
    asio::io_context context(1);
    std::vector<asio::steady_timer> others;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        others.emplace_back(context, std::chrono::seconds(an_hour + i));
        others.back().async_wait([](const asio::error_code&) {});
    }
    asio::steady_timer one(context);
    int in_a_row = 0;
    for (auto _ : state) {
        set(one);
        one.async_wait([](const asio::error_code&) {});
        one.cancel();
        if (++in_a_row % cancelled_in_a_row == 0) context.poll();
    }
    for (asio::steady_timer& each : others) each.cancel();
    context.poll();
}

void asio_at(benchmark::State& state, std::int64_t from_now) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(from_now);
    asio_timers(state, [until](asio::steady_timer& one) { one.expires_at(until); });
}

void asio_late(benchmark::State& state) { asio_at(state, a_month); }
void asio_soon(benchmark::State& state) { asio_at(state, a_minute); }

void asio_after(benchmark::State& state) {
    asio_timers(state,
                [](asio::steady_timer& one) { one.expires_after(std::chrono::seconds(a_minute)); });
}
#endif

#ifdef PRIZ_BENCH_LIBUV
void libuv_timers(benchmark::State& state, std::uint64_t from_now) {
    constexpr std::uint64_t ms_per_s = 1000;
    uv_loop_t loop;
    uv_loop_init(&loop);
    const auto nothing = [](uv_timer_t*) {};
    std::vector<uv_timer_t> others(static_cast<std::size_t>(state.range(0)));
    std::uint64_t more = 0;
    for (uv_timer_t& each : others) {
        uv_timer_init(&loop, &each);
        uv_timer_start(&each, nothing, (an_hour + more++) * ms_per_s, 0);
    }
    uv_timer_t one;
    uv_timer_init(&loop, &one);
    for (auto _ : state) {
        uv_timer_start(&one, nothing, from_now * ms_per_s, 0);
        uv_timer_stop(&one);
    }
    for (uv_timer_t& each : others) uv_close(reinterpret_cast<uv_handle_t*>(&each), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&one), nullptr);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

void libuv_late(benchmark::State& state) { libuv_timers(state, a_month); }
void libuv_soon(benchmark::State& state) { libuv_timers(state, a_minute); }
#endif

// So many timers stay; 1,000,000 are set and cancelled.
constexpr benchmark::IterationCount set_and_cancelled = 1'000'000;
constexpr std::int64_t few = 10;
constexpr std::int64_t many = 100'000;

#define TIMERS_BENCH(name) BENCHMARK(name)->Arg(few)->Arg(many)->Iterations(set_and_cancelled)
TIMERS_BENCH(priz_late);
TIMERS_BENCH(priz_soon);
TIMERS_BENCH(priz_after);
#ifdef PRIZ_BENCH_ASIO
TIMERS_BENCH(asio_late);
TIMERS_BENCH(asio_soon);
TIMERS_BENCH(asio_after);
#endif
#ifdef PRIZ_BENCH_LIBUV
TIMERS_BENCH(libuv_late);
TIMERS_BENCH(libuv_soon);
#endif

}  // namespace
