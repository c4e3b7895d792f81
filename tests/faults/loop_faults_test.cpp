// What a loop asks of the kernel beside the calls of its verbs, which are core's: its own
// descriptors, signals, the places where servers are handed over, its threads.
#include <signal.h>
#include <priz/io.hpp>

#include <atomic>

#include "scene.hpp"

namespace faults {
namespace {

namespace io = priz::io;

constexpr io::run_options on_epoll{.backend = io::backend_kind::epoll};

// A loop on epoll, its beginning and its end included, in which `body()` is run.
template <class Body>
outcome in_loop(stage& now, Body body) {
    return now([&]() -> outcome {
        try {
            io::run(body(), on_epoll);
            return std::nullopt;
        } catch (const priz::error& thrown) {
            return thrown.why();
        }
    });
}

io::task<> nothing() { co_return; }

io::task<> wait_for_a_signal() {
    io::signal_set set(SIGUSR1);
    co_await io::yield();
}

io::task<> stand_at(const std::string& path) {
    io::handover_point point(path);
    co_await io::yield();
}

// A folder, gone in the end with what is left in it.
struct folder {
    folder() { EXPECT_NE(::mkdtemp(name.data()), nullptr); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() {
        ::unlink(path().c_str());
        ::rmdir(name.c_str());
    }
    std::string path() const { return name + "/door"; }

    std::string name = "/tmp/priz-faults-XXXXXX";
};

outcome handing_over(stage& now) {
    const folder here;
    const std::string path = here.path();
    return in_loop(now, [&] { return stand_at(path); });
}

outcome writing(stage& now) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    priz::unique_fd from(ends[0]);
    priz::unique_fd to(ends[1]);
    return in_loop(now, [&]() -> io::task<> {
        io::descriptor d(std::move(to));
        co_await d.write("x");
    });
}

outcome several_loops(stage& now) {
    std::atomic<int> loops = 0;
    const outcome came = now([&]() -> outcome {
        try {
            io::run(
                0,
                [&]() -> io::task<> {
                    ++loops;
                    return nothing();
                },
                on_epoll);
            return std::nullopt;
        } catch (const priz::error& thrown) {
            return thrown.why();
        }
    });
    EXPECT_TRUE(came || loops >= 1);
    return came;
}

}  // namespace

std::vector<scenario> loop_scenarios() {
    // Without harm: a descriptor that is gone all the same, a wait that found nothing, a wake-up.
    const std::set<std::string> of_no_matter{"close", "epoll_wait", "epoll_pwait2", "write"};
    const auto and_also = [&](std::set<std::string> more) {
        more.insert(of_no_matter.begin(), of_no_matter.end());
        return more;
    };
    return {
        {"loop", [](stage& now) { return in_loop(now, nothing); }, of_no_matter},
        {"loop_with_signals", [](stage& now) { return in_loop(now, wait_for_a_signal); },
         and_also({"pthread_sigmask", "read", "epoll_ctl"})},
        // What is not taken away is refused by who asks there, as nothing would be.
        {"loop_with_a_handover", handing_over,
         and_also({"unlink", "lstat", "setsockopt", "getsockopt"})},
        {"loop_that_writes", writing, {"close", "epoll_wait", "fcntl"}},
        {"loops_of_threads", several_loops,
         and_also({"sched_getaffinity", "pthread_sigmask", "eventfd"})},
    };
}

namespace {

class loop_faults : public testing::TestWithParam<scenario> {};

TEST_P(loop_faults, strike_every_call_without_loss_or_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(loops, loop_faults, testing::ValuesIn(loop_scenarios()), test_name);

}  // namespace
}  // namespace faults
