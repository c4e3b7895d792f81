// Files below a folder, and nothing else.
#include "priz/http/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "priz/http/date.hpp"
#include "server_fixture.hpp"

namespace priz::http::test {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::int64_t changed = 1'700'000'000;

class http_files : public ::testing::Test {
protected:
    http_files() : here_(fs::path(::testing::TempDir()) / ("files." + std::to_string(::getpid()))) {
        fs::create_directories(root() / "docs");
        fs::create_directories(root() / ".git");
        write("page.html", "<p>page</p>");
        write("page.html.gz", "compressed");
        write("docs/index.html", "the index");
        write(".git/config", "secret");
        write(".hidden", "secret");
        write("data.bin", "0123456789");
        write("large", std::string(300'000, 'x') + "end");
        write("../outside", "secret");
        fs::create_symlink("../outside", root() / "link_out");
        fs::create_symlink("/etc/passwd", root() / "link_away");
        fs::create_symlink("data.bin", root() / "link_in");
        fs::create_directory_symlink("..", root() / "up");
        ::mkfifo((root() / "fifo").c_str(), 0600);
        web_.get("/{path...}", files(root().string()));
        web_.get("/static/{path...}", files(root().string(), {.cache_control = "max-age=60"}));
    }
    ~http_files() override { fs::remove_all(here_); }

    fs::path root() const { return here_ / "public"; }
    void write(const std::string& name, const std::string& content) const {
        const fs::path path = root() / name;
        std::ofstream(path) << content;
        const ::timespec times[2] = {{changed, 5}, {changed, 5}};
        ::utimensat(AT_FDCWD, path.c_str(), times, 0);
    }
    std::string ask(const std::string& line, const std::string& fields = {}) {
        return answers(web_, line + " HTTP/1.1\r\nHost: test\r\n" + fields + "\r\n");
    }
    std::string field(const std::string& reply, const std::string& name) {
        const std::size_t at = reply.find("\r\n" + name + ": ");
        if (at == reply.npos) return "none";
        const std::size_t from = at + name.size() + 4;
        return reply.substr(from, reply.find("\r\n", from) - from);
    }
    static std::string content(const std::string& reply) {
        return reply.substr(reply.find("\r\n\r\n") + 4);
    }

    fs::path here_;
    server web_;
};

// Small files are kept open, and what happens to them is seen all the same.
TEST_F(http_files, what_is_changed_replaced_or_taken_away_is_seen_at_once) {
    EXPECT_EQ(content(ask("GET /data.bin")), "0123456789");
    EXPECT_EQ(content(ask("GET /data.bin")), "0123456789");
    // In its place, with the same size and the same time.
    {
        const int file = ::open((root() / "data.bin").c_str(), O_WRONLY | O_CLOEXEC);
        ASSERT_EQ(::pwrite(file, "abcdefghij", 10, 0), 10);
        ::close(file);
    }
    EXPECT_EQ(content(ask("GET /data.bin")), "abcdefghij");
    // Another file of that name, alike in all that can be set.
    write("other", "9876543210");
    fs::rename(root() / "other", root() / "data.bin");
    EXPECT_EQ(content(ask("GET /data.bin")), "9876543210");
    EXPECT_EQ(content(ask("GET /data.bin", "Range: bytes=2-4\r\n")), "765");
    EXPECT_EQ(content(ask("GET /link_in")), "9876543210");
    fs::remove(root() / "link_in");
    fs::create_symlink("../outside", root() / "link_in");
    EXPECT_THAT(ask("GET /link_in"), StartsWith("HTTP/1.1 404 "));
    write("data.bin", "longer than before");
    EXPECT_EQ(content(ask("GET /data.bin")), "longer than before");
    fs::remove(root() / "data.bin");
    EXPECT_THAT(ask("GET /data.bin"), StartsWith("HTTP/1.1 404 "));
    fs::create_directory(root() / "data.bin");
    EXPECT_THAT(ask("GET /data.bin"), StartsWith("HTTP/1.1 308 "));
}

TEST_F(http_files, more_small_files_than_are_kept_are_served_all_the_same) {
    for (int i = 0; i < 200; ++i) write("many" + std::to_string(i), std::to_string(i));
    for (int round = 0; round < 2; ++round)
        for (int i = 0; i < 200; ++i)
            ASSERT_EQ(content(ask("GET /many" + std::to_string(i))), std::to_string(i));
}

TEST_F(http_files, a_file_is_sent_with_its_type_its_tag_and_its_time) {
    const std::string got = ask("GET /page.html");
    EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(field(got, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(field(got, "Content-Length"), "11");
    EXPECT_EQ(field(got, "Last-Modified"), date_text(changed).text());
    EXPECT_EQ(field(got, "Accept-Ranges"), "bytes");
    EXPECT_EQ(field(got, "Cache-Control"), "none");
    EXPECT_EQ(content(got), "<p>page</p>");
    EXPECT_EQ(field(ask("GET /static/data.bin"), "Cache-Control"), "max-age=60");
    EXPECT_EQ(field(ask("GET /data.bin"), "Content-Type"), "application/octet-stream");
    EXPECT_THAT(ask("HEAD /page.html"), EndsWith("\r\n\r\n"));
    EXPECT_EQ(field(ask("HEAD /page.html"), "Content-Length"), "11");
    EXPECT_EQ(content(ask("GET /large")), std::string(300'000, 'x') + "end");
    EXPECT_THAT(ask("DELETE /page.html"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(http_files, nothing_outside_the_folder_is_sent_and_nothing_hidden) {
    for (const char* path : {"/../outside",
                             "/docs/../../outside",
                             "/%2e%2e/outside",
                             "/..%2foutside",
                             "/docs/..%2f..%2foutside",
                             "/docs%2f..%2f..%2foutside",
                             "/./data.bin",
                             "/docs/../data.bin",
                             "/link_out",
                             "/link_away",
                             "/up/outside",
                             "/up/public/data.bin",
                             "/.hidden",
                             "/.git/config",
                             "/%2egit/config",
                             "//etc/passwd",
                             "/%2fetc/passwd",
                             "/docs//index.html",
                             "/fifo",
                             "/data.bin/",
                             "/nothing",
                             "/static/../data.bin",
                             "/static/%2e%2e/outside",
                             "/..\\outside",
                             "/docs/index.html/..",
                             "/data.bin%00.html",
                             "/link_out/"}) {
        const std::string got = ask(std::string("GET ") + path);
        EXPECT_THAT(got, ::testing::AnyOf(StartsWith("HTTP/1.1 404 "), StartsWith("HTTP/1.1 400 ")))
            << path;
        EXPECT_THAT(got, Not(HasSubstr("secret"))) << path;
        EXPECT_THAT(got, Not(HasSubstr("root:"))) << path;
    }
    EXPECT_EQ(content(ask("GET /link_in")), "0123456789");
    EXPECT_EQ(content(ask("GET /d%61ta.bin")), "0123456789");
}

TEST_F(http_files, a_folder_is_its_index_and_is_told_apart_from_a_file) {
    EXPECT_EQ(content(ask("GET /docs/")), "the index");
    const std::string bare = ask("GET /docs?a=1");
    EXPECT_THAT(bare, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"));
    EXPECT_EQ(field(bare, "Location"), "./docs/?a=1");
    EXPECT_THAT(ask("GET /"), StartsWith("HTTP/1.1 404 "));
    server plain;
    plain.get("/{path...}", files(root().string(), {.index = ""}));
    for (const char* path : {"/docs/", "/docs", "/"})
        EXPECT_THAT(answers(plain, std::string("GET ") + path + " HTTP/1.1\r\nHost: a\r\n\r\n"),
                    StartsWith("HTTP/1.1 404 "));
}

TEST_F(http_files, a_part_is_sent_where_one_is_asked_for) {
    const auto part = [&](const std::string& range) {
        const std::string got = ask("GET /data.bin", "Range: " + range + "\r\n");
        return got.substr(9, 3) + " " + field(got, "Content-Range") + " " + content(got);
    };
    EXPECT_EQ(part("bytes=0-0"), "206 bytes 0-0/10 0");
    EXPECT_EQ(part("bytes=2-4"), "206 bytes 2-4/10 234");
    EXPECT_EQ(part("bytes=7-"), "206 bytes 7-9/10 789");
    EXPECT_EQ(part("bytes=-3"), "206 bytes 7-9/10 789");
    EXPECT_EQ(part("bytes=5-100"), "206 bytes 5-9/10 56789");
    EXPECT_EQ(part("bytes=10-"), "416 bytes */10 Range Not Satisfiable");
    // What cannot be read is the whole.
    EXPECT_EQ(part("bytes=4-2"), "200 none 0123456789");
    EXPECT_EQ(part("lines=1-2"), "200 none 0123456789");
    EXPECT_EQ(content(ask("GET /large", "Range: bytes=299999-\r\n")), "xend");
    EXPECT_EQ(content(ask("GET /large", "Range: bytes=100-299999\r\n")), std::string(299'900, 'x'));
}

TEST_F(http_files, several_parts_are_sent_in_the_order_in_which_they_are_asked_for) {
    const auto parts = [&](const std::string& range, const std::string& path = "/data.bin") {
        const std::string got = ask("GET " + path, "Range: bytes=" + range + "\r\n");
        const std::string type = field(got, "Content-Type");
        const std::string before = "multipart/byteranges; boundary=";
        if (!type.starts_with(before)) return got.substr(9, 3) + " " + content(got);
        EXPECT_THAT(got, StartsWith("HTTP/1.1 206 Partial Content\r\n"));
        EXPECT_EQ(field(got.substr(0, got.find("\r\n\r\n")), "Content-Range"), "none");
        EXPECT_EQ(field(got, "Content-Length"), std::to_string(content(got).size()));
        std::string all = content(got);
        const std::string boundary = type.substr(before.size());
        EXPECT_EQ(boundary.size(), 32U);
        for (std::size_t at; (at = all.find(boundary)) != all.npos;)
            all.replace(at, boundary.size(), "B");
        return all;
    };
    const auto one = [](const std::string& range, const std::string& bytes) {
        return "--B\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes " + range +
               "\r\n\r\n" + bytes + "\r\n";
    };
    EXPECT_EQ(parts("0-1,4-5"), one("0-1/10", "01") + one("4-5/10", "45") + "--B--\r\n");
    EXPECT_EQ(parts("-2, 0-0"), one("8-9/10", "89") + one("0-0/10", "0") + "--B--\r\n");
    EXPECT_EQ(parts("0-2,2-4,3-3"),
              one("0-2/10", "012") + one("2-4/10", "234") + one("3-3/10", "3") + "--B--\r\n");
    const std::string x(100'000, 'x');
    EXPECT_EQ(parts("0-99999,200000-299999,-3", "/large"),
              one("0-99999/300003", x) + one("200000-299999/300003", x) +
                  one("300000-300002/300003", "end") + "--B--\r\n");
    // One of two that there is, is one; none is an error.
    EXPECT_EQ(parts("1-2,10-"), "206 12");
    EXPECT_EQ(parts("10-,20-30"), "416 Range Not Satisfiable");
    // What is more than the whole, or too many, or cannot be read, is the whole.
    EXPECT_EQ(parts("0-5,5-9"), "200 0123456789");
    EXPECT_EQ(parts("0-0,0-0,0-0,0-0"), "200 0123456789");
    EXPECT_EQ(parts("0-1,4-3"), "200 0123456789");
    std::string many = "0-0";
    for (int i = 1; i < 16; ++i)
        many += "," + std::to_string(10 * i) + "-" + std::to_string(10 * i);
    EXPECT_THAT(parts(many, "/large"), StartsWith("--B\r\n"));
    EXPECT_THAT(parts(many + ",170-170", "/large"), StartsWith("200 xxx"));
    EXPECT_EQ(ask("HEAD /data.bin", "Range: bytes=0-1,4-5\r\n").substr(9, 3), "200");
}

TEST_F(http_files, a_file_with_a_coding_comes_in_one_part_or_whole) {
    const auto with = [&](const std::string& range) {
        const std::string got =
            ask("GET /page.html", "Accept-Encoding: gzip\r\nRange: bytes=" + range + "\r\n");
        return got.substr(9, 3) + " " + field(got, "Content-Encoding") + " " + content(got);
    };
    EXPECT_EQ(with("0-1"), "206 gzip co");
    EXPECT_EQ(with("0-1,4-5"), "200 gzip compressed");
}

TEST_F(http_files, a_condition_is_held_against_tag_and_time) {
    const std::string tag = field(ask("GET /data.bin"), "ETag");
    const std::string then(date_text(changed).text());
    const std::string before(date_text(changed - 1).text());
    const auto status = [&](const std::string& fields) {
        return ask("GET /data.bin", fields).substr(9, 3);
    };
    EXPECT_EQ(status("If-None-Match: " + tag + "\r\n"), "304");
    EXPECT_EQ(status("If-None-Match: W/" + tag + "\r\n"), "304");
    EXPECT_EQ(status("If-None-Match: \"other\", " + tag + "\r\n"), "304");
    EXPECT_EQ(status("If-None-Match: *\r\n"), "304");
    EXPECT_EQ(status("If-None-Match: \"other\"\r\n"), "200");
    EXPECT_EQ(status("If-Modified-Since: " + then + "\r\n"), "304");
    EXPECT_EQ(status("If-Modified-Since: " + before + "\r\n"), "200");
    EXPECT_EQ(status("If-Modified-Since: yesterday\r\n"), "200");
    // A tag says more than a time.
    EXPECT_EQ(status("If-None-Match: \"other\"\r\nIf-Modified-Since: " + then + "\r\n"), "200");
    EXPECT_EQ(status("If-Match: " + tag + "\r\n"), "200");
    EXPECT_EQ(status("If-Match: \"other\"\r\n"), "412");
    EXPECT_EQ(status("If-Unmodified-Since: " + before + "\r\n"), "412");
    EXPECT_EQ(status("If-Range: " + tag + "\r\nRange: bytes=0-0\r\n"), "206");
    EXPECT_EQ(status("If-Range: \"other\"\r\nRange: bytes=0-0\r\n"), "200");
    EXPECT_EQ(status("If-Range: " + then + "\r\nRange: bytes=0-0\r\n"), "206");
    EXPECT_EQ(content(ask("GET /data.bin", "If-None-Match: " + tag + "\r\n")), "");
    write("data.bin", "0123456789+");
    EXPECT_EQ(status("If-None-Match: " + tag + "\r\n"), "200");
}

TEST_F(http_files, a_compressed_twin_goes_to_those_who_accept_it) {
    const auto coding = [&](const std::string& accepted) {
        const std::string got = ask("GET /page.html", "Accept-Encoding: " + accepted + "\r\n");
        EXPECT_EQ(field(got, "Content-Type"), "text/html; charset=utf-8");
        EXPECT_EQ(field(got, "Vary"), "Accept-Encoding");
        return field(got, "Content-Encoding") + " " + content(got);
    };
    EXPECT_EQ(coding("gzip, deflate, br"), "gzip compressed");
    EXPECT_EQ(coding("GZIP;q=0.5"), "gzip compressed");
    EXPECT_EQ(coding("br"), "none <p>page</p>");
    EXPECT_EQ(coding("gzip;q=0"), "none <p>page</p>");
    EXPECT_EQ(coding("gzip; q=0.000"), "none <p>page</p>");
    EXPECT_EQ(coding("x-gzip"), "none <p>page</p>");
    EXPECT_EQ(coding("*"), "gzip compressed");
    EXPECT_EQ(coding("identity, *;q=0.1"), "gzip compressed");
    EXPECT_EQ(coding("*;q=0"), "none <p>page</p>");
    EXPECT_EQ(coding("*, gzip;q=0"), "none <p>page</p>");
    EXPECT_EQ(coding("*;q=0, gzip"), "gzip compressed");
    EXPECT_NE(field(ask("GET /page.html", "Accept-Encoding: gzip\r\n"), "ETag"),
              field(ask("GET /page.html"), "ETag"));
}

TEST_F(http_files, a_folder_that_is_none_is_an_error_at_once) {
    EXPECT_THROW(files((root() / "nothing").string()), file_not_found);
    EXPECT_THROW(files((root() / "data.bin").string()), error);
}

}  // namespace
}  // namespace priz::http::test
