// Content in both directions, and the times that a connection has.
#include <string>

#include "priz/http/multipart.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::memory_pair;
using ::testing::Not;
using testing::now;
using ::testing::StartsWith;

const std::string get_root = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

std::string post(const std::string& fields, const std::string& content) {
    return "POST / HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n" + content;
}

server echo() {
    server web;
    web.post("/", [](request& r) -> io::task<std::string> { co_return co_await r.text(1000); });
    web.get("/", [] { return "next"; });
    return web;
}

const std::string next = expected("200 OK", "next");

TEST(http_server, content_is_read_in_whichever_framing_and_what_follows_is_the_next_request) {
    server web = echo();
    const std::string chunked = "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nA: b\r\n\r\n";
    for (const auto& sent : {post("Content-Length: 7\r\n", "abcdefg"),
                             post("Transfer-Encoding: chunked\r\n", chunked)}) {
        const std::string wanted = expected("200 OK", "abcdefg") + next;
        EXPECT_EQ(answers(web, sent + get_root), wanted);
        EXPECT_EQ(answers(web, sent + get_root, {.receive_max = 1}), wanted);
    }
    EXPECT_EQ(answers(web, post("Content-Length: 0\r\n", "") + get_root),
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + next);
}

TEST(http_server, a_form_of_parts_is_read_part_by_part) {
    server web;
    web.post("/", [](request& r) -> io::task<std::string> {
        multipart_reader form(r);
        std::string all;
        while (co_await form.next()) {
            // What is not read is passed over.
            if (form.name() == "skipped") continue;
            const std::string content = co_await form.text(1000);
            all += form.name() + '[' + form.filename().value_or("") + "]=" + content + ';';
        }
        co_return all;
    });
    multipart_form form;
    form.add("a", "1").add_file("skipped", "f", std::string(5000, 's'));
    form.add_file("b", "f.txt", "22", "text/plain").add("c", "");
    const auto sent = [&](const std::string& type, const std::string& content) {
        return post("Content-Type: " + type +
                        "\r\nContent-Length: " + std::to_string(content.size()) + "\r\n",
                    content);
    };
    const std::string whole = sent(form.content_type(), form.content());
    EXPECT_EQ(answers(web, whole), expected("200 OK", "a[]=1;b[f.txt]=22;c[]=;"));
    EXPECT_EQ(answers(web, whole, {.receive_max = 1}),
              expected("200 OK", "a[]=1;b[f.txt]=22;c[]=;"));
    EXPECT_THAT(answers(web, sent("text/plain", form.content())), StartsWith("HTTP/1.1 415 "));
    EXPECT_THAT(answers(web, sent("multipart/form-data", "")), StartsWith("HTTP/1.1 415 "));
    EXPECT_THAT(answers(web, sent(form.content_type(), "x")), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answers(web, sent(form.content_type(), form.content().substr(0, 100))),
                StartsWith("HTTP/1.1 400 "));
    multipart_form large;
    large.add("a", std::string(1001, 'x'));
    EXPECT_THAT(answers(web, sent(large.content_type(), large.content())),
                StartsWith("HTTP/1.1 413 "));
}

TEST(http_server, more_than_a_handler_wants_is_413) {
    server web = echo();
    EXPECT_THAT(answers(web, post("Content-Length: 1001\r\n", std::string(1001, 'x'))),
                StartsWith("HTTP/1.1 413 "));
    EXPECT_THAT(answers(web, post("Transfer-Encoding: chunked\r\n",
                                  "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")),
                StartsWith("HTTP/1.1 413 "));
    server_options options;
    options.limits.content = 10;
    server strict(options);
    strict.post("/", [](request& r) -> io::task<std::string> { co_return co_await r.text(); });
    EXPECT_THAT(answers(strict, post("Content-Length: 11\r\n", "01234567890")),
                StartsWith("HTTP/1.1 413 "));
}

TEST(http_server, content_that_is_not_what_it_says_is_400_and_the_end) {
    server web = echo();
    for (const auto& sent :
         {post("Transfer-Encoding: chunked\r\n", "x\r\n") + get_root,
          post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n") + get_root,
          post("Content-Length: 7\r\n", "abc")}) {
        const std::string got = answers(web, sent);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 400 ")) << sent;
        EXPECT_THAT(got, HasSubstr("Connection: close\r\n")) << sent;
        EXPECT_THAT(got, Not(HasSubstr("next"))) << sent;
    }
}

