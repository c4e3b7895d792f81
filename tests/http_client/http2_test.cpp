// The client on HTTP/2, in virtual time: against priz's own server, and against a server that does
// what a test says, frame by frame. Other programs' servers: peers_test.cpp.
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/http2/raw_frames.hpp"
#include "http/http2/session.hpp"
#include "priz/http.hpp"
#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"
#include "priz/tls.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::now;

using serving = std::function<io::task<>(io::stream)>;

// Where the client's connections go to.
struct network {
    serving serve;
    client_options options = {};
    testing::memory_options memory = {};
    std::size_t dialled = 0;

    explicit network(serving how) : serve(std::move(how)) { options.http2 = http2_use::always; }
    explicit network(server& web)
        : network([&web](io::stream s) { return web.serve_stream(std::move(s)); }) {}

    template <class Body>
    void run(Body body) {
        testing::run(run_here(body));
    }

private:
    class dialler final : public connector {
    public:
        dialler(network& of, io::scope& group) : of_(of), group_(group) {}
        io::task<io::stream> connect(destination) override {
            auto [near, far] = testing::memory_pair(of_.memory);
            ++of_.dialled;
            group_.spawn(guarded(std::move(far)));
            co_return std::move(near);
        }

    private:
        io::task<> guarded(io::stream s) {
            try {
                co_await of_.serve(std::move(s));
            } catch (const priz::error&) {
                // The client has gone in the middle of something.
            }
        }
        network& of_;
        io::scope& group_;
    };

    template <class Body>
    io::task<> run_here(Body& body) {
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            options.connector = std::make_shared<dialler>(*this, group);
            {
                client c(options);
                co_await body(c);
            }
            options.connector = nullptr;
            group.cancel();
        });
    }
};

std::error_code failure_of(const result<response>& got) {
    return got ? std::error_code() : got.error().code();
}

server usual_server() {
    server web;
    web.get("/", [] { return "Hello, World!"; });
    web.get("/waits/{seconds}", [](request& r) -> io::task<std::string> {
        co_await io::sleep(std::stod(r.parameter("seconds")));
        co_return r.parameter("seconds");
    });
    web.get("/big", [] { return std::string(3'000'000, 'b'); });
    web.get("/nothing", [] {});
    web.get("/streamed", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            co_await out.write("one ");
            co_await io::sleep(1);
            co_await out.write("two");
            out.add_trailer("Sum", "2");
        });
    });
    web.any("/echo", [](request& r) -> io::task<std::string> {
        const std::string text = co_await r.text();
        const std::string told = r.content_length() ? std::to_string(*r.content_length()) : "none";
        co_return std::string(r.method()) + ' ' + told + ' ' + text;
    });
    web.post("/refuses", [] { return reply(413, "no"); });
    return web;
}

TEST(http2_client, answers_are_those_of_http_1) {
    server web = usual_server();
    for (const bool byte_by_byte : {false, true}) {
        network net(web);
        if (byte_by_byte) net.memory.receive_max = net.memory.send_max = 1;
        net.run([](client& c) -> io::task<> {
            const response hello = co_await c.get("http://a.test/");
            EXPECT_EQ(hello.status, 200);
            EXPECT_EQ(hello.version, "HTTP/2");
            EXPECT_EQ(hello.text(), "Hello, World!");
            EXPECT_EQ(hello.headers.get("Content-Length"), "13");
            EXPECT_EQ((co_await c.get("http://a.test/nothing")).status, 204);
            EXPECT_EQ((co_await c.head("http://a.test/")).text(), "");
            EXPECT_EQ((co_await c.get("http://a.test/absent")).status, 404);
            const response streamed = co_await c.get("http://a.test/streamed");
            EXPECT_EQ(streamed.text(), "one two");
            EXPECT_EQ(streamed.trailers.get("sum"), "2");
            request_options sent;
            sent.content = "text";
            EXPECT_EQ((co_await c.post("http://a.test/echo", sent)).text(), "POST 4 text");
            EXPECT_EQ((co_await c.post("http://a.test/echo")).text(), "POST none ");
            sent.content = [](content_writer& to) -> io::task<> {
                for (const char* part : {"a", "bc", ""}) co_await to.write(part);
            };
            EXPECT_EQ((co_await c.put("http://a.test/echo", sent)).text(), "PUT none abc");
            EXPECT_EQ(c.idle_connections(), 1U);
        });
        EXPECT_EQ(net.dialled, 1U);
    }
}

