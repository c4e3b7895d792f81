// What a server makes of accept(2)'s errors, in virtual time: a listener that has them in store.
#include "io/serving.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <deque>
#include <utility>

#include "io/io_test_support.hpp"
#include "priz/error.hpp"
#include "priz/io/serve.hpp"

namespace priz::io {
namespace {

using detail::endpoint;
using detail::transport;

// The end of every stream: what a handler receives.
class ended_connection final : public transport {
public:
    std::ptrdiff_t recvmsg(endpoint&, ::msghdr&, int) noexcept override { return 0; }
    std::ptrdiff_t sendmsg(endpoint&, const ::msghdr&, int) noexcept override { return -EPIPE; }
    int shutdown(endpoint&, int) noexcept override { return 0; }
    void close(endpoint&) noexcept override {}
};

// Gives what it was told to, one after the other: an error, or with 0 a connection.
class troubled_listener final : public transport {
public:
    explicit troubled_listener(std::deque<int> outcomes) : outcomes_(std::move(outcomes)) {}

    std::ptrdiff_t recvmsg(endpoint&, ::msghdr&, int) noexcept override { return -ENOTCONN; }
    std::ptrdiff_t sendmsg(endpoint&, const ::msghdr&, int) noexcept override { return -EPIPE; }
    int shutdown(endpoint&, int) noexcept override { return 0; }
    void close(endpoint&) noexcept override {}
    int accept(endpoint& e, endpoint*& made, address&) noexcept override {
        if (outcomes_.empty()) return -EAGAIN;
        const int next = std::exchange(outcomes_.front(), 0);
        outcomes_.pop_front();
        if (next != 0) return -next;
        made = &e.loop->new_endpoint(0, &connection_);
        return 0;
    }

private:
    std::deque<int> outcomes_;
    ended_connection connection_;
};

struct course {
    serve_statistics seen;
    double seconds = 0;
    int cause = 0;  // of the server's end
};

// Serves what the listener gives, until that many handlers have run.
course serve_all(std::deque<int> outcomes, int handlers) {
    course run;
    troubled_listener troubled(std::move(outcomes));
    run_virtually([&]() -> task<> {
        server web;
        serve_options options;
        options.control = &web;
        options.signals = {};
        options.nodelay = false;  // otherwise what is there at the beginning is taken at once
        options.notify_service_manager = false;
        const auto handler = [&](stream s) -> task<> {
            EXPECT_TRUE((co_await s.recv()).empty());
            if (--handlers == 0) web.drain();
        };
        listener from(&detail::this_loop_core().new_endpoint(0, &troubled));
        try {
            co_await serve(std::move(from), handler, options);
        } catch (const error& why) {
            run.cause = why.why().code().value();
        }
        run.seen = web.statistics();
        run.seconds = seconds_passed();
    }());
    return run;
}

TEST(serving, goes_on_after_connections_that_were_gone_before_they_were_accepted) {
    const course run = serve_all({ECONNABORTED, 0, EPROTO, EPERM, ECONNABORTED, 0}, 2);
    EXPECT_EQ(run.seen.accepted, 2U);
    EXPECT_EQ(run.seen.aborted, 4U);
    EXPECT_EQ(run.seen.shortages, 0U);
    EXPECT_EQ(run.seen.failed, 0U);
    EXPECT_EQ(run.seconds, 0);
}

TEST(serving, is_interrupted_by_no_signal) {
    const course run = serve_all({EINTR, 0, EINTR, EINTR, 0}, 2);
    EXPECT_EQ(run.seen.accepted, 2U);
    EXPECT_EQ(run.seen.aborted, 0U);
    EXPECT_EQ(run.seconds, 0);
}

TEST(serving, waits_a_while_when_something_has_run_out) {
    const course run = serve_all({0, EMFILE, ENFILE, 0, ENOBUFS, ENOMEM, 0}, 3);
    EXPECT_EQ(run.seen.accepted, 3U);
    EXPECT_EQ(run.seen.shortages, 4U);
    EXPECT_EQ(run.seen.failed, 0U);
    EXPECT_GT(run.seconds, 0);
    EXPECT_LE(run.seconds, 4 * 0.1);
}

TEST(serving, does_not_turn_in_circles_when_every_connection_is_gone) {
    std::deque<int> outcomes(1000, ECONNABORTED);
    outcomes.push_back(0);
    const course run = serve_all(std::move(outcomes), 1);
    EXPECT_EQ(run.seen.aborted, 1000U);
    EXPECT_EQ(run.seen.accepted, 1U);
    EXPECT_GT(run.seconds, 1);
}

TEST(serving, ends_when_its_listener_is_none) {
    const course run = serve_all({0, EBADF}, 2);
    EXPECT_EQ(run.cause, EBADF);
    EXPECT_EQ(run.seen.accepted, 1U);
}

}  // namespace
}  // namespace priz::io
