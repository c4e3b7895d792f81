// What trusted proxies, and others, say of their clients.
#include <string>
#include <string_view>
#include <vector>

#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"
#include "priz/tls/stream.hpp"
#include "server_fixture.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::http::test {
namespace {

using namespace std::string_view_literals;
using told_by = trusted_proxies::client_field;
using ::testing::EndsWith;
using ::testing::StartsWith;

const std::string who = "GET /who HTTP/1.1\r\nHost: test\r\n";
const address proxy = address::ipv4("10.0.0.1", 1000);
const address stranger = address::ipv4("198.51.100.9", 999);

server server_behind(trusted_proxies proxies) {
    server_options options;
    options.proxies = std::move(proxies);
    server web(options);
    web.get("/who", [](request& r) { return r.peer().str() + ' ' + std::string(r.scheme()); });
    return web;
}

// What a request is taken for; the status of an answer that is not 200; "closed".
std::string said(server& web, std::string_view bytes, const address& from,
                 testing::memory_options how = {}) {
    how.first_name = from;
    std::string got;
    try {
        got = answers(web, bytes, std::move(how));
    } catch (const connection_reset&) {
        // What was sent behind it, nobody receives.
    }
    if (got.empty()) return "closed";
    if (!got.starts_with("HTTP/1.1 200 ")) return got.substr(9, 3);
    return got.substr(got.find("\r\n\r\n") + 4);
}

trusted_proxies by_protocol() {
    return {.networks = {"10.0.0.0/8", "fd00::/8"}, .proxy_protocol = true};
}

std::string v2(int command, int family, std::string_view rest) {
    std::string made("\r\n\r\n\0\r\nQUIT\n"sv);
    made += static_cast<char>(command);
    made += static_cast<char>(family);
    made += static_cast<char>(rest.size() >> 8);
    made += static_cast<char>(rest.size() & 255);
    return made += rest;
}
const std::string ipv4_part("\xc0\0\2\7\xc0\0\2\1\x9c\xba\0\x50"sv);
const std::string ipv6_part(
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x9c\xba\0\x50"sv);
const std::string over_tls("\x20\0\5\1\0\0\0\0"sv);
const std::string not_over_tls("\x20\0\5\0\0\0\0\0"sv);

struct header_case {
    std::string bytes;
    std::string becomes;
};

std::vector<header_case> headers_of_proxies() {
    return {
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\r\n", "192.0.2.7:40122 http"},
        {"PROXY TCP6 2001:db8::7 2001:db8::1 40122 80\r\n", "[2001:db8::7]:40122 http"},
        {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 http"},
        {"PROXY UNKNOWN\r\n", " http"},
        {"PROXY UNKNOWN " + std::string(91, 'f') + "\r\n", " http"},
        {"PROXY UNKNOWN " + std::string(92, 'f') + "\r\n", "closed"},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\n", "closed"},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40122 80 \r\n", "closed"},
        {"PROXY TCP4 192.0.2.7  192.0.2.1 40122 80\r\n", "closed"},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40122\r\n", "closed"},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 040122 80\r\n", "closed"},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 70000 80\r\n", "closed"},
        {"PROXY TCP4 2001:db8::7 2001:db8::1 40122 80\r\n", "closed"},
        {"PROXY TCP6 192.0.2.7 192.0.2.1 40122 80\r\n", "closed"},
        {"PROXY TCP6 fe80::1%lo fe80::2 40122 80\r\n", "closed"},
        {"PROXY tcp4 192.0.2.7 192.0.2.1 40122 80\r\n", "closed"},
        {"PROXY \r\n", "closed"},
        {"PROXY \n", "closed"},
        {"proxy UNKNOWN\r\n", "closed"},
        {"", "closed"},  // the request stands where the header is due
        {v2(0x21, 0x11, ipv4_part), "192.0.2.7:40122 http"},
        {v2(0x21, 0x12, ipv4_part), "192.0.2.7:40122 http"},
        {v2(0x21, 0x21, ipv6_part), "[2001:db8::7]:40122 http"},
        {v2(0x21, 0x31, std::string(216, '\0')), " http"},
        {v2(0x21, 0x00, ""), " http"},
        {v2(0x21, 0x00, "anything"), " http"},
        {v2(0x20, 0x00, ""), "10.0.0.1:1000 http"},
        {v2(0x20, 0x11, ipv4_part), "10.0.0.1:1000 http"},
        {v2(0x21, 0x11, ipv4_part + over_tls), "192.0.2.7:40122 https"},
        {v2(0x21, 0x11, ipv4_part + not_over_tls), "192.0.2.7:40122 http"},
        {v2(0x21, 0x11, ipv4_part + std::string("\4\0\3xyz\5\0\0"sv) + over_tls),
         "192.0.2.7:40122 https"},
        {v2(0x21, 0x11, ipv4_part + std::string("\4\0\4xyz"sv)), "closed"},
        {v2(0x21, 0x11, ipv4_part + std::string("\4\0"sv)), "closed"},
        {v2(0x21, 0x11, ipv4_part + std::string("\x20\0\1\1"sv)), "closed"},
        {v2(0x21, 0x11, ipv4_part.substr(1)), "closed"},
        {v2(0x21, 0x21, ipv4_part), "closed"},
        {v2(0x21, 0x31, ipv4_part), "closed"},
        {v2(0x21, 0x13, ipv4_part), "closed"},
        {v2(0x21, 0x41, ipv4_part), "closed"},
        {v2(0x22, 0x11, ipv4_part), "closed"},
        {v2(0x11, 0x11, ipv4_part), "closed"},
        {v2(0x21, 0x11, ipv4_part + std::string("\4\x10\0"sv) + std::string(4096, '\0')), "closed"},
    };
}

TEST(http_server, the_header_of_a_trusted_proxy_says_whose_the_connection_is) {
    server web = server_behind(by_protocol());
    const std::string request = who + "\r\n";
    std::uint64_t closed = 0;
    for (const auto& [bytes, becomes] : headers_of_proxies()) {
        SCOPED_TRACE(bytes);
        EXPECT_EQ(said(web, bytes + request, proxy), becomes);
        EXPECT_EQ(said(web, bytes + request, proxy, {.receive_max = 1}), becomes);
        if (becomes == "closed") closed += 2;
    }
    EXPECT_EQ(web.statistics().refused, closed);
    // Also over IPv6, and where IPv4 looks like it; nothing else is taken from them.
    const std::string header = "PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\r\n";
    for (const char* from : {"fd00::1", "::ffff:10.0.0.1"})
        EXPECT_EQ(said(web, header + request, address::ipv6(from, 1)), "192.0.2.7:40122 http");
}

TEST(http_server, a_header_of_the_proxy_protocol_that_ends_early_closes) {
    server web = server_behind(by_protocol());
    for (const std::string& whole :
         {std::string("PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\r\n"), v2(0x21, 0x11, ipv4_part)})
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_EQ(said(web, whole.substr(0, size), proxy), "closed") << size;
}

TEST(http_server, a_header_of_the_proxy_protocol_has_the_time_of_a_head) {
    server web = server_behind(by_protocol());
    testing::run([](server& asked) -> io::task<> {
        auto [near, far] = testing::memory_pair({.first_name = proxy});
        auto drips = [](io::stream s) -> io::task<> {
            for (const char c : "PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\r\n"sv) {
                const auto sent = co_await s.try_send(bytes_view(&c, 1));
                if (!sent) break;
                co_await io::sleep(1);
            }
        };
        auto serves = [](server& by, io::stream s) -> io::task<> {
            co_await by.serve_stream(std::move(s));
            EXPECT_EQ(testing::now(), 10);
        };
        auto drip = drips(std::move(near));
        auto serve = serves(asked, std::move(far));
        co_await io::when_all(std::move(drip), std::move(serve));
    }(web));
    EXPECT_EQ(web.statistics().late, 1U);
}

TEST(http_server, the_header_stands_before_tls) {
    server_options options;
    options.proxies = by_protocol();
    options.tls = tls::serving_context({.names = "DNS:a.test"});
    server web(options);
    web.get("/who", [](request& r) { return r.peer().str() + ' ' + std::string(r.scheme()); });
    std::string got;
    testing::run([](server& asked, std::string& heard) -> io::task<> {
        auto [near, far] = testing::memory_pair({.first_name = proxy});
        auto talk = [](io::stream s, std::string& answer) -> io::task<> {
            co_await s.sendall("PROXY TCP4 192.0.2.7 192.0.2.1 40122 443\r\n");
            const tls::context trusting = tls::trusting_context();
            s = co_await tls::connect_over(std::move(s), trusting, "a.test");
            const std::string request = who + "Connection: close\r\n\r\n";
            co_await s.sendall(request);
            answer = co_await receive_all(s);
        };
        auto talking = talk(std::move(near), heard);
        auto serving = asked.serve_stream(std::move(far));
        co_await io::when_all(std::move(talking), std::move(serving));
    }(web, got));
    EXPECT_THAT(got, EndsWith("\r\n\r\n192.0.2.7:40122 https"));
}

TEST(http_server, nobody_else_can_say_whose_the_connection_is) {
    server web = server_behind(by_protocol());
    const std::string request = who + "\r\n";
    EXPECT_EQ(said(web, request, stranger), "198.51.100.9:999 http");
    EXPECT_EQ(said(web, "PROXY TCP4 192.0.2.7 192.0.2.1 40122 80\r\n" + request, stranger), "400");
    EXPECT_EQ(said(web, v2(0x21, 0x11, ipv4_part) + request, stranger), "400");
    // A second header is the client's.
    const std::string header = "PROXY TCP4 10.0.0.2 192.0.2.1 40122 80\r\n";
    EXPECT_EQ(said(web, header + header + request, proxy), "400");
}

TEST(http_server, forwarded_is_read_from_its_end_as_far_as_proxies_are_trusted) {
    server web =
        server_behind({.networks = {"10.0.0.0/8", "2001:db8:1::/48"}, .field = told_by::forwarded});
    const auto one = [&](const std::string& fields, const address& from = proxy) {
        return said(web, who + fields + "\r\n", from);
    };
    const auto is = [&](const std::string& value) { return one("Forwarded: " + value + "\r\n"); };
    EXPECT_EQ(one(""), "10.0.0.1:1000 http");
    EXPECT_EQ(is("for=192.0.2.7"), "192.0.2.7:0 http");
    EXPECT_EQ(is("For=192.0.2.7;Proto=HTTPS;by=203.0.113.43;host=other"), "192.0.2.7:0 https");
    EXPECT_EQ(is("for=\"192.0.2.7:40122\""), "192.0.2.7:40122 http");
    EXPECT_EQ(is("for=\"[2001:db8::7]\";secret=x"), "[2001:db8::7]:0 http");
    EXPECT_EQ(is("for=\"[2001:db8::7]:1\""), "[2001:db8::7]:1 http");
    EXPECT_EQ(is("for=\"[2001:db8::\\7]:_p\""), "[2001:db8::7]:0 http");
    EXPECT_EQ(is("for=unknown"), " http");
    EXPECT_EQ(is("for=_hidden;proto=https"), " https");
    EXPECT_EQ(is("proto=https"), " https");
    EXPECT_EQ(is("for=192.0.2.7;;"), "192.0.2.7:0 http");
    EXPECT_EQ(is(", for=192.0.2.7 ,,"), "192.0.2.7:0 http");
    // What stands to the left of an untrusted one is that one's own invention.
    EXPECT_EQ(is("for=192.0.2.1;proto=https, for=192.0.2.7"), "192.0.2.7:0 http");
    EXPECT_EQ(is("for=192.0.2.1, for=_hidden"), " http");
    EXPECT_EQ(is("for=192.0.2.1, for=192.0.2.7, for=10.0.0.2"), "192.0.2.7:0 http");
    EXPECT_EQ(is("for=192.0.2.7;proto=https, for=\"[2001:db8:1::5]\", for=10.9.9.9"),
              "192.0.2.7:0 https");
    EXPECT_EQ(is("for=10.0.0.3, for=10.0.0.2"), "10.0.0.3:0 http");
    EXPECT_EQ(one("Forwarded: for=192.0.2.1\r\nForwarded: for=192.0.2.7\r\n"), "192.0.2.7:0 http");
    // And of somebody else, nothing counts, nor does the other field.
    EXPECT_EQ(one("Forwarded: for=192.0.2.7;proto=https\r\n", stranger), "198.51.100.9:999 http");
    EXPECT_EQ(one("Forwarded: nonsense\r\n", stranger), "198.51.100.9:999 http");
    EXPECT_EQ(one("X-Forwarded-For: 192.0.2.7\r\n"), "10.0.0.1:1000 http");
    for (const char* bad : {"nonsense",
                            "for",
                            "for=",
                            "for=192.0.2.7;for=192.0.2.8",
                            "for = 192.0.2.7",
                            "for=192.0.2.7; proto=http",
                            "for=\"192.0.2.7",
                            "for=\"192.0.2.7\"x",
                            "for=[2001:db8::7]",
                            "for=2001:db8::7",
                            "for=\"2001:db8::7\"",
                            "for=\"[2001:db8::7\"",
                            "for=\"[192.0.2.7]\"",
                            "for=192.0.2.700",
                            "for=\"192.0.2.7:123456\"",
                            "for=\"192.0.2.7:\"",
                            "for=_",
                            "for=_a$",
                            "for=somebody",
                            "for=\"[fe80::1%lo]\"",
                            "for=192.0.2.1 for=192.0.2.7",
                            "for=\"nonsense\", for=192.0.2.7",
                            "for=\"x, for=192.0.2.7",
                            "a=1;b=2;c=3;d=4;e=5;f=6;g=7;h=8;i=9;j=0;k=1;l=2;m=3;n=4;o=5;p=6;q=7"})
        EXPECT_EQ(is(bad), "400") << bad;
}

TEST(http_server, x_forwarded_for_is_believed_where_it_is_asked_for) {
    server web =
        server_behind({.networks = {"10.0.0.1", "unix:"}, .field = told_by::x_forwarded_for});
    const auto is = [&](const std::string& value, const address& from = proxy) {
        return said(web, who + "X-Forwarded-For: " + value + "\r\n\r\n", from);
    };
    EXPECT_EQ(is("192.0.2.7"), "192.0.2.7:0 http");
    EXPECT_EQ(is("192.0.2.1, 192.0.2.7"), "192.0.2.7:0 http");
    EXPECT_EQ(is("192.0.2.7,10.0.0.1"), "192.0.2.7:0 http");
    EXPECT_EQ(is("192.0.2.1\r\nX-Forwarded-For: 192.0.2.7:40122"), "192.0.2.7:40122 http");
    EXPECT_EQ(is("2001:db8::7"), "[2001:db8::7]:0 http");
    EXPECT_EQ(is("[2001:db8::7]:5"), "[2001:db8::7]:5 http");
    EXPECT_EQ(is("\"nonsense, 192.0.2.7"), "192.0.2.7:0 http");
    EXPECT_EQ(is("unknown"), " http");
    EXPECT_EQ(is("nonsense"), "400");
    EXPECT_EQ(is("192.0.2.7", stranger), "198.51.100.9:999 http");
    // Whoever connects by a Unix socket.
    EXPECT_EQ(is("192.0.2.7", address()), "192.0.2.7:0 http");
    EXPECT_EQ(said(web, who + "Forwarded: for=192.0.2.7\r\n\r\n", proxy), "10.0.0.1:1000 http");
}

TEST(http_server, a_client_that_one_request_tells_is_not_that_of_the_next) {
    server web = server_behind({.networks = {"10.0.0.0/8"}, .field = told_by::forwarded});
    const std::string both = answers(web, who + "Forwarded: for=192.0.2.7\r\n\r\n" + who + "\r\n",
                                     {.first_name = proxy});
    EXPECT_EQ(both,
              expected("200 OK", "192.0.2.7:0 http") + expected("200 OK", "10.0.0.1:1000 http"));
    EXPECT_EQ(said(web, who + "\r\n", stranger), "198.51.100.9:999 http");
}

TEST(http_server, a_proxy_behind_a_proxy_is_believed_as_both_say) {
    server web = server_behind({.networks = {"10.0.0.0/8", "192.0.2.7"},
                                .proxy_protocol = true,
                                .field = told_by::forwarded});
    const std::string request = who + "Forwarded: for=203.0.113.5;proto=https\r\n\r\n";
    EXPECT_EQ(said(web, "PROXY TCP4 192.0.2.7 192.0.2.1 5 80\r\n" + request, proxy),
              "203.0.113.5:0 https");
    // The client of the first is not trusted, or not known: what it sends is not believed.
    EXPECT_EQ(said(web, "PROXY TCP4 192.0.2.8 192.0.2.1 5 80\r\n" + request, proxy),
              "192.0.2.8:5 http");
    EXPECT_EQ(said(web, "PROXY UNKNOWN\r\n" + request, proxy), " http");
}

TEST(http_server, networks_that_are_none_are_refused) {
    for (const char* bad :
         {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "fd00::/129", "fd00::1/64",
          "fe80::1%lo", "example.org", "10.0.0.0/8/8", "10/8"})
        EXPECT_THROW(server_behind({.networks = {bad}}), value_error) << bad;
    EXPECT_THROW(server_behind({.proxy_protocol = true}), value_error);
    EXPECT_THROW(server_behind({.field = told_by::forwarded}), value_error);
    // A length that ends amid a byte, and those of nothing and of all.
    server web = server_behind(
        {.networks = {"10.0.0.0/9", "fd00::/12", "192.0.2.7/32"}, .field = told_by::forwarded});
    const auto from = [&](const address& peer) {
        return said(web, who + "Forwarded: for=_x\r\n\r\n", peer) == " http";
    };
    EXPECT_TRUE(from(address::ipv4("10.127.1.1", 1)));
    EXPECT_FALSE(from(address::ipv4("10.128.1.1", 1)));
    EXPECT_TRUE(from(address::ipv4("192.0.2.7", 1)));
    EXPECT_FALSE(from(address::ipv4("192.0.2.6", 1)));
    EXPECT_TRUE(from(address::ipv6("fd0f::1", 1)));
    EXPECT_FALSE(from(address::ipv6("fd10::1", 1)));
    server all = server_behind({.networks = {"0.0.0.0/0"}, .field = told_by::forwarded});
    EXPECT_EQ(said(all, who + "Forwarded: for=_x\r\n\r\n", stranger), " http");
    EXPECT_EQ(said(all, who + "Forwarded: for=_x\r\n\r\n", address::ipv6("fd00::1", 1)),
              "[fd00::1]:1 http");
}

}  // namespace
}  // namespace priz::http::test