TEST(http2_client, much_goes_both_ways) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test/big")).content, std::string(3'000'000, 'b'));
        request_options sent;
        const std::string content(3'000'000, 'c');
        sent.content = content;  // it asks for 100 first
        EXPECT_EQ((co_await c.post("http://a.test/echo", sent)).content, "POST 3000000 " + content);
        EXPECT_EQ(now(), 0);
    });
    EXPECT_EQ(net.dialled, 1U);
}

io::task<> get_and_note(client& c, std::string url, std::vector<std::string>& to) {
    const response got = co_await c.get(std::move(url));
    to.push_back(got.content);
}

TEST(http2_client, requests_go_side_by_side_on_one_connection) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        const response first = co_await c.get("http://a.test/");
        EXPECT_EQ(first.status, 200);
        std::vector<std::string> got;
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            for (const char* seconds : {"3", "1", "2"})
                group.spawn(get_and_note(c, std::string("http://a.test/waits/") + seconds, got));
            for (int i = 0; i < 50; ++i) group.spawn(get_and_note(c, "http://a.test/big", got));
            co_return;
        });
        EXPECT_EQ(now(), 3);
        EXPECT_EQ(got.size(), 53U);
        got.erase(got.begin(), got.begin() + 50);
        EXPECT_THAT(got, ElementsAre("1", "2", "3"));
    });
    EXPECT_EQ(net.dialled, 1U);
}

// Whoever receives for the others is cancelled, and the others go on; so does the connection.
TEST(http2_client, one_that_is_cancelled_takes_nobody_along) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        std::vector<std::string> got;
        const response first = co_await c.get("http://a.test/");
        EXPECT_EQ(first.status, 200);
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                const bool is_done =
                    co_await io::move_on_after(1, get_and_note(c, "http://a.test/waits/9", got));
                EXPECT_FALSE(is_done);
            });
            for (const char* seconds : {"2", "3"})
                group.spawn(get_and_note(c, std::string("http://a.test/waits/") + seconds, got));
            co_return;
        });
        EXPECT_THAT(got, ElementsAre("2", "3"));
        EXPECT_EQ(now(), 3);
        const response last = co_await c.get("http://a.test/");
        EXPECT_EQ(last.status, 200);
        // Alone, nobody tells the server.
        const bool is_done =
            co_await io::move_on_after(1, get_and_note(c, "http://a.test/waits/9", got));
        EXPECT_FALSE(is_done);
        EXPECT_EQ(c.connections(), 0U);
    });
    EXPECT_EQ(net.dialled, 1U);
}

TEST(http2_client, an_answer_that_is_let_go_ends_its_stream_and_no_other) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        const response first = co_await c.get("http://a.test/");
        EXPECT_EQ(first.status, 200);
        {
            answer kept = co_await c.open("GET", "http://a.test/big");
            {
                answer dropped = co_await c.open("GET", "http://a.test/big");
                const content_piece piece = co_await dropped.read();
                EXPECT_GT(piece.size(), 0U);
            }
            const response rest = co_await kept.collect();
            EXPECT_EQ(rest.content.size(), 3'000'000U);
        }
        EXPECT_EQ(c.idle_connections(), 1U);
    });
    EXPECT_EQ(net.dialled, 1U);
}

// Content that nobody reads is not received: what others ask for goes past it.
TEST(http2_client, a_slow_reader_does_not_hold_up_others) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        answer slow = co_await c.open("GET", "http://a.test/big");
        EXPECT_EQ((co_await c.get("http://a.test/")).text(), "Hello, World!");
        co_await io::sleep(20);
        const response rest = co_await slow.collect();
        EXPECT_EQ(rest.content.size(), 3'000'000U);
    });
    EXPECT_EQ(net.dialled, 1U);
}

