// Two websockets that talk, and what goes wrong between them.
#include "priz/http/websocket.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "http/websocket/frames.hpp"
#include "priz/http/server.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/sleep.hpp"
#include "priz/io/when.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::http {
namespace {

using detail::append_frame;
using detail::opcode;
using testing::memory_pair;
using testing::now;

struct both_ends {
    websocket client;
    websocket server;
};

both_ends connected(const testing::memory_options& how = {},
                    const websocket_options& options = {}) {
    auto [near, far] = memory_pair(how);
    return {wrap_websocket(std::move(near), false, {}, options),
            wrap_websocket(std::move(far), true, {}, options)};
}

io::task<> echo(websocket& ws) {
    while (auto m = co_await ws.recv()) co_await ws.send(*m);
}

io::task<> echo_to_the_end(websocket ws) {
    co_await echo(ws);
    co_await ws.close();
}

TEST(websocket, messages_come_back_as_they_were_in_whatever_pieces_they_went) {
    for (const auto& how : {testing::memory_options{}, testing::memory_options{.capacity = 100},
                            testing::memory_options{.receive_max = 1, .send_max = 3}}) {
        testing::run([](testing::memory_options with) -> io::task<> {
            both_ends both = connected(with);
            auto talk = [](websocket ws) -> io::task<> {
                for (const std::size_t size : {0U, 1U, 125U, 126U, 5000U, 70000U}) {
                    co_await ws.send(std::string(size, 'x'));
                    const auto text = co_await ws.recv();
                    EXPECT_TRUE(text && text->is_text && text->data == std::string(size, 'x'));
                    co_await ws.send_bytes(std::string(size, '\xff'));
                    const auto data = co_await ws.recv();
                    EXPECT_TRUE(data && !data->is_text && data->data == std::string(size, '\xff'));
                }
                co_await ws.close(4000, "enough");
                EXPECT_EQ(ws.close_code(), 4000);
            };
            co_await io::when_all(talk(std::move(both.client)),
                                  echo_to_the_end(std::move(both.server)));
        }(how));
    }
}

TEST(websocket, a_peer_that_closes_is_the_end_and_says_why) {
    testing::run([]() -> io::task<> {
        both_ends both = connected();
        auto ends = [](websocket ws) -> io::task<> { co_await ws.close(1001, "going home"); };
        auto hears = [](websocket ws) -> io::task<> {
            const auto none = co_await ws.recv();
            EXPECT_FALSE(none);
            EXPECT_EQ(ws.close_code(), 1001);
            EXPECT_EQ(ws.close_reason(), "going home");
            const auto again = co_await ws.recv();
            EXPECT_FALSE(again);
            bool is_refused = false;
            try {
                co_await ws.send("too late");
            } catch (const broken_pipe&) {
                is_refused = true;
            }
            EXPECT_TRUE(is_refused);
        };
        co_await io::when_all(ends(std::move(both.client)), hears(std::move(both.server)));
        EXPECT_EQ(now(), 0);
    }());
}

TEST(websocket, pings_are_answered_while_a_message_is_waited_for) {
    testing::run([]() -> io::task<> {
        auto [near, far] = memory_pair();
        auto pings = [](io::stream s) -> io::task<> {
            const detail::mask_key key{1, 2, 3, 4};
            std::string bytes;
            append_frame(bytes, opcode::ping, true, false, "are you there", &key);
            append_frame(bytes, opcode::pong, true, false, "unasked", &key);
            append_frame(bytes, opcode::text, true, false, "hello", &key);
            co_await s.sendall(bytes);
            std::string wanted;
            append_frame(wanted, opcode::pong, true, false, "are you there", nullptr);
            append_frame(wanted, opcode::text, true, false, "hello", nullptr);
            std::string got;
            while (got.size() < wanted.size()) got += (co_await s.recv()).text();
            EXPECT_EQ(got, wanted);
            s.reset();
        };
        auto serves = [](io::stream s) -> io::task<> {
            websocket ws = wrap_websocket(std::move(s), true);
            bool is_told = false;
            try {
                co_await echo(ws);
            } catch (const end_of_stream&) {
                is_told = true;
            }
            EXPECT_TRUE(is_told);
            EXPECT_EQ(ws.close_code(), 1006);
        };
        co_await io::when_all(pings(std::move(near)), serves(std::move(far)));
    }());
}

TEST(websocket, a_ping_amid_a_long_message_of_ours_is_answered_behind_it) {
    testing::run([]() -> io::task<> {
        both_ends both = connected({.capacity = 1000});
        auto one = [](websocket ws) -> io::task<> {
            auto body = [&](io::scope& group) -> io::task<> {
                group.spawn([&]() -> io::task<> { co_await ws.send(std::string(50'000, 'a')); });
                group.spawn([&]() -> io::task<> { co_await ws.ping("p"); });
                group.spawn([&]() -> io::task<> { co_await ws.send("behind"); });
                for (int i = 0; i < 2; ++i) {
                    const auto m = co_await ws.recv();
                    EXPECT_TRUE(m);
                }
            };
            co_await io::with_scope(body);
            co_await ws.close();
        };
        co_await io::when_all(one(std::move(both.client)), echo_to_the_end(std::move(both.server)));
    }());
}

TEST(websocket, what_breaks_the_protocol_is_told_both_sides) {
    testing::run([]() -> io::task<> {
        auto [near, far] = memory_pair();
        auto bad = [](io::stream s) -> io::task<> {
            std::string bytes;
            append_frame(bytes, opcode::text, true, false, "no mask", nullptr);
            co_await s.sendall(bytes);
            std::string got;
            while (const auto data = co_await s.recv()) got += data.text();
            EXPECT_EQ(got.substr(0, 4), std::string("\x88\x21\x03\xea", 4));
            EXPECT_EQ(got.substr(4), "a client's frame without a mask");
        };
        auto serves = [](io::stream s) -> io::task<> {
            websocket ws = wrap_websocket(std::move(s), true);
            std::error_code cause;
            std::string hint;
            try {
                co_await ws.recv();
            } catch (const error& why) {
                cause = why.code();
                hint = why.hint();
            }
            EXPECT_EQ(cause, std::errc::protocol_error);
            EXPECT_EQ(hint, "a client's frame without a mask");
            const auto none = co_await ws.recv();
            EXPECT_FALSE(none);
        };
        co_await io::when_all(bad(std::move(near)), serves(std::move(far)));
    }());
}

TEST(websocket, what_cannot_be_sent_is_refused_before) {
    testing::run([]() -> io::task<> {
        both_ends both = connected();
        const auto is_refused = [](io::task<> sending) -> io::task<bool> {
            try {
                co_await std::move(sending);
            } catch (const value_error&) {
                co_return true;
            }
            co_return false;
        };
        EXPECT_TRUE(co_await is_refused(both.client.send(std::string("\xff"))));
        EXPECT_TRUE(co_await is_refused(both.client.ping(std::string(126, 'x'))));
        EXPECT_TRUE(co_await is_refused(both.client.close(1005)));
        EXPECT_TRUE(co_await is_refused(both.client.close(999)));
        EXPECT_TRUE(co_await is_refused(both.client.close(1000, std::string(124, 'x'))));
        co_await both.client.send("still open");
        const auto m = co_await both.server.recv();
        EXPECT_EQ(m->data, "still open");
    }());
}

TEST(websocket, a_peer_that_never_closes_is_left_after_ten_seconds) {
    testing::run([]() -> io::task<> {
        both_ends both = connected();
        co_await both.client.close();
        EXPECT_EQ(now(), 10);
    }());
}

TEST(websocket, a_peer_that_takes_nothing_is_left_after_thirty) {
    testing::run([]() -> io::task<> {
        both_ends both = connected({.capacity = 1000});
        bool is_late = false;
        try {
            co_await both.client.send(std::string(5000, 'x'));
        } catch (const timeout&) {
            is_late = true;
        }
        EXPECT_TRUE(is_late);
        EXPECT_EQ(now(), 30);
    }());
}

TEST(websocket, a_receive_that_is_cancelled_loses_nothing) {
    testing::run([]() -> io::task<> {
        both_ends both = connected({.receive_max = 5});
        auto sends = [](websocket& ws) -> io::task<> {
            for (int i = 0; i < 20; ++i) {
                co_await ws.send("message " + std::to_string(i));
                co_await io::sleep(0.3);
            }
        };
        auto receives = [](websocket& ws) -> io::task<> {
            int got = 0;
            while (got < 20) {
                auto m = co_await io::move_on_after(0.1, ws.recv());
                if (!m) continue;
                EXPECT_EQ((*m)->data, "message " + std::to_string(got));
                ++got;
            }
        };
        co_await io::when_all(sends(both.client), receives(both.server));
    }());
}

TEST(websocket, messages_are_compressed_where_both_want_it) {
    testing::run([]() -> io::task<> {
        server web;
        websocket_options options;
        options.compression = true;
        web.get("/", websockets(echo, options));
        auto [near, far] = memory_pair();
        auto talk = [](io::stream s, websocket_options how) -> io::task<> {
            websocket ws = co_await connect_websocket_over(std::move(s), "ws://test/", how);
            for (int i = 0; i < 3; ++i) {
                const std::string text = std::string(10'000, 'x') + std::to_string(i);
                co_await ws.send(text);
                const auto m = co_await ws.recv();
                EXPECT_EQ(m->data, text);
            }
            co_await ws.close();
        };
        co_await io::when_all(talk(std::move(near), options), web.serve_stream(std::move(far)));
    }());
}

TEST(websocket, a_handler_that_returns_closes_with_1000_and_one_that_throws_with_1011) {
    const auto code_of = [](auto handler) {
        int code = 0;
        testing::run([](decltype(handler) does, int& told) -> io::task<> {
            server web;
            web.get("/", websockets(does));
            auto [near, far] = memory_pair();
            auto listens = [](io::stream s, int& heard) -> io::task<> {
                websocket ws = co_await connect_websocket_over(std::move(s), "ws://test/");
                const auto none = co_await ws.recv();
                EXPECT_FALSE(none);
                heard = ws.close_code();
                co_await ws.close();
            };
            co_await io::when_all(listens(std::move(near), told), web.serve_stream(std::move(far)));
        }(handler, code));
        return code;
    };
    EXPECT_EQ(code_of([](websocket&) -> io::task<> { co_return; }), 1000);
    EXPECT_EQ(code_of([](websocket&) -> io::task<> {
                  throw std::runtime_error("a bug");
                  co_return;
              }),
              1011);
}

TEST(websocket, a_peer_that_takes_a_little_at_a_time_is_not_left) {
    testing::run([]() -> io::task<> {
        auto [near, far] = memory_pair({.capacity = 1000});
        auto takes = [](io::stream s) -> io::task<> {
            std::size_t got = 0;
            while (got < 20'000) {
                co_await io::sleep(5);
                got += (co_await s.recv(1000)).size();
            }
            EXPECT_GE(now(), 90);
            s.reset();
        };
        auto sends = [](io::stream s) -> io::task<> {
            websocket ws = wrap_websocket(std::move(s), true);
            co_await ws.send(std::string(20'000, 'x'));
        };
        co_await io::when_all(takes(std::move(near)), sends(std::move(far)));
    }());
}

TEST(websocket, a_silent_peer_is_asked_for_a_sign_of_life_and_left_without_one) {
    testing::run([]() -> io::task<> {
        auto [near, far] = memory_pair();
        auto listens = [](io::stream s) -> io::task<> {
            const auto asked = co_await s.recv();
            EXPECT_EQ(asked.text(), std::string_view("\x89\x00", 2));
            EXPECT_EQ(now(), 30);
            const auto end = co_await s.recv();
            EXPECT_TRUE(end.empty());
            EXPECT_EQ(now(), 60);
            s.reset();
        };
        auto waits = [](io::stream s) -> io::task<> {
            websocket ws = wrap_websocket(std::move(s), true);
            bool is_late = false;
            try {
                co_await ws.recv();
            } catch (const timeout&) {
                is_late = true;
            }
            EXPECT_TRUE(is_late);
            ws = websocket();
        };
        co_await io::when_all(listens(std::move(near)), waits(std::move(far)));
        // One that answers is left alone.
        both_ends both = connected();
        auto answers = [](websocket& ws) -> io::task<> {
            static_cast<void>(co_await io::move_on_after(300, ws.recv()));
        };
        co_await io::when_all(answers(both.client), answers(both.server));
        EXPECT_EQ(now(), 360);
    }());
}

TEST(websocket, a_url_of_wss_sends_nothing_in_clear) {
    testing::run([]() -> io::task<> {
        auto [near, far] = memory_pair();
        auto listens = [](io::stream s) -> io::task<> {
            const auto first = co_await s.recv();
            EXPECT_EQ(first.text().substr(0, 2), std::string_view("\x16\x03", 2));
            s.reset();
        };
        auto connects = [](io::stream s) -> io::task<> {
            bool has_failed = false;
            try {
                co_await connect_websocket_over(std::move(s), "wss://test/");
            } catch (const error&) {
                has_failed = true;
            }
            EXPECT_TRUE(has_failed);
        };
        co_await io::when_all(listens(std::move(far)), connects(std::move(near)));
    }());
}

TEST(websocket, closing_takes_no_longer_than_it_may_although_nothing_can_be_sent) {
    testing::run([]() -> io::task<> {
        both_ends both = connected({.capacity = 10});
        auto body = [&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                try {
                    co_await both.client.send(std::string(1000, 'x'));
                } catch (const error&) {
                    // It was under way.
                }
            });
            co_await io::sleep(1);
            co_await both.client.close();
            EXPECT_EQ(now(), 11);
        };
        co_await io::with_scope(body);
    }());
}

TEST(websocket, an_empty_one_says_so) {
    testing::run([]() -> io::task<> {
        websocket none;
        std::error_code cause;
        try {
            co_await none.recv();
        } catch (const error& why) {
            cause = why.code();
        }
        EXPECT_EQ(cause, std::errc::bad_file_descriptor);
        EXPECT_THROW(wrap_websocket(io::stream(), true), value_error);
    }());
}

}  // namespace
}  // namespace priz::http