TEST(http_server, a_client_that_waits_for_100_is_told_when_the_content_is_wanted) {
    server web = echo();
    web.put("/", [] { return "not wanted"; });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s) -> io::task<> {
            co_await s.sendall(
                "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
                "Content-Length: 2\r\n\r\n");
            const auto told = (co_await s.recv()).copy();
            EXPECT_EQ(told, "HTTP/1.1 100 Continue\r\n\r\n");
            co_await s.sendall("hi");
            const auto answer = (co_await s.recv()).copy();
            EXPECT_EQ(without_dates(answer), expected("200 OK", "hi"));
            co_await s.sendall(
                "PUT / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
                "Content-Length: 2\r\n\r\n");
            const std::string rest = co_await receive_all(s);
            EXPECT_EQ(without_dates(rest),
                      expected("200 OK", "not wanted", "Connection: close\r\n"));
        };
        co_await io::when_all(talk(std::move(near)), asked.serve_stream(std::move(far)));
    }(web));
}

TEST(http_server, content_that_nobody_reads_is_skipped_if_it_is_short) {
    server web;
    web.post("/", [] { return "done"; });
    web.get("/", [] { return "next"; });
    const std::string done = expected("200 OK", "done");
    EXPECT_EQ(answers(web, post("Content-Length: 60000\r\n", std::string(60000, 'x')) + get_root),
              done + next);
    EXPECT_EQ(
        answers(web, post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n") + get_root),
        done + next);
    EXPECT_EQ(answers(web, post("Content-Length: 70000\r\n", std::string(70000, 'x')) + get_root),
              expected("200 OK", "done", "Connection: close\r\n"));
}

TEST(http_server, a_handler_that_does_not_read_receives_nothing) {
    server web;
    web.post("/", [](request& r) -> io::task<std::string> {
        co_await io::sleep(100);
        std::size_t sum = 0;
        for (auto piece = co_await r.read(); !piece.empty(); piece = co_await r.read())
            sum += piece.size();
        co_return std::to_string(sum);
    });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair({.capacity = 1000});
        auto talk = [](io::stream s) -> io::task<> {
            co_await s.sendall(post("Content-Length: 500000\r\n", std::string(500000, 'x')));
            EXPECT_GE(now(), 100);
            co_await s.shutdown(SHUT_WR);
            EXPECT_THAT(co_await receive_all(s), EndsWith("\r\n\r\n500000"));
        };
        co_await io::when_all(talk(std::move(near)), asked.serve_stream(std::move(far)));
    }(web));
}