TEST(http2_client, the_servers_limit_of_streams_is_kept) {
    server_options few;
    few.streams_max = 2;
    server web(few);
    int running = 0;
    int most = 0;
    web.get("/", [&]() -> io::task<std::string> {
        most = std::max(most, ++running);
        co_await io::sleep(1);
        --running;
        co_return "x";
    });
    network net(web);
    net.options.connections_max = 1;
    net.run([](client& c) -> io::task<> {
        std::vector<std::string> got;
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            for (int i = 0; i < 7; ++i) group.spawn(get_and_note(c, "http://a.test/", got));
            co_return;
        });
        EXPECT_EQ(got.size(), 7U);
        EXPECT_EQ(now(), 4);
    });
    EXPECT_EQ(most, 2);
    EXPECT_EQ(net.dialled, 1U);
}

TEST(http2_client, who_refuses_content_is_heard_before_it_was_sent) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        request_options sent;
        sent.content = std::string(900'000, 'c');
        const response got = co_await c.post("http://a.test/refuses", sent);
        EXPECT_EQ(got.status, 413);
        EXPECT_EQ(got.text(), "no");
        bool has_ended = false;
        sent.content = [&](content_writer& to) -> io::task<> {
            for (int i = 0; i < 1000; ++i) co_await to.write(std::string(10'000, 'x'));
            has_ended = true;
        };
        EXPECT_EQ((co_await c.post("http://a.test/refuses", sent)).status, 413);
        EXPECT_FALSE(has_ended);
        EXPECT_LE(now(), 1);
    });
}

TEST(http2_client, content_that_is_not_as_long_as_was_told_is_the_callers_mistake) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        for (const char* piece : {"123456", "1234"}) {
            request_options sent;
            sent.content = request_content(
                [piece](content_writer& to) -> io::task<> { co_await to.write(piece); },
                {.length = 5});
            const auto got = co_await c.try_request("POST", "http://a.test/echo", sent);
            EXPECT_EQ(failure_of(got), priz::errc::value_error) << piece;
        }
        EXPECT_EQ((co_await c.get("http://a.test/")).status, 200);
    });
}

