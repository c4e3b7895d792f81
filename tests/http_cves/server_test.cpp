// Vulnerabilities of other HTTP servers and proxies, each by its number. Most of them are messages
// that two programs read differently: here each row is sent to a server, followed by a request that
// has to be the next one or none.
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "http_server/server_fixture.hpp"
#include "priz/http/files.hpp"
#include "priz/io/sleep.hpp"
#include "priz/testing/run.hpp"

namespace priz::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What becomes of the bytes.
enum class end {
    refused,  // one answer, of 4xx or 5xx, and the connection is over
    one,      // one request, and then the one behind it
};

struct flaw {
    const char* number;
    const char* where;
    const char* what;
    std::string bytes;
    end becomes = end::refused;
};

void PrintTo(const flaw& f, std::ostream* to) { *to << f.number << ", " << f.where; }

std::string get(const std::string& fields) {
    return "GET /a HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& content) {
    return "POST /a HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n" + content;
}
const std::string chunked = "Transfer-Encoding: chunked\r\n";
const std::string nothing_more = "0\r\n\r\n";

std::vector<flaw> flaws() {
    return {
        {"CVE-2019-16785", "Waitress", "a line that ends in LF alone",
         "POST /a HTTP/1.1\nHost: test\nContent-Length: 0\n\n"},
        {"CVE-2019-16786", "Waitress", "codings beside chunked were passed over",
         post("Transfer-Encoding: gzip, chunked\r\n", nothing_more)},
        {"CVE-2019-16789", "Waitress", "a control before chunked was taken off",
         post("Transfer-Encoding: \x0b"
              "chunked\r\n",
              nothing_more)},
        {"CVE-2019-16792", "Waitress", "two lengths in one field",
         post("Content-Length: 0, 0\r\n", "")},
        {"CVE-2022-24761", "Waitress", "a chunk's size of more than digits",
         post(chunked, "0x0\r\n\r\n")},
        {"CVE-2019-15605", "Node", "a coding that is not quite chunked",
         post("Transfer-Encoding: chunkedchunked\r\n", nothing_more)},
        {"CVE-2020-8287", "Node", "two Transfer-Encoding fields",
         post(chunked + "Transfer-Encoding: identity\r\n", nothing_more)},
        {"CVE-2021-22959", "llhttp", "a space between name and colon",
         post("Content-Length : 5\r\n", "hello")},
        {"CVE-2021-22960", "llhttp", "a chunk's extension was not looked at",
         post(chunked, "0 \x01\r\n\r\n")},
        {"CVE-2022-32213", "llhttp", "codings behind chunked",
         post("Transfer-Encoding: chunked, identity\r\n", nothing_more)},
        {"CVE-2022-32214", "llhttp", "requests divided by LF", "GET / HTTP/1.1\r\nHost: test\n\n"},
        {"CVE-2022-32215", "llhttp", "a coding on a folded line",
         post("Transfer-Encoding: chunked\r\n , identity\r\n", nothing_more)},
        {"CVE-2022-35256", "llhttp", "a field that CRLF does not end",
         get("X: a\rTransfer-Encoding: chunked\r\n")},
        {"CVE-2023-30589", "llhttp", "CR alone divides fields", get("X: a\rContent-Length: 5\r\n")},
        {"CVE-2024-27982", "Node", "a space before Content-Length",
         "POST /a HTTP/1.1\r\n Content-Length: 5\r\nHost: test\r\n\r\nhello"},
        {"CVE-2019-20444", "Netty", "a line without a colon", get("Transfer-Encoding chunked\r\n")},
        {"CVE-2019-20445", "Netty", "a length beside a coding",
         post("Content-Length: 5\r\n" + chunked, nothing_more)},
        {"CVE-2019-16869", "Netty", "a space before the colon",
         post("Transfer-Encoding : chunked\r\n", nothing_more)},
        {"CVE-2020-7238", "Netty", "a space before the name, and a length behind it",
         post(" Transfer-Encoding:chunked\r\nContent-Length: 5\r\n", nothing_more)},
        {"CVE-2021-43797", "Netty", "controls at the ends of a name",
         get("\x01"
             "Transfer-Encoding: chunked\r\n")},
        {"CVE-2017-7656", "Jetty", "a first line of HTTP/0.9", "GET /a\r\n"},
        {"CVE-2017-7657", "Jetty", "a chunk's size that overflows",
         post(chunked, "10000000000000000\r\n")},
        {"CVE-2017-7658", "Jetty", "two lengths",
         post("Content-Length: 5\r\nContent-Length: 0\r\n", "hello")},
        {"CVE-2023-40167", "Jetty", "a plus sign before the length",
         post("Content-Length: +5\r\n", "hello")},
        {"CVE-2021-33037", "Tomcat", "chunks in a request of HTTP/1.0",
         "POST /a HTTP/1.0\r\nHost: test\r\n" + chunked + "\r\n" + nothing_more},
        {"CVE-2022-42252", "Tomcat", "a length that is no number",
         post("Content-Length: 5a\r\n", "hello")},
        {"CVE-2023-45648", "Tomcat", "a trailer that is no field",
         post(chunked, "0\r\nGET / HTTP/1.1\r\n\r\n")},
        {"CVE-2023-46589", "Tomcat", "trailers beyond the limit became a request",
         post(chunked, "0\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n")},
        {"CVE-2020-10108", "Twisted", "two lengths, of which the second was taken",
         post("Content-Length: 0\r\nContent-Length: 5\r\n", "hello")},
        {"CVE-2020-10109", "Twisted", "a length was taken instead of a coding",
         post(chunked + "Content-Length: 5\r\n", nothing_more)},
        {"CVE-2022-24801", "Twisted", "digits as Python reads them",
         post("Content-Length: 0_5\r\n", "hello")},
        {"CVE-2022-1705", "Go", "a coding that was not understood was passed over",
         post("Transfer-Encoding: identity, chunked\r\n", nothing_more)},
        {"CVE-2019-16276", "Go", "a name with a space was made one without",
         get("Transfer-Encoding : chunked\r\n")},
        {"CVE-2023-39326", "Go", "a chunk's extension without a limit",
         post(chunked, "1;" + std::string(300, 'x') + "\r\na\r\n" + nothing_more)},
        {"CVE-2024-1135", "Gunicorn", "two codings, of which the last was taken",
         post("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", nothing_more)},
        {"CVE-2023-40225", "HAProxy", "an empty length was passed on",
         post("Content-Length: \r\n", "")},
        {"CVE-2021-40346", "HAProxy", "the length of a name overflowed and left Content-Length",
         post("Content-Length0" + std::string(255, 'a') + ": \r\nContent-Length: 5\r\n", "hello"),
         end::one},
        {"CVE-2023-45539", "HAProxy", "a number sign in the target",
         "GET /a#.png HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"CVE-2024-23829", "aiohttp", "a name that is no token", get("X\"Y: a\r\n")},
        {"CVE-2023-49082", "aiohttp", "a method that is no token",
         "GET\x0b/a HTTP/1.1\r\nHost: test\r\n\r\n"},
        {"CVE-2025-53643", "aiohttp", "trailers were not read", post(chunked, "0\r\nX: y\r\n\r\n"),
         end::one},
        {"CVE-2024-37890", "ws", "more fields than there may be ended the server", get([] {
             std::string fields;
             for (int i = 0; i < 2100; ++i) fields += "X: y\r\n";
             return fields;
         }())},
        {"CVE-2018-12121", "Node", "heads of any size were kept",
         get("X: " + std::string(100'000, 'x') + "\r\n")},
    };
}

class servers_flaws : public ::testing::TestWithParam<flaw> {};

TEST_P(servers_flaws, are_not_here) {
    server web;
    std::size_t handled = 0;
    web.any("/a", [&](request& r) -> io::task<int> {
        co_await r.text();
        ++handled;
        co_return 204;
    });
    web.get("/next", [] { return "the next request"; });
    const std::string got =
        answers(web, GetParam().bytes + "GET /next HTTP/1.1\r\nHost: test\r\n\r\n");
    if (GetParam().becomes == end::one) {
        EXPECT_EQ(handled, 1U) << GetParam().what;
        EXPECT_THAT(got, ::testing::EndsWith("the next request"));
        return;
    }
    EXPECT_EQ(handled, 0U) << GetParam().what;
    EXPECT_THAT(got, ::testing::MatchesRegex("HTTP/1.1 [45][0-9][0-9] (.|\r|\n)*")) << got;
    EXPECT_THAT(got, HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(got, Not(HasSubstr("the next request"))) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(of, servers_flaws, ::testing::ValuesIn(flaws()), [](const auto& row) {
    std::string name = row.param.number;
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

// CVE-2023-46137, Twisted: requests that came together were answered in another order.
TEST(servers_flaws_by_name, CVE_2023_46137_answers_keep_the_order_of_their_requests) {
    server web;
    web.get("/slow", []() -> io::task<std::string> {
        co_await io::sleep(5);
        co_return "slow";
    });
    web.get("/fast", [] { return "fast"; });
    const std::string got = answers(web,
                                    "GET /slow HTTP/1.1\r\nHost: test\r\n\r\n"
                                    "GET /fast HTTP/1.1\r\nHost: test\r\n\r\n");
    EXPECT_LT(got.find("slow"), got.find("fast"));
}

// CVE-2018-1000164, Gunicorn, and CVE-2022-41915, Netty: a line's end in a field of the answer
// began another field.
TEST(servers_flaws_by_name, CVE_2018_1000164_and_2022_41915_no_line_ends_in_a_reply) {
    for (const char* bad : {"a\r\nSet-Cookie: b", "a\nb", "a\rb"}) {
        server web;
        web.get("/", [=] { return reply("x").with("X", bad); });
        const std::string got = answers(web, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        EXPECT_THAT(got, ::testing::StartsWith("HTTP/1.1 500 "));
        EXPECT_THAT(got, Not(HasSubstr("Set-Cookie")));
    }
}

// CVE-2011-3192, Apache: hundreds of parts that overlap made a large answer of a small request.
TEST(servers_flaws_by_name, CVE_2011_3192_parts_are_never_more_than_the_whole) {
    namespace fs = std::filesystem;
    const fs::path here = fs::path(::testing::TempDir()) / ("parts." + std::to_string(::getpid()));
    fs::create_directories(here);
    constexpr std::size_t size = 10'000;
    std::ofstream(here / "file") << std::string(size, 'x');
    server web;
    web.get("/{path...}", files(here.string()));
    std::string killer = "bytes=0-";
    for (int i = 1; i < 900; ++i) killer += ",5-" + std::to_string(i);
    std::string apart = "bytes=0-0";
    for (int i = 1; i < 500; ++i)
        apart += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
    for (const std::string& ranges :
         {killer, apart, std::string("bytes=0-,0-,0-"), std::string("bytes=0-5000,4000-,1-")}) {
        const std::string got =
            answers(web, "GET /file HTTP/1.1\r\nHost: test\r\nRange: " + ranges + "\r\n\r\n");
        EXPECT_THAT(got, ::testing::StartsWith("HTTP/1.1 200 "));
        EXPECT_LT(got.size(), size + 1000);
    }
    fs::remove_all(here);
}

// CVE-2017-14849, Node; CVE-2021-41773 and CVE-2021-42013, Apache; CVE-2024-23334, aiohttp: files
// outside the folder, by dots, by codes, by codes of codes, by links.
TEST(servers_flaws_by_name, CVE_2021_41773_and_others_nothing_outside_the_folder) {
    namespace fs = std::filesystem;
    const fs::path here = fs::path(::testing::TempDir()) / ("cves." + std::to_string(::getpid()));
    fs::create_directories(here / "root" / "inside");
    std::ofstream(here / "secret") << "secret";
    fs::create_symlink("../secret", here / "root" / "link");
    server web;
    web.get("/{path...}", files((here / "root").string()));
    for (const char* path :
         {"/../secret", "/inside/../../secret", "/.%2e/secret", "/%2e%2e/secret",
          "/inside/.%2e/.%2e/secret", "/%%32%65%%32%65/secret", "/%252e%252e/secret", "/link"})
        EXPECT_THAT(answers(web, "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n\r\n"),
                    Not(HasSubstr("\r\n\r\nsecret")))
            << path;
    fs::remove_all(here);
}

}  // namespace
}  // namespace priz::http::test