TEST(http_server, trailers_are_there_behind_the_content) {
    server web;
    web.post("/", [](request& r) -> io::task<std::string> {
        const std::string text = co_await r.text();
        const auto sum = r.trailers().find("Sum");
        co_return text + " " + std::string(sum.value_or("none"));
    });
    EXPECT_THAT(
        answers(web, post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\nSum: 6\r\n\r\n")),
        EndsWith("\r\n\r\nabc 6"));
}

reply three_lines() {
    return reply::stream([](content_writer& out) -> io::task<> {
        for (const char* line : {"one\n", "two\n", "three\n"}) co_await out.write(line);
        out.add_trailer("Lines", "3");
    });
}

TEST(http_server, a_streamed_reply_is_chunked_or_ends_with_the_connection) {
    server web;
    web.get("/", three_lines);
    EXPECT_EQ(answers(web, get_root + get_root).substr(0, 200),
              answers(web, get_root + get_root, {.receive_max = 1}).substr(0, 200));
    EXPECT_EQ(answers(web, get_root),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"
              "4\r\none\n\r\n4\r\ntwo\n\r\n6\r\nthree\n\r\n0\r\nLines: 3\r\n\r\n");
    EXPECT_EQ(answers(web, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Connection: close\r\n\r\none\ntwo\nthree\n");
    EXPECT_EQ(answers(web, "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n"),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Transfer-Encoding: chunked\r\n\r\n");
}

TEST(http_server, a_piece_that_is_long_is_sent_whole_in_either_framing) {
    const std::string piece(100'000, 'x');
    server web;
    web.get("/sized", [&] {
        return reply::stream([&](content_writer& out) -> io::task<> { co_await out.write(piece); },
                             piece.size());
    });
    web.get("/", [&] {
        return reply::stream([&](content_writer& out) -> io::task<> {
            co_await out.write(piece);
            co_await out.write("end");
        });
    });
    web.get("/text", [&] { return piece; });
    EXPECT_THAT(answers(web, "GET /sized HTTP/1.1\r\nHost: test\r\n\r\n" + get_root),
                AllOf(HasSubstr("Content-Length: 100000\r\n\r\n" + piece + "HTTP/1.1 200"),
                      HasSubstr("186a0\r\n" + piece + "\r\n3\r\nend\r\n0\r\n\r\n")));
    EXPECT_EQ(answers(web, "GET /text HTTP/1.1\r\nHost: test\r\n\r\n"), expected("200 OK", piece));
}

TEST(http_server, a_streamed_reply_that_fails_is_never_taken_for_a_whole_one) {
    server web;
    web.get("/short", [] {
        return reply::stream([](content_writer& out) -> io::task<> { co_await out.write("abc"); },
                             10);
    });
    web.get("/long", [] {
        return reply::stream(
            [](content_writer& out) -> io::task<> { co_await out.write("abcdef"); }, 3);
    });
    web.get("/thrown", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            co_await out.write("abc");
            throw std::runtime_error("a bug");
        });
    });
    const auto got_of = [&](const char* path, const char* version) {
        std::pair<std::string, bool> got;
        testing::run([](server& asked, std::string line, auto& told) -> io::task<> {
            auto [near, far] = memory_pair();
            auto listen = [](io::stream s, std::string sent, auto& heard) -> io::task<> {
                co_await s.sendall(sent);
                for (;;) {
                    const auto piece = co_await s.try_recv();
                    heard.second = piece.has_value();
                    if (!piece || piece->empty()) break;
                    heard.first += piece->text();
                }
                s.reset();
            };
            co_await io::when_all(listen(std::move(near), line, told),
                                  asked.serve_stream(std::move(far)));
        }(web, "GET " + std::string(path) + " " + version + "\r\nHost: test\r\n\r\n", got));
        return got;
    };
    // What has an end in its framing is without it; what ends with the connection is reset.
    EXPECT_THAT(got_of("/short", "HTTP/1.1").first, EndsWith("Content-Length: 10\r\n\r\nabc"));
    EXPECT_THAT(got_of("/long", "HTTP/1.1").first, EndsWith("Content-Length: 3\r\n\r\n"));
    EXPECT_THAT(got_of("/thrown", "HTTP/1.1").first, EndsWith("\r\n\r\n3\r\nabc\r\n"));
    EXPECT_FALSE(got_of("/thrown", "HTTP/1.0").second);
    EXPECT_EQ(web.statistics().failed, 4U);
}

TEST(http_server, a_reply_may_refer_to_its_request_until_it_is_sent) {
    server web;
    web.get("/{name}", [](request& r) {
        return reply::stream([&r](content_writer& out) -> io::task<> {
            for (int i = 0; i < 3; ++i) {
                co_await out.write(r.parameter("name") + std::string(r.path()));
                co_await io::sleep(1);
            }
        });
    });
    EXPECT_THAT(answers(web, "GET /a-name-that-is-long-enough HTTP/1.0\r\n\r\n"),
                EndsWith("a-name-that-is-long-enough/a-name-that-is-long-enough"));
}

TEST(http_server, a_server_that_drains_answers_a_request_that_was_sent_before) {
    server web;
    web.get("/", [] { return "answered"; });
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        accepting.drain();
        auto [near, far] = memory_pair();
        co_await near.sendall(get_root);
        co_await asked.serve_stream(std::move(far), &accepting);
        const std::string got = co_await receive_all(near);
        EXPECT_EQ(without_dates(got), expected("200 OK", "answered", "Connection: close\r\n"));
        // One that sends nothing is not waited for.
        auto silent = memory_pair();
        const double before = now().seconds();
        co_await asked.serve_stream(std::move(silent.second), &accepting);
        EXPECT_LT(now().seconds() - before, 0.3);
    }(web));
}

TEST(http_server, a_reply_that_fails_takes_no_earlier_one_with_it) {
    const std::string large(1'500'000, 'x');
    server web;
    web.get("/large", [&] { return large; });
    web.get("/bad", [] {
        return reply::stream([](content_writer& out) -> io::task<> {
            co_await out.write("abc");
            throw std::runtime_error("a bug");
        });
    });
    const std::string got = answers(
        web, "GET /large HTTP/1.1\r\nHost: test\r\n\r\nGET /bad HTTP/1.1\r\nHost: test\r\n\r\n",
        {.capacity = 2'000'000});
    EXPECT_THAT(got, StartsWith(expected("200 OK", large)));
    EXPECT_THAT(got, EndsWith("3\r\nabc\r\n"));
}

