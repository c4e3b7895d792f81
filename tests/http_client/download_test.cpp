// Content that goes on where it was cut off.
#include "priz/http/download.hpp"

#include <gmock/gmock.h>

#include "world.hpp"

namespace priz::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string whole = "0123456789abcdefghij";

// Gives `most` bytes of what is asked for, and closes.
scripted part(const seen& it, std::size_t most, const std::string& tag, std::size_t shifted = 0) {
    std::size_t first = 0;
    if (const std::size_t at = it.request.find("Range: bytes="); at != std::string::npos)
        first = std::stoul(it.request.substr(at + 13)) + shifted;
    std::string head = "HTTP/1.1 200 OK\r\n";
    if (first > 0)
        head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " + std::to_string(first) +
               "-19/20\r\n";
    if (!tag.empty()) head += "ETag: " + tag + "\r\n";
    head += "Content-Length: " + std::to_string(20 - first) + "\r\n\r\n";
    return {head + whole.substr(first, most), true};
}

struct fetched {
    std::string content;
    std::error_code cause;
    int resumptions = 0;
};

fetched fetch(world& w) {
    fetched got;
    w.run([&](client& c) -> io::task<> {
        download d(c, "http://a.test/big");
        try {
            while (const content_piece piece = co_await d.read()) got.content += piece.text();
            EXPECT_EQ(d.size(), 20U);
        } catch (const priz::error& why) {
            got.cause = why.code();
        }
        got.resumptions = d.resumptions();
        EXPECT_EQ(d.received(), got.content.size());
    });
    return got;
}

TEST(http_download, goes_on_where_it_was_cut_off) {
    world w([](const seen& it) { return part(it, 7, "\"v1\""); });
    const fetched got = fetch(w);
    EXPECT_EQ(got.cause, std::error_code());
    EXPECT_EQ(got.content, whole);
    EXPECT_EQ(got.resumptions, 2);
    ASSERT_EQ(w.requests.size(), 3U);
    EXPECT_THAT(w.requests[0], Not(HasSubstr("Range")));
    EXPECT_THAT(w.requests[0], HasSubstr("Accept-Encoding: identity\r\n"));
    EXPECT_THAT(w.requests[1], HasSubstr("Range: bytes=7-\r\nIf-Range: \"v1\"\r\n"));
    EXPECT_THAT(w.requests[2], HasSubstr("Range: bytes=14-\r\n"));
}

// As caches do that keep files in slices.
TEST(http_download, goes_on_where_a_part_is_shorter_than_was_asked) {
    world w([](const seen& it) {
        if (!it.says("Range: ")) return part(it, 7, "\"v1\"");
        const std::size_t first = std::stoul(it.request.substr(it.request.find("bytes=") + 6));
        const std::string some = whole.substr(first, 5);
        return scripted{"HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes " +
                        std::to_string(first) + "-" + std::to_string(first + some.size() - 1) +
                        "/20\r\nContent-Length: " + std::to_string(some.size()) + "\r\n\r\n" +
                        some};
    });
    const fetched got = fetch(w);
    EXPECT_EQ(got.cause, std::error_code());
    EXPECT_EQ(got.content, whole);
    EXPECT_EQ(got.resumptions, 3);
}

TEST(http_download, of_what_has_no_strong_tag_is_not_put_together) {
    for (const char* tag : {"", "W/\"v1\""}) {
        world w([&](const seen& it) { return part(it, 7, tag); });
        const fetched got = fetch(w);
        EXPECT_EQ(got.cause, defect::incomplete);
        EXPECT_EQ(got.content, whole.substr(0, 7));
        EXPECT_EQ(w.requests.size(), 1U);
    }
}

TEST(http_download, of_what_has_changed_is_an_error) {
    world changed([](const seen& it) {
        return it.says("Range: ") ? scripted{ok(whole)} : part(it, 7, "\"v1\"");
    });
    EXPECT_EQ(fetch(changed).cause, errc::wrong_range);
    world shifted([](const seen& it) { return part(it, 7, "\"v1\"", 1); });
    EXPECT_EQ(fetch(shifted).cause, errc::wrong_range);
    world gone([](const seen& it) {
        return it.says("Range: ") ? scripted{"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"}
                                  : part(it, 7, "\"v1\"");
    });
    EXPECT_EQ(fetch(gone).cause, errc::bad_status);
}

TEST(http_download, ends_where_no_byte_comes_any_more) {
    world w([](const seen& it) { return part(it, it.says("Range: ") ? 0 : 7, "\"v1\""); });
    const fetched got = fetch(w);
    EXPECT_EQ(got.cause, defect::incomplete);
    EXPECT_EQ(got.resumptions, 10);
}

}  // namespace
}  // namespace priz::http
