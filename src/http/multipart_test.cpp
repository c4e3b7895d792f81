// Forms of parts: what is written is read again, whatever is cut where; and what is no form.
#include "priz/http/multipart.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "priz/http/media_type.hpp"

namespace priz::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Every part as "name[filename]=content", and how it ended. Pieces of that size at a time.
std::vector<std::string> parts_of(std::string_view text, std::string_view boundary,
                                  std::size_t piece, const multipart_limits& most = {}) {
    multipart_parser parser(boundary, most);
    std::vector<std::string> all;
    std::string input;
    for (std::size_t at = 0;;) {
        const auto step = parser.next(input);
        if (step.how == multipart_event::part)
            all.push_back(parser.name() +
                          (parser.filename() ? '[' + *parser.filename() + ']' : "") + '=');
        if (step.how == multipart_event::content) all.back() += step.content;
        input.erase(0, step.consumed);
        const bool is_done =
            step.how == multipart_event::more || step.how == multipart_event::complete;
        if (step.how == multipart_event::failed || (is_done && at == text.size())) break;
        if (!is_done) continue;
        const std::string_view next = text.substr(at, piece);
        at += next.size();
        input += next;
    }
    if (!parser.finish()) all.push_back(name(parser.error().what));
    return all;
}

TEST(multipart, what_is_written_is_read_again) {
    multipart_form form;
    form.add("plain", "a value").add("empty", "").add("a \"b\"\r\n", "\r\n--x\r\n");
    form.add_file("file", "dünya.bin", std::string("\0\r\n--", 5), "text/plain");
    const auto type = parse_media_type(form.content_type());
    EXPECT_TRUE(type.is("multipart/form-data"));
    const std::string boundary(*type.parameter("boundary"));
    for (std::size_t piece = 1; piece < 200; ++piece)
        ASSERT_THAT(parts_of(form.content(), boundary, piece),
                    ElementsAre("plain=a value", "empty=", "a %22b%22%0D%0A=\r\n--x\r\n",
                                "file[dünya.bin]=" + std::string("\0\r\n--", 5)))
            << piece;
    EXPECT_NE(multipart_form().content_type(), multipart_form().content_type());
    EXPECT_THROW(form.add(std::string("a\0b", 3), ""), value_error);
    EXPECT_THROW(form.add_file("a", "b", "c", "text/plain\r\nX: y"), priz::error);
}

std::string part(const std::string& head, const std::string& content) {
    return "--b\r\n" + head + "\r\n\r\n" + content + "\r\n";
}
const std::string named = "Content-Disposition: form-data; name=\"n\"";

TEST(multipart, one_reading_of_every_form) {
    struct row {
        std::string text;
        std::vector<std::string> read;
    };
    const std::string end = "--b--\r\n";
    const std::string disposition = "Content-Disposition: form-data; ";
    for (const row& r : {
             row{end, {}},
             row{"--b--", {}},
             row{part(named, "x") + end, {"n=x"}},
             row{part("content-disposition:form-data;name=n", "x") + end, {"n=x"}},
             row{part("X: y\r\n" + named, "x") + end, {"n=x"}},
             row{"--b \t\r\n" + named + "\r\n\r\nx\r\n--b--", {"n=x"}},
             // A line that begins so is a boundary, also the first one.
             row{part(named, "--b") + end, {"n=", "incomplete"}},
             row{part(named, "\r\n--a") + end, {"n=\r\n--a"}},
             row{part(disposition + "name=\"a\\\"b\"", "x") + end, {"a\"b=x"}},
             row{part(disposition + "name=n; filename=\"C:\\dir\\f\"", "x") + end,
                 {"n[C:\\dir\\f]=x"}},
             row{part(disposition + "filename=f; name=n", "") + end, {"n[f]="}},
             // None of these.
             row{"", {"incomplete"}},
             row{"--b", {"incomplete"}},
             row{part(named, "x"), {"n=x", "incomplete"}},
             row{part(named, "x") + "--b-", {"n=x", "incomplete"}},
             row{"before" + part(named, "x") + end, {"bad_multipart"}},
             row{"\r\n" + part(named, "x") + end, {"bad_multipart"}},
             row{part(named, "x") + end + "after", {"n=x", "bad_multipart"}},
             row{"--b\n" + named + "\n\nx\n--b--\n", {"bad_multipart"}},
             row{part(named, "x") + "--bc\r\n", {"n=x", "bad_multipart"}},
             row{"--b\r\n\r\nx\r\n" + end, {"bad_multipart"}},
             row{part("X: y", "x") + end, {"bad_multipart"}},
             row{part(named + "\r\n" + named, "x") + end, {"bad_multipart"}},
             row{part(named + "; name=m", "x") + end, {"bad_multipart"}},
             row{part(named + "; filename=a; filename=b", "x") + end, {"bad_multipart"}},
             row{part(disposition + "filename=f", "x") + end, {"bad_multipart"}},
             row{part("Content-Disposition: attachment; name=n", "x") + end, {"bad_multipart"}},
             row{part(disposition + "name=\"n", "x") + end, {"bad_multipart"}},
             row{part(disposition + "name=\"n\"x", "x") + end, {"bad_multipart"}},
             row{part("no colon", "x") + end, {"bad_multipart"}},
             row{part("X : y\r\n" + named, "x") + end, {"bad_multipart"}},
         })
        for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U})
            EXPECT_EQ(parts_of(r.text, "b", piece), r.read) << r.text << piece;
}

TEST(multipart, has_limits) {
    std::string many;
    for (int i = 0; i < 4; ++i) many += part(named, "x");
    many += "--b--";
    multipart_limits few;
    few.parts = 3;
    EXPECT_THAT(parts_of(many, "b", 100, few), ElementsAre("n=x", "n=x", "n=x", "too_many_parts"));
    few.parts = 4;
    EXPECT_EQ(parts_of(many, "b", 100, few).size(), 4U);
    few.head = 40;
    EXPECT_THAT(parts_of(many, "b", 100, few), ElementsAre("n=x", "n=x", "n=x", "n=x"));
    few.head = 39;
    EXPECT_THAT(parts_of(many, "b", 1, few), ElementsAre("head_too_large"));
    for (const std::string& none : {std::string(), std::string(71, 'x'), std::string("a\r\nb"),
                                    std::string("a "), std::string("a;b")})
        EXPECT_THROW(multipart_parser{none}, priz::error) << none;
}

}  // namespace
}  // namespace priz::http
