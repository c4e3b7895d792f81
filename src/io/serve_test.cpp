#include "priz/io/serve.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <latch>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include "priz/connect.hpp"
#include "priz/error.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/run.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {
namespace {

task<> echo(stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

// What a client sees of the server.
struct seen_server {
    address where;
    server& web;
    loop_handle home;

    priz::socket connect() const {
        priz::socket s = create_connection(where);
        s.settimeout(30);
        return s;
    }
    void drain() const {
        home.post([&w = web]() noexcept { w.drain(); });
    }
    void cancel() const {
        home.post([&w = web]() noexcept { w.cancel(); });
    }
};

std::string ask(priz::socket& s, const std::string& question) {
    s.sendall(question);
    return s.recv(1024);
}

using client = std::function<void(const seen_server&)>;

// Serves while `use` runs in a thread of its own, then drains.
template <class Handler>
serve_statistics serve_client(Handler handler, const client& use, serve_options options = {}) {
    server web;
    options.control = &web;
    const auto main = [&]() -> task<> {
        // Before the thread, so that it blocks them too.
        const signal_set blocked{SIGUSR1, SIGUSR2};
        listener from = listen("127.0.0.1:0");
        const seen_server seen{from.getsockname(), web, loop::current().handle()};
        std::jthread other([&] {
            use(seen);
            seen.drain();
        });
        co_await serve(std::move(from), std::ref(handler), options);
        other.join();
    };
    run(main());
    return web.statistics();
}

TEST(serve, every_connection_has_a_handler) {
    const auto counts = serve_client(echo, [](const seen_server& server) {
        priz::socket one = server.connect();
        priz::socket other = server.connect();
        EXPECT_EQ(ask(other, "to the second"), "to the second");
        EXPECT_EQ(ask(one, "to the first"), "to the first");
    });
    EXPECT_EQ(counts.accepted, 2U);
    EXPECT_EQ(counts.active, 0U);
    EXPECT_EQ(counts.failed, 0U);
}

TEST(serve, a_handler_may_ask_for_the_address_of_the_peer) {
    address told;
    const auto handler = [&](stream s, address remote) -> task<> {
        told = remote;
        co_await s.sendall("x");
    };
    address own;
    serve_client(handler, [&](const seen_server& server) {
        priz::socket s = server.connect();
        own = s.getsockname();
        s.recv(1);
    });
    EXPECT_EQ(told, own);
}

TEST(serve, what_a_handler_throws_ends_its_connection_and_no_other) {
    const auto handler = [](stream s) -> task<> {
        const auto data = co_await s.recv();
        if (data.text() == "fail") throw std::out_of_range("asked to");
        co_await s.sendall(data);
    };
    std::string told;
    const auto note = [&](const std::exception_ptr& why) {
        try {
            std::rethrow_exception(why);
        } catch (const std::out_of_range& thrown) {
            told += thrown.what();
        }
    };
    const auto counts = serve_client(handler,
                                     [](const seen_server& server) {
                                         priz::socket failing = server.connect();
                                         priz::socket other = server.connect();
                                         EXPECT_EQ(ask(failing, "fail"), "");
                                         EXPECT_EQ(ask(other, "fine"), "fine");
                                     },
                                     {.on_error = note});
    EXPECT_EQ(told, "asked to");
    EXPECT_EQ(counts.failed, 1U);
}

TEST(serve, a_handler_that_cannot_begin_is_a_failure_too) {
    const auto handler = [](stream) -> task<> { throw std::bad_alloc(); };
    const auto counts = serve_client(handler, [](const seen_server& server) {
        priz::socket s = server.connect();
        EXPECT_EQ(s.recv(1), "");
    });
    EXPECT_EQ(counts.failed, 1U);
    EXPECT_EQ(counts.active, 0U);
}

TEST(serve, beyond_the_limit_connections_wait_until_one_ends) {
    const auto counts = serve_client(echo,
                                     [](const seen_server& server) {
                                         priz::socket first = server.connect();
                                         EXPECT_EQ(ask(first, "1"), "1");
                                         priz::socket second = server.connect();
                                         second.sendall("2");
                                         EXPECT_EQ(ask(first, "again"), "again");
                                         second.settimeout(0);
                                         EXPECT_THROW(second.recv(1), blocking_io_error);
                                         second.settimeout(30);
                                         first.close();
                                         EXPECT_EQ(second.recv(1), "2");
                                     },
                                     {.connections_max = 1});
    EXPECT_EQ(counts.accepted, 2U);
    EXPECT_GE(counts.held, 1U);
}

// Says when the server drains, then serves one more question.
struct telling_handler {
    server* web = nullptr;

    task<> operator()(stream s) const {
        co_await s.sendall("hello");
        EXPECT_FALSE((co_await web->until_drain(s.recv())).has_value());
        co_await s.sendall("draining");
        co_await s.sendall(co_await s.recv());
    }
};

serve_statistics serve_telling(const client& use, serve_options options = {}) {
    telling_handler handler;
    return serve_client([&](stream s) { return handler(std::move(s)); },
                        [&](const seen_server& server) {
                            handler.web = &server.web;
                            use(server);
                        },
                        options);
}

TEST(serve, a_server_that_drains_refuses_the_new_and_finishes_the_old) {
    serve_telling([](const seen_server& server) {
        priz::socket s = server.connect();
        EXPECT_EQ(s.recv(100), "hello");
        server.drain();
        EXPECT_EQ(s.recv(100), "draining");
        EXPECT_THROW(server.connect(), connection_refused);
        EXPECT_EQ(ask(s, "the last"), "the last");
        EXPECT_EQ(s.recv(100), "");
    });
}

TEST(serve, handlers_that_take_too_long_are_cut) {
    const auto counts = serve_telling(
        [](const seen_server& server) {
            priz::socket s = server.connect();
            EXPECT_EQ(s.recv(100), "hello");
            server.drain();
            while (!s.recv(100).empty()) {
            }
        },
        {.drain_timeout = 0});
    EXPECT_EQ(counts.cut, 1U);
    EXPECT_EQ(counts.failed, 0U);
}

TEST(serve, cancelling_does_not_wait_for_handlers) {
    const auto counts = serve_client(echo,
                                     [](const seen_server& server) {
                                         priz::socket s = server.connect();
                                         EXPECT_EQ(ask(s, "x"), "x");
                                         server.cancel();
                                         EXPECT_EQ(s.recv(1), "");
                                     },
                                     {.drain_timeout = 600});
    EXPECT_EQ(counts.cut, 1U);
}

TEST(serve, connections_that_came_before_the_end_are_served) {
    std::latch second_has_connected(1);
    server* web = nullptr;
    const auto handler = [&](stream s) -> task<> {
        if (!web->is_draining()) {
            // The loop stands still, so that the second connection is in the backlog.
            second_has_connected.wait();
            web->drain();
        }
        co_await s.sendall("served");
    };
    const auto counts = serve_client(handler, [&](const seen_server& server) {
        web = &server.web;
        priz::socket first = server.connect();
        priz::socket second = server.connect();
        second_has_connected.count_down();
        EXPECT_EQ(first.recv(100), "served");
        EXPECT_EQ(second.recv(100), "served");
    });
    EXPECT_EQ(counts.accepted, 2U);
}

TEST(serve, cancellation_from_outside_reaches_the_handlers) {
    server web;
    const auto main = [&]() -> task<> {
        listener from = listen("127.0.0.1:0");
        const address where = from.getsockname();
        co_await with_scope([&](scope& group) -> task<> {
            group.spawn(serve(std::move(from), echo, {.control = &web}));
            co_await yield();
            priz::socket s = create_connection(where);
            while (web.statistics().active == 0) co_await yield();
            group.cancel();
        });
    };
    run(main());
    EXPECT_EQ(web.statistics().cut, 1U);
}

TEST(serve, the_first_signal_drains_and_the_second_cancels) {
    const auto counts =
        serve_client(echo,
                     [](const seen_server& server) {
                         priz::socket s = server.connect();
                         EXPECT_EQ(ask(s, "x"), "x");
                         server.home.post([]() noexcept { ::kill(::getpid(), SIGUSR1); });
                         while (try_create_connection(server.where)) {
                         }
                         EXPECT_EQ(ask(s, "still here"), "still here");
                         server.home.post([]() noexcept { ::kill(::getpid(), SIGUSR2); });
                         EXPECT_EQ(s.recv(1), "");
                     },
                     {.drain_timeout = 600, .signals = {SIGUSR1, SIGUSR2}});
    EXPECT_GE(counts.cut, 1U);
}

TEST(serve, small_writes_are_not_delayed) {
    std::vector<int> nodelay;
    const auto handler = [&](stream s) -> task<> {
        nodelay.push_back(s.getsockopt(IPPROTO_TCP, TCP_NODELAY));
        co_return;
    };
    const auto connect_once = [](const seen_server& server) {
        // The first may be there before the server has begun.
        for (int i = 0; i < 2; ++i) server.connect().recv(1);
    };
    serve_client(handler, connect_once);
    serve_client(handler, connect_once, {.nodelay = false});
    EXPECT_EQ(nodelay, (std::vector{1, 1, 0, 0}));
}

TEST(serve, a_socket_that_does_not_listen_ends_the_server) {
    priz::socket bound;
    bound.bind("127.0.0.1", 0);
    EXPECT_THROW(run(serve(std::move(bound), echo)), error);
}

TEST(serve, a_limit_that_is_none_is_refused_before_anything_is_served) {
    for (const double limit : {-1.0, std::numeric_limits<double>::quiet_NaN()})
        EXPECT_THROW(run(serve("127.0.0.1:0", echo, {.drain_timeout = limit})), value_error);
}

TEST(serve, an_address_that_is_taken_ends_the_server) {
    priz::socket other;
    other.bind("127.0.0.1", 0);
    other.listen();
    EXPECT_THROW(run(serve(other.getsockname(), echo)), address_in_use);
    const int port = static_cast<int>(other.getsockname().port());
    EXPECT_THROW(run(serve(host_port{"127.0.0.1", port}, echo)), address_in_use);
    EXPECT_THROW(run(serve("127.0.0.1:" + std::to_string(port), echo)), address_in_use);
}

TEST(serve, a_server_that_was_drained_before_it_began_ends_at_once) {
    server web;
    web.drain();
    run(serve("127.0.0.1:0", echo, {.control = &web}));
    EXPECT_EQ(web.statistics().accepted, 0U);
    EXPECT_TRUE(web.getsockname().empty());
}

TEST(serve, two_servers_in_a_loop_hear_the_same_signal) {
    const auto main = []() -> task<> {
        co_await with_scope([](scope& group) -> task<> {
            group.spawn(serve("127.0.0.1:0", echo, {.signals = {SIGUSR1}}));
            group.spawn(serve("127.0.0.1:0", echo, {.signals = {SIGUSR1}}));
            co_await yield();
            ::kill(::getpid(), SIGUSR1);
        });
    };
    run(main());
}

TEST(serve, every_thread_may_serve_the_same_port) {
    const priz::socket place = [] {
        priz::socket s;
        s.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
        s.bind("127.0.0.1", 0);
        return s;
    }();
    const address where = place.getsockname();
    std::latch ready(2);
    std::jthread other([&] {
        ::sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        ready.wait();
        for (int i = 0; i < 20; ++i) {
            priz::socket s = create_connection(where);
            EXPECT_EQ(ask(s, "x"), "x");
        }
        ::kill(::getpid(), SIGUSR1);
    });
    run(2, [&]() -> task<> {
        signal_set held{SIGUSR1};
        listener from = listen(where, {.reuse_port = true});
        ready.count_down();
        co_await serve(std::move(from), echo, {.signals = {SIGUSR1}});
    });
}

}  // namespace
}  // namespace priz::io