TEST(http_server, a_read_that_is_cancelled_costs_nothing) {
    server web;
    web.post("/", [](request& r) -> io::task<std::string> {
        std::string all;
        for (;;) {
            const auto piece = co_await io::move_on_after(1, r.read());
            if (!piece) {
                all += '.';
                continue;
            }
            if (piece->empty()) co_return all;
            all += *piece;
        }
    });
    web.get("/", [] { return "next"; });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s) -> io::task<> {
            co_await s.sendall(post("Content-Length: 2\r\n", "a"));
            co_await io::sleep(2.5);
            co_await s.sendall("b" + get_root);
            co_await s.shutdown(SHUT_WR);
            const std::string got = co_await receive_all(s);
            EXPECT_EQ(without_dates(got), expected("200 OK", "a..b") + next);
        };
        co_await io::when_all(talk(std::move(near)), asked.serve_stream(std::move(far)));
    }(web));
}

TEST(http_server, no_connection_changes_its_protocol_amid_a_request_or_unasked) {
    server web;
    web.any("/", [] {
        headers fields;
        fields.add("Upgrade", "shout");
        return reply::upgrade(std::move(fields), [](io::stream, std::string) -> io::task<> {
            ADD_FAILURE() << "it did";
            co_return;
        });
    });
    const std::string asks = "Connection: upgrade\r\nUpgrade: shout\r\n";
    EXPECT_THAT(answers(web, post(asks + "Content-Length: 10\r\n", "BODY")),
                StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answers(web, get_root), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(answers(web, "GET / HTTP/1.0\r\n" + asks + "\r\n"), StartsWith("HTTP/1.1 400 "));
}

TEST(http_server, what_a_protocol_behind_an_upgrade_throws_ends_its_connection_and_is_told) {
    struct : server_observer {
        void failed(const request& r, const std::exception_ptr&) override { path = r.target(); }
        std::string path;
    } watch;
    server_options options;
    options.observer = &watch;
    server web(options);
    web.get("/x", [] {
        headers fields;
        fields.add("Upgrade", "x");
        return reply::upgrade(std::move(fields), [](io::stream, std::string) -> io::task<> {
            throw std::runtime_error("a bug");
            co_return;
        });
    });
    const std::string got =
        answers(web, "GET /x HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 101 "));
    EXPECT_EQ(watch.path, "/x");
    EXPECT_EQ(web.statistics().failed, 1U);
}

TEST(http_server, after_an_upgrade_the_handler_has_the_connection_and_what_was_sent_early) {
    server web;
    web.get("/", [](request& r) -> reply {
        if (r.field("Upgrade") != "shout") throw status_error(426);
        headers fields;
        fields.add("Upgrade", "shout");
        return reply::upgrade(std::move(fields), [](io::stream s, std::string early) -> io::task<> {
            co_await s.sendall(early + "!");
            const auto more = co_await s.recv();
            co_await s.sendall(more.copy() + "!!");
        });
    });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s) -> io::task<> {
            co_await s.sendall(
                "GET / HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\n"
                "Upgrade: shout\r\n\r\nearly");
            std::string got;
            while (!got.ends_with("early!")) got += (co_await s.recv()).text();
            EXPECT_EQ(without_dates(got),
                      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade"
                      "\r\nUpgrade: shout\r\n\r\nearly!");
            co_await s.sendall("more");
            EXPECT_EQ(co_await receive_all(s), "more!!");
        };
        co_await io::when_all(talk(std::move(near)), asked.serve_stream(std::move(far)));
    }(web));
    EXPECT_THAT(answers(web, get_root), StartsWith("HTTP/1.1 426 "));
}

// Who sends `text` and nothing more; when the connection ends, and by what.
std::pair<double, std::string> end_of(server& web, const std::string& text) {
    std::pair<double, std::string> end;
    testing::run([](server& asked, std::string sent, auto& told) -> io::task<> {
        auto [near, far] = memory_pair();
        auto wait = [](io::stream s, std::string said, auto& seen) -> io::task<> {
            co_await s.sendall(said);
            seen.second = without_dates(co_await receive_all(s));
            seen.first = now().seconds();
        };
        co_await io::when_all(wait(std::move(near), std::move(sent), told),
                              asked.serve_stream(std::move(far)));
    }(web, text, end));
    return end;
}

