#include <fcntl.h>
#include <priz/file.hpp>

#include "core/open_beneath.hpp"
#include "scene.hpp"

namespace faults {
namespace {

using priz::socket;

const std::string lines = "one\ntwo\nthree without an end";

// A reading verb: what it gave and what the file gives afterwards make up the text. A verb that
// failed gave nothing and lost nothing.
template <class Verb>
scenario read(const std::string& name, bool timed, std::size_t buffering, Verb verb) {
    const auto run = [=](stage& now) {
        auto [left, right] = pair();
        left.sendall(lines);
        left.shutdown(SHUT_WR);
        if (timed) right.settimeout(60);
        priz::file f = right.makefile("r", buffering);
        const priz::result<std::string> got = now([&] { return verb(f); });
        EXPECT_EQ(got.value_or("") + f.read(), lines);
        return outcome_of(got);
    };
    return {name + (buffering == 0 ? "_unbuffered" : "") + (timed ? "_with_timeout" : ""),
            run,
            {},
            true,
            timed};
}

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) all += part;
    return all;
}

std::vector<scenario> reads(bool timed, std::size_t buffering) {
    using text_or_failure = priz::result<std::string>;
    return {
        read("read", timed, buffering, [](priz::file& f) { return f.try_read(6); }),
        read("read_all", timed, buffering, [](priz::file& f) { return f.try_read(); }),
        read("read1", timed, buffering, [](priz::file& f) { return f.try_read1(6); }),
        read("readline", timed, buffering, [](priz::file& f) { return f.try_readline(); }),
        read("readlines", timed, buffering,
             [](priz::file& f) -> text_or_failure {
                 const auto all = f.try_readlines();
                 if (!all) return std::unexpected(all.error());
                 return joined(*all);
             }),
        read("readinto", timed, buffering,
             [](priz::file& f) -> text_or_failure {
                 char target[6];
                 const auto count = f.try_readinto(target);
                 if (!count) return std::unexpected(count.error());
                 return std::string(target, *count);
             }),
        read("readinto1", timed, buffering,
             [](priz::file& f) -> text_or_failure {
                 char target[6];
                 const auto count = f.try_readinto1(target);
                 if (!count) return std::unexpected(count.error());
                 return std::string(target, *count);
             }),
    };
}

scenario peek(bool timed) {
    return read("peek", timed, 16, [](priz::file& f) -> priz::result<std::string> {
        const auto ahead = f.try_peek();
        if (!ahead) return std::unexpected(ahead.error());
        EXPECT_TRUE(lines.starts_with(ahead->text()));
        return std::string();
    });
}

// What a failing write did not take is the caller's to write again; what it took goes out at the
// next flush.
outcome write_more_than_fits(stage& now, std::optional<priz::duration> timeout) {
    auto [left, right] = pair();
    left.settimeout(timeout);
    priz::file f = left.makefile("w", 8);
    const auto took = now([&] { return f.try_write(text); });
    if (!took) f.write(text.substr(took.error().transferred()));
    f.flush();
    EXPECT_EQ(rest_of(left, right), text);
    return outcome_of(took);
}

outcome flush(stage& now, std::optional<priz::duration> timeout) {
    auto [left, right] = pair();
    left.settimeout(timeout);
    priz::file f = left.makefile("w");
    f.write(text);
    const auto flushed = now([&] { return f.try_flush(); });
    f.flush();
    EXPECT_EQ(rest_of(left, right), text);
    return outcome_of(flushed);
}

outcome write_unbuffered(stage& now, std::optional<priz::duration> timeout) {
    auto [left, right] = pair();
    left.settimeout(timeout);
    priz::file f = left.makefile("w", 0);
    const auto took = now([&] { return f.try_write(text); });
    EXPECT_EQ(rest_of(left, right), text.substr(0, took.value_or(0)));
    return outcome_of(took);
}

// What could not be flushed is lost, and nothing but its end.
outcome close_with_text(stage& now) {
    auto [left, right] = pair();
    priz::file f = left.makefile("w");
    left.close();
    f.write(text);
    const auto closed = now([&] { return f.try_close(); });
    EXPECT_TRUE(f.closed());
    std::string all;
    char part[64];
    while (const std::size_t count = right.recv_into(part)) all.append(part, count);
    EXPECT_TRUE(text.starts_with(all));
    if (closed) {
        EXPECT_EQ(all, text);
    }
    return outcome_of(closed);
}

outcome close_of_a_socket_with_a_file(stage& now) {
    auto [left, right] = pair();
    priz::file f = left.makefile("rw");
    const auto closed = now([&left, &f] {
        auto first = left.try_close();
        auto second = f.try_close();
        return first ? second : first;
    });
    EXPECT_EQ(right.recv(1), "");
    return outcome_of(closed);
}

std::vector<scenario> writes(bool timed) {
    const auto limit = timed ? std::optional<priz::duration>(60) : std::nullopt;
    const std::string suffix = timed ? "_with_timeout" : "";
    std::vector<scenario> all;
    for (const auto& [name, verb] :
         {std::pair("write_more_than_fits", &write_more_than_fits),
          std::pair("write_unbuffered", &write_unbuffered), std::pair("flush", &flush)})
        all.push_back({name + suffix,
                       [=, run = verb](stage& now) { return run(now, limit); },
                       {},
                       true,
                       timed});
    return all;
}

std::vector<scenario> ends() {
    return {
        {"close", close_with_text},
        {"close_of_both", close_of_a_socket_with_a_file},
        peek(false),
        peek(true),
    };
}

}  // namespace

// A file that is served from below a folder.
scenario open_beneath() {
    const auto run = [](stage& now) {
        const priz::unique_fd folder(::open(PRIZ_TEST_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC));
        const auto got =
            now([&] { return priz::detail::open_beneath(folder.get(), "nsswitch.conf"); });
        return outcome_of(got);
    };
    return {"open_beneath", run};
}

// Whether it is still the file that is known.
scenario look_at() {
    const auto run = [](stage& now) {
        const priz::unique_fd folder(::open(PRIZ_TEST_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC));
        struct ::stat found {};
        const auto got =
            now([&] { return priz::detail::look_at(folder.get(), "nsswitch.conf", found); });
        EXPECT_EQ(S_ISREG(found.st_mode), got.has_value());
        return outcome_of(got);
    };
    return {"look_at", run};
}

std::vector<scenario> file_scenarios() {
    std::vector<scenario> every = ends();
    every.push_back(look_at());
    every.push_back(open_beneath());
    for (const bool timed : {false, true}) {
        for (auto&& some : {reads(timed, 8), reads(timed, 0), writes(timed)})
            every.insert(every.end(), some.begin(), some.end());
    }
    return every;
}

namespace {

class file_faults : public testing::TestWithParam<scenario> {};

TEST_P(file_faults, strike_every_call_without_loss_or_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, file_faults, testing::ValuesIn(file_scenarios()), test_name);

}  // namespace
}  // namespace faults