// One sends and receives, others receive and send beside it, over a connection that takes a little
// at a time: none of them is in the other's way.
TEST(http2_client, uploads_and_downloads_go_side_by_side) {
    server web = usual_server();
    for (const std::size_t capacity : {100U, 3'000U, 50'000U}) {
        network net(web);
        net.memory.capacity = capacity;
        net.run([](client& c) -> io::task<> {
            std::vector<std::string> got;
            const auto upload = [&]() -> io::task<> {
                request_options sent;
                sent.content = [](content_writer& to) -> io::task<> {
                    for (int i = 0; i < 30; ++i) co_await to.write(std::string(10'000, 'u'));
                };
                const response r = co_await c.post("http://a.test/echo", sent);
                EXPECT_EQ(r.content.size(), 300'000U + 10);
            };
            const auto download = [&]() -> io::task<> {
                answer a = co_await c.open("GET", "http://a.test/big");
                std::size_t count = 0;
                while (const content_piece piece = co_await a.read()) {
                    count += piece.size();
                    if (count > 400'000) co_return;  // it is let go
                }
            };
            co_await io::with_scope([&](io::scope& group) -> io::task<> {
                for (int i = 0; i < 3; ++i) {
                    group.spawn(upload());
                    group.spawn(download());
                    group.spawn(get_and_note(c, "http://a.test/", got));
                }
                co_return;
            });
            EXPECT_EQ(got.size(), 3U);
        });
        EXPECT_EQ(net.dialled, 1U);
    }
}

// A good answer that comes while content is still written, and a reset behind it.
TEST(http2_client, an_early_answer_and_a_reset_end_what_writes) {
    server web;
    web.post("/", [] { return "enough"; });
    network net(web);
    net.run([](client& c) -> io::task<> {
        request_options sent;
        bool has_ended = false;
        sent.content = [&](content_writer& to) -> io::task<> {
            for (int i = 0; i < 1000; ++i) {
                co_await to.write(std::string(1000, 'x'));
                co_await io::sleep(0.1);
            }
            has_ended = true;
        };
        const response got = co_await c.post("http://a.test/", sent);
        EXPECT_EQ(got.text(), "enough");
        EXPECT_FALSE(has_ended);
        EXPECT_LT(now().seconds(), 2);
    });
}

TEST(http2_client, who_is_cancelled_before_it_began_takes_nobody_along) {
    server web = usual_server();
    network net(web);
    net.run([](client& c) -> io::task<> {
        answer kept = co_await c.open("GET", "http://a.test/big");
        const content_piece piece = co_await kept.read();
        EXPECT_GT(piece.size(), 0U);
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.cancel();
            try {
                co_await c.get("http://a.test/");
                ADD_FAILURE() << "it was cancelled";
            } catch (const cancelled&) {
            }
        });
        const response rest = co_await kept.collect();
        EXPECT_EQ(rest.content.size() + piece.size(), 3'000'000U);
    });
    EXPECT_EQ(net.dialled, 1U);
}

TEST(http2_client, the_times_of_an_exchange_are_its_own) {
    server web = usual_server();
    network net(web);
    net.options.times.answer = 5;
    net.options.times.idle = 0.5;
    net.run([](client& c) -> io::task<> {
        const auto late = co_await c.try_request("GET", "http://a.test/waits/6");
        EXPECT_EQ(failure_of(late), priz::errc::timed_out);
        EXPECT_EQ(now(), 5);
        const auto slow = co_await c.try_request("GET", "http://a.test/streamed");
        EXPECT_EQ(failure_of(slow), priz::errc::timed_out);
        EXPECT_EQ(now(), 5.5);
        request_options whole;
        whole.timeout = 2;
        const auto all = co_await c.try_request("GET", "http://a.test/waits/4", whole);
        EXPECT_EQ(failure_of(all), priz::errc::timed_out);
        EXPECT_EQ(now(), 7.5);
    });
}

TEST(http2_client, a_server_that_takes_no_content_is_given_up) {
    network net([](io::stream s) -> io::task<> {
        while (const auto data = co_await s.recv(1000)) co_await io::sleep(40);
    });
    net.memory.capacity = 2000;
    net.options.times.write = 3;
    net.run([](client& c) -> io::task<> {
        request_options sent;
        sent.content = std::string(50'000, 'c');
        const auto got = co_await c.try_request("POST", "http://a.test/", sent);
        EXPECT_EQ(failure_of(got), priz::errc::timed_out);
        EXPECT_EQ(now(), 3);
    });
}

TEST(http2_client, a_server_that_drains_is_left_for_another_connection) {
    server web = usual_server();
    auto accepting = std::make_unique<io::server>();
    network net([&](io::stream s) { return web.serve_stream(std::move(s), accepting.get()); });
    net.run([&](client& c) -> io::task<> {
        EXPECT_EQ((co_await c.get("http://a.test/")).status, 200);
        std::vector<std::string> got;
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.spawn(get_and_note(c, "http://a.test/waits/5", got));
            co_await io::sleep(1);
            accepting->drain();
            co_await io::sleep(1);
            // The one that is under way is finished; this one begins elsewhere.
            group.spawn(get_and_note(c, "http://a.test/", got));
        });
        EXPECT_THAT(got, ElementsAre("Hello, World!", "5"));
    });
    EXPECT_EQ(net.dialled, 2U);
}

TEST(http2_client, an_idle_connection_that_has_ended_is_not_used) {
    server_options hasty;
    hasty.idle_time = 1;
    server web(hasty);
    web.post("/", [] { return "x"; });
    network net(web);
    net.run([](client& c) -> io::task<> {
        for (int i = 0; i < 3; ++i) {
            // It may not be sent twice.
            EXPECT_EQ((co_await c.post("http://a.test/")).status, 200);
            co_await io::sleep(2);
        }
    });
    EXPECT_EQ(net.dialled, 3U);
}

// A server that does what the test says, for each request.
class http2_script {
public:
    explicit http2_script(io::stream s) : session(http2::role::server), stream_(std::move(s)) {}

    io::task<bool> pump() {
        co_await flush();
        const auto came = co_await stream_.try_recv();
        if (!came || came->empty()) co_return false;
        session.receive(http2::raw::bytes(came->text()));
        co_return true;
    }
    io::task<> flush() {
        const std::string out = http2::raw::all_output(session);
        if (!out.empty()) co_await stream_.sendall(out);
    }
    // The next request's stream; 0 at the connection's end.
    io::task<std::int32_t> next() {
        for (;;) {
            while (const auto told = session.next_event())
                if (told->what == http2::event::kind::head) co_return told->stream;
            const bool goes_on = co_await pump();
            if (!goes_on) co_return 0;
        }
    }
    io::task<> send_raw(std::string text) {
        co_await flush();
        co_await stream_.sendall(text);
    }
    io::task<> to_the_end() {
        bool goes_on = true;
        while (goes_on) goes_on = co_await pump();
    }

    http2::session session;

private:
    io::stream stream_;
};

TEST(http2_client, what_a_server_has_not_looked_at_is_sent_again) {
    int connections = 0;
    network net([&](io::stream s) -> io::task<> {
        http2_script server(std::move(s));
        const bool refuses = connections++ == 0;
        for (;;) {
            const auto id = co_await server.next();
            if (id == 0) co_return;
            if (refuses)
                server.session.release(id, http2::error_code::refused_stream);
            else
                server.session.send_whole_response(id, 200, {}, "x");
        }
    });
    net.run([](client& c) -> io::task<> {
        request_options sent;
        sent.content = "not twice";
        EXPECT_EQ((co_await c.post("http://a.test/", sent)).text(), "x");
    });
    EXPECT_EQ(net.dialled, 2U);
}

TEST(http2_client, who_refuses_again_is_believed_and_content_is_drawn_once) {
    network net([](io::stream s) -> io::task<> {
        http2_script server(std::move(s));
        for (;;) {
            const auto id = co_await server.next();
            if (id == 0) co_return;
            // The content has begun to come.
            co_await server.pump();
            server.session.release(id, http2::error_code::refused_stream);
        }
    });
    net.run([](client& c) -> io::task<> {
        const auto got = co_await c.try_request("GET", "http://a.test/");
        EXPECT_EQ(failure_of(got), std::make_error_code(std::errc::connection_aborted));
        int called = 0;
        request_options sent;
        sent.content = [&](content_writer& to) -> io::task<> {
            ++called;
            for (int i = 0; i < 100; ++i) co_await to.write(std::string(10'000, 'x'));
        };
        EXPECT_FALSE(co_await c.try_request("POST", "http://a.test/", sent));
        EXPECT_EQ(called, 1);
    });
}

TEST(http2_client, an_answer_that_is_cut_off_is_no_answer) {
    enum class how { closes, resets, breaks };
    for (const how end : {how::closes, how::resets, how::breaks}) {
        network net([&](io::stream s) -> io::task<> {
            http2_script server(std::move(s));
            const auto id = co_await server.next();
            server.session.send_response(id, 200, {}, false);
            server.session.offer(id, http2::raw::bytes("a part"), false);
            co_await server.flush();
            if (end == how::closes) co_return;
            if (end == how::resets)
                co_await server.send_raw(
                    http2::raw::frame(http2::raw::RST_STREAM, 0, 1, http2::raw::number(2)));
            else
                co_await server.send_raw(http2::raw::frame(http2::raw::PING, 0, 0, "x"));
            co_await server.to_the_end();
        });
        net.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "http://a.test/");
            EXPECT_FALSE(got);
            const std::error_code wanted =
                end == how::closes   ? make_error_code(priz::errc::end_of_stream)
                : end == how::resets ? make_error_code(std::errc::connection_reset)
                                     : make_error_code(std::errc::protocol_error);
            EXPECT_EQ(failure_of(got), wanted);
            EXPECT_THAT(got.error().message(), HasSubstr("GET http://a.test/"));
        });
        EXPECT_EQ(net.dialled, 1U);
    }
}