TEST(http_server, each_wait_has_its_time) {
    server web = echo();
    const auto silent = end_of(web, "");
    EXPECT_EQ(silent.first, 10);
    EXPECT_EQ(silent.second, "");
    const auto begun = end_of(web, "GET / HT");
    EXPECT_EQ(begun.first, 10);
    EXPECT_THAT(begun.second, StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
    const auto idle = end_of(web, get_root);
    EXPECT_EQ(idle.first, 60);
    EXPECT_EQ(idle.second, next);
    const auto second = end_of(web, get_root + "GET");
    EXPECT_EQ(second.first, 10);
    EXPECT_THAT(second.second, StartsWith(next + "HTTP/1.1 408 "));
    const auto content = end_of(web, post("Content-Length: 7\r\n", "abc"));
    EXPECT_EQ(content.first, 30);
    EXPECT_THAT(content.second, StartsWith("HTTP/1.1 408 "));
    EXPECT_EQ(web.statistics().late, 5U);
}

TEST(http_server, a_head_that_comes_a_byte_a_second_ends_in_ten) {
    server web = echo();
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair();
        auto drip = [](io::stream s) -> io::task<> {
            for (int i = 0; i < 1000; ++i) {
                const auto sent = co_await s.try_send("a");
                if (!sent) break;
                co_await io::sleep(1);
            }
            EXPECT_LT(now(), 14);
        };
        co_await io::when_all(drip(std::move(near)), asked.serve_stream(std::move(far)));
    }(web));
}

TEST(http_server, a_client_that_takes_nothing_is_cut_off) {
    server web;
    web.get("/", [] { return std::string(1'000'000, 'x'); });
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = memory_pair({.capacity = 1000});
        co_await near.sendall(get_root);
        co_await asked.serve_stream(std::move(far));
        EXPECT_EQ(now(), 30);
    }(web));
    EXPECT_EQ(web.statistics().late, 1U);
}

TEST(http_server, a_thousand_slow_clients_hold_up_nobody) {
    server web = echo();
    testing::run([](server& asked) -> io::task<> {
        std::vector<io::stream> slow;
        auto body = [&](io::scope& group) -> io::task<> {
            for (int i = 0; i < 1000; ++i) {
                auto [near, far] = memory_pair();
                co_await near.sendall("GET / HTTP/1.1\r\nX: ");
                slow.push_back(std::move(near));
                group.spawn(asked.serve_stream(std::move(far)));
            }
            co_await io::sleep(5);
            auto [near, far] = memory_pair();
            group.spawn(asked.serve_stream(std::move(far)));
            co_await near.sendall(get_root);
            EXPECT_EQ(without_dates((co_await near.recv()).copy()), next);
            EXPECT_EQ(now(), 5);
            near.reset();
        };
        co_await io::with_scope(body);
        EXPECT_LE(now(), 12);
    }(web));
    EXPECT_EQ(web.statistics().late, 1000U);
}

TEST(http_server, a_server_that_drains_ends_what_is_idle_and_finishes_what_is_not) {
    server web;
    web.get("/", [] { return "now"; });
    web.get("/slow", []() -> io::task<std::string> {
        co_await io::sleep(5);
        co_return "done";
    });
    testing::run([](server& asked) -> io::task<> {
        io::server accepting;
        auto idle = memory_pair();
        auto busy = memory_pair();
        auto waits = [](io::stream s) -> io::task<> {
            co_await s.sendall(get_root);
            const std::string got = co_await receive_all(s);
            EXPECT_EQ(without_dates(got), expected("200 OK", "now"));
            EXPECT_EQ(now(), 1);
        };
        auto works = [](io::stream s) -> io::task<> {
            co_await s.sendall("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
            const std::string got = co_await receive_all(s);
            EXPECT_EQ(without_dates(got), expected("200 OK", "done", "Connection: close\r\n"));
            EXPECT_EQ(now(), 5);
        };
        auto drains = [](io::server& all) -> io::task<> {
            co_await io::sleep(1);
            all.drain();
        };
        co_await io::when_all(waits(std::move(idle.first)), works(std::move(busy.first)),
                              asked.serve_stream(std::move(idle.second), &accepting),
                              asked.serve_stream(std::move(busy.second), &accepting),
                              drains(accepting));
    }(web));
}

}  // namespace
}  // namespace priz::http::test
