// Vulnerabilities of HTTP/2 in other programs: each row has the number, what happened there, and
// the check that it does not happen here.
#include <gtest/gtest.h>

#include <functional>
#include <ostream>

#include "http/http2/raw_frames.hpp"

namespace priz::http::http2 {
namespace {

using namespace raw;

struct row {
    const char* number;
    const char* what;
    void (*check)();
};

void PrintTo(const row& of, std::ostream* to) { *to << of.number << ": " << of.what; }

struct attack {
    session server{role::server};
    std::size_t sent = 0;   // bytes of the attacker
    std::size_t heads = 0;  // requests that were handed on
    std::string answers;
    bool reads = true;  // whether the attacker takes what is sent to it

    attack() { send(std::string(preface) + frame(SETTINGS, 0, 0)); }

    void send(std::string_view what) {
        sent += what.size();
        server.receive(bytes(what));
        if (reads) answers += all_output(server);
        while (const auto one = server.next_event()) {
            if (one->what == event::kind::head) ++heads;
            if (one->what == event::kind::head || one->what == event::kind::reset) on_event(*one);
        }
    }
    // What a server does with a request: nothing but to let go of what was reset.
    std::function<void(const event&)> on_event = [this](const event& one) {
        if (one.what == event::kind::reset) server.release(one.stream);
    };