TEST(http2_client, an_answer_that_breaks_the_rules_of_messages_is_none) {
    using http2::raw::block;
    using http2::raw::frame;
    using http2::raw::HEADERS;
    for (const std::string& list :
         {block({{":status", "200"}, {"Upper", "x"}}), block({{":status", "abc"}}),
          block({{"x", "y"}}), block({{":status", "200"}, {"connection", "close"}}),
          block({{":status", "200"}, {"content-length", "5"}})}) {
        network net([&](io::stream s) -> io::task<> {
            http2_script server(std::move(s));
            const auto id = co_await server.next();
            if (id != 0) co_await server.send_raw(frame(HEADERS, 5, 1, list));
            co_await server.to_the_end();
        });
        net.run([&](client& c) -> io::task<> {
            EXPECT_FALSE(co_await c.try_request("GET", "http://a.test/"));
        });
    }
}

TEST(http2_client, interim_answers_are_not_the_answer_and_have_a_limit) {
    for (const int count : {3, 17}) {
        network net([&](io::stream s) -> io::task<> {
            http2_script server(std::move(s));
            const auto id = co_await server.next();
            for (int i = 0; i < count; ++i) {
                server.session.send_informational(id, 103);
                co_await server.flush();
            }
            server.session.send_whole_response(id, 200, {}, "x");
            co_await server.to_the_end();
        });
        net.run([&](client& c) -> io::task<> {
            const auto got = co_await c.try_request("GET", "http://a.test/");
            EXPECT_EQ(got.has_value(), count == 3);
        });
    }
}

TEST(http2_client, a_server_may_read_nothing_before_it_was_read) {
    // Two megabytes each way at once, over a connection that takes a little at a time.
    network net([](io::stream s) -> io::task<> {
        http2_script server(std::move(s));
        const auto id = co_await server.next();
        const std::string big(500'000, 's');
        server.session.send_response(id, 200, {}, false);
        server.session.offer(id, http2::raw::bytes(big), true);
        // Everything is sent before anything is received.
        for (bool goes_on = true; goes_on;) {
            co_await server.flush();
            goes_on = co_await server.pump();
            while (const auto told = server.session.next_event())
                if (told->what == http2::event::kind::content)
                    server.session.consumed(id, told->content.size());
        }
    });
    net.memory.capacity = 1000;
    net.run([](client& c) -> io::task<> {
        request_options sent;
        sent.content = [](content_writer& to) -> io::task<> {
            for (int i = 0; i < 50; ++i) co_await to.write(std::string(10'000, 'c'));
        };
        EXPECT_EQ((co_await c.post("http://a.test/", sent)).content.size(), 500'000U);
    });
}

TEST(http2_client, the_version_is_agreed_on_in_the_handshake) {
    for (const bool allows : {true, false}) {
        for (const http2_use wants : {http2_use::negotiated, http2_use::never}) {
            server_options options;
            options.tls = tls::serving_context({.names = "DNS:a.test"});
            options.http2 = allows;
            server web(options);
            web.get("/", [](request& r) {
                return std::string(r.protocol()) + " on " + std::string(r.scheme());
            });
            network net(web);
            net.options.http2 = wants;
            net.options.tls = tls::trusting_context();
            net.run([&](client& c) -> io::task<> {
                const response got = co_await c.get("https://a.test/");
                const bool is_new = allows && wants == http2_use::negotiated;
                EXPECT_EQ(got.text(), is_new ? "HTTP/2 on https" : "HTTP/1.1 on https");
                EXPECT_EQ(got.version, is_new ? "HTTP/2" : "HTTP/1.1");
            });
        }
    }
}

}  // namespace
}  // namespace priz::http