    verdict seen() {
        answers += all_output(server);
        return verdict_of(frames_of(answers));
    }
};

constexpr verdict calm{verdict::kind::connection, error_code::enhance_your_calm};
constexpr verdict malformed{verdict::kind::stream, error_code::protocol_error};

// Sends what `next` makes until the server has enough of it; so many times at most.
void ends_within(std::size_t most, attack& on,
                 const std::function<std::string(std::size_t)>& next) {
    std::size_t count = 0;
    while (!on.server.has_failed() && count <= most) on.send(next(count++));
    EXPECT_LE(count, most);
    EXPECT_EQ(on.seen(), calm);
}

void is_ended_within(std::size_t most, const std::string& what) {
    attack on;
    on.send(request(1, post(), END_HEADERS));
    ends_within(most, on, [&](std::size_t) { return what; });
}

std::uint32_t odd(std::size_t index) { return static_cast<std::uint32_t>(2 * index + 1); }

void a_request_is_malformed(fields list) {
    attack on;
    on.send(request(1, block(list)));
    EXPECT_EQ(on.seen(), malformed);
    EXPECT_EQ(on.heads, 0U);
}

// Fragments of one head that never ends.
void continuations_end_at_once(bool broken_before) {
    attack on;
    std::string head = get();
    if (broken_before) head += field("Bad", "x");
    on.send(request(1, head, END_STREAM));
    ends_within(broken_before ? 100 : 10, on, [](std::size_t i) {
        return frame(CONTINUATION, 0, 1, field("x" + std::to_string(i), std::string(100, 'v')));
    });
    EXPECT_EQ(on.heads, 0U);
}

// Streams that the server itself has to reset, as each breaks a rule after its head.
void resets_made_by(const std::function<std::string(std::uint32_t)>& breaking) {
    attack on;
    ends_within(300, on, [&](std::size_t i) {
        return request(odd(i), post({{"content-length", "1"}}), END_HEADERS) + breaking(odd(i));
    });
    EXPECT_LE(on.heads, 300U);
}

void made_you_reset() {
    resets_made_by([](std::uint32_t id) { return frame(DATA, 0, id, "xy"); });
    resets_made_by([](std::uint32_t id) { return request(id, block({{"x", "y"}}), END_HEADERS); });
}

void rapid_reset() {
    attack on;
    ends_within(300, on, [](std::size_t i) {
        return request(odd(i), get()) + frame(RST_STREAM, 0, odd(i), number(8));
    });
    // With another code it is no other attack.
    attack polite;
    ends_within(300, polite, [](std::size_t i) {
        return request(odd(i), get()) + frame(RST_STREAM, 0, odd(i), number(0));
    });
}

// One entry of the table, named again and again: small on the wire, large when it is read.
void header_bomb() {
    attack on;
    std::string list = get();
    list += "\x40\x01x\x7f\x81\x1e"s + std::string(4000, 'v');  // enters the table
    list += std::string(12000, '\xbe');
    on.send(request(1, list));
    EXPECT_EQ(on.seen(), calm);
    EXPECT_EQ(on.heads, 0U);
}

// Above the limit, below what ends a connection: the request is refused, and little of it kept.
void too_many_fields() {
    attack on;
    std::string list = get();
    for (int i = 0; i < 2000; ++i) list += field("x", "y");
    std::size_t kept = 0;
    on.on_event = [&](const event& one) {
        ASSERT_EQ(one.what, event::kind::head);
        kept = one.head->fields.size();
        EXPECT_EQ(answer_status(one.head->refused), 431);
    };
    on.send(request(1, list));
    EXPECT_EQ(kept, 100U);
}

void a_slow_reader() {
    attack on;
    on.reads = false;
    const std::string content(1 << 20, 'x');
    on.on_event = [&](const event& one) {
        if (one.what != event::kind::head) return;
        on.server.send_response(one.stream, 200, {}, false);
        on.server.offer(one.stream, bytes(content), true);
    };
    // All windows are open, and nothing is read. What waits is what the handlers offered, which is
    // not copied; their number has its limit, and what is beyond is refused until that has its own.
    on.send(frame(SETTINGS, 0, 0, setting(4, 0x7fffffff)));
    for (std::size_t i = 0; i < 5000 && !on.server.has_failed(); ++i)
        on.send(request(odd(i), get()));
    EXPECT_LE(on.heads, 100U);
    EXPECT_EQ(on.seen(), (verdict{calm}));
}

void data_dribble() {
    attack on;
    const std::string content(1 << 20, 'x');
    on.on_event = [&](const event& one) {
        if (one.what != event::kind::head) return;
        on.server.send_response(one.stream, 200, {}, false);
        on.server.offer(one.stream, bytes(content), true);
    };
    on.send(frame(SETTINGS, 0, 0, setting(4, 0)) + request(1, get()));
    ends_within(1100, on, [](std::size_t) { return frame(WINDOW_UPDATE, 0, 1, number(1)); });
}

void a_table_of_settings() {
    std::string many;
    for (int i = 0; i < 2400; ++i) many += setting(4, 65535);
    attack on;
    on.send(frame(SETTINGS, 0, 0, many));
    EXPECT_EQ(on.seen().what, verdict::kind::connection);
}

void a_reset_within_a_block() {
    attack on;
    on.send(request(1, get(), END_STREAM) + frame(RST_STREAM, 0, 1, number(8)));
    EXPECT_EQ(on.seen(), (verdict{verdict::kind::connection, error_code::protocol_error}));
    attack ended;
    ended.send(request(1, get(), END_STREAM));  // and the connection is gone
    EXPECT_EQ(ended.server.streams(), 0U);
}

const row table[] = {
    {"CVE-2019-9511", "Data Dribble: windows opened byte by byte, each a frame to send",
     data_dribble},
    {"CVE-2019-9512", "Ping Flood: answers that queue up",
     [] { is_ended_within(1100, frame(PING, 0, 0, "12345678")); }},
    {"CVE-2019-9513", "Resource Loop: priorities shuffled without end",
     [] { is_ended_within(1100, frame(PRIORITY, 0, 1, "\0\0\0\3\x10"s)); }},
    {"CVE-2019-9514", "Reset Flood: requests that are not valid, each answered by RST_STREAM",
     [] {
         attack on;
         ends_within(300, on, [](std::size_t i) { return request(odd(i), get({{"A", "b"}})); });
     }},
    {"CVE-2019-9515", "Settings Flood: acknowledgements that queue up",
     [] { is_ended_within(1100, frame(SETTINGS, 0, 0)); }},
    {"CVE-2019-9516", "0-Length Headers Leak: fields without name and value, kept",
     [] {
         a_request_is_malformed({{":method", "GET"},
                                 {":scheme", "https"},
                                 {":path", "/"},
                                 {":authority", "a"},
                                 {"", ""}});
     }},
    {"CVE-2019-9517", "Internal Data Buffering: answers made for a peer that does not read",
     a_slow_reader},
    {"CVE-2019-9518", "Empty Frames Flood: DATA without content and without end",
     [] { is_ended_within(1100, frame(DATA, 0, 1)); }},
    {"CVE-2023-44487", "Rapid Reset: requests cancelled at once, beyond the limit of streams",
     rapid_reset},
    {"CVE-2025-8671", "MadeYouReset: streams that the server is made to reset", made_you_reset},
    {"CVE-2025-55163", "Netty: MadeYouReset by windows that overflow",
     [] {
         attack on;
         on.send(request(1, post(), END_HEADERS) + frame(WINDOW_UPDATE, 0, 1, number(0x7fffffff)));
         EXPECT_EQ(on.seen(), (verdict{verdict::kind::connection, error_code::flow_control_error}));
     }},
    {"CVE-2024-27316", "Apache httpd: CONTINUATION without end fills memory",
     [] { continuations_end_at_once(false); }},
    {"CVE-2024-28182", "nghttp2: CONTINUATION is read on without end after the stream was reset",
     [] { continuations_end_at_once(true); }},
    {"CVE-2023-45288", "Go: CONTINUATION beyond the header limit is decoded without end",
     [] { continuations_end_at_once(false); }},
    {"CVE-2024-24549", "Tomcat: a head beyond the limit is refused only when all of it came",
     header_bomb},
    {"CVE-2024-27983", "Node: a connection that ends within a block, an assertion",
     a_reset_within_a_block},
    {"CVE-2024-27919", "Envoy: the limit of fields does not end the reading of CONTINUATION",
     too_many_fields},
    {"CVE-2016-6581", "Python hpack: a table's entry named thousands of times", header_bomb},
    {"CVE-2016-1544", "nghttp2: fields without number are kept", too_many_fields},
    {"CVE-2020-11080", "nghttp2: SETTINGS with 2,400 entries, each of which costs",
     a_table_of_settings},
    {"CVE-2021-21295", "Netty: Content-Length was not held against the content",
     [] {
         attack on;
         on.send(request(1, post({{"content-length", "4"}}), END_HEADERS) +
                 frame(DATA, END_STREAM, 1, "content"));
         EXPECT_EQ(on.seen(), malformed);
     }},
    {"CVE-2021-21409", "Netty: nor where the head ends the stream",
     [] {
         a_request_is_malformed({{":method", "POST"},
                                 {":scheme", "https"},
                                 {":path", "/"},
                                 {":authority", "a"},
                                 {"content-length", "4"}});
     }},
    {"CVE-2021-33193", "Apache httpd: a method that HTTP/1 would not let pass",
     [] {
         a_request_is_malformed({{":method", "GET / HTTP/1.1\r\nx: "},
                                 {":scheme", "https"},
                                 {":path", "/"},
                                 {":authority", "a"}});
     }},
    {"CVE-2021-39240", "HAProxy: a path of other characters",
     [] {
         a_request_is_malformed(
             {{":method", "GET"}, {":scheme", "https"}, {":path", "@b/"}, {":authority", "a"}});
     }},
    {"CVE-2021-39241", "HAProxy: a method with a space and a target in it",
     [] {
         a_request_is_malformed({{":method", "GET /admin?"},
                                 {":scheme", "https"},
                                 {":path", "/"},
                                 {":authority", "a"}});
     }},
    {"CVE-2021-39242", "HAProxy: Host and :authority that differ",
     [] {
         a_request_is_malformed({{":method", "GET"},
                                 {":scheme", "https"},
                                 {":path", "/"},
                                 {":authority", "a"},
                                 {"host", "b"}});
     }},
};

class http2_cves : public ::testing::TestWithParam<row> {};

TEST_P(http2_cves, does_not_happen_here) { GetParam().check(); }

INSTANTIATE_TEST_SUITE_P(all, http2_cves, ::testing::ValuesIn(table), [](const auto& of) {
    std::string name = of.param.number;
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

// The other side of the budgets: whoever works is not ended.
TEST(http2_budgets, a_connection_that_works_goes_on_for_ever) {
    attack on;
    on.on_event = [&](const event& one) {
        if (one.what != event::kind::head) return;
        on.server.send_response(one.stream, 204, {}, true);
        on.server.release(one.stream);
    };
    for (std::size_t i = 0; i < 5000; ++i)
        on.send(request(odd(i), get()) + frame(PING, 0, 0, "12345678") +
                frame(WINDOW_UPDATE, 0, 0, number(1)));
    EXPECT_EQ(on.heads, 5000U);
    EXPECT_FALSE(on.server.has_failed());
}

}  // namespace
}  // namespace priz::http::http2
