// Bugs, planted in the verbs that scenarios use: each is found within 1,000 seeds, and by what is
// meant to find it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "priz/io/sync.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t seeds_max = 1000;

// Has taken something, and does something else before it hands it over: what is cancelled then is
// lost.
template <class T, class Verb>
io::task<T> take_and_dawdle(trial& t, Verb verb) {
    T taken = co_await std::move(verb);
    co_await io::sleep(t.moment());
    co_return taken;
}

io::task<std::optional<std::string>> recv_that_drops(trial& t, io::stream& s, duration limit) {
    const auto got = co_await io::move_on_after(limit, take_and_dawdle<io::chunk>(t, s.recv()));
    if (!got) co_return std::nullopt;
    co_return std::string(got->text());
}

io::task<std::optional<io::accepted>> accept_that_drops(trial& t, io::listener& from,
                                                        duration limit) {
    auto got = co_await io::move_on_after(limit, take_and_dawdle<io::accepted>(t, from.accept()));
    co_return got;
}

io::task<std::optional<message>> recvfrom_that_drops(trial& t, io::datagram& d, duration limit) {
    const auto got =
        co_await io::move_on_after(limit, take_and_dawdle<io::packet>(t, d.recvfrom()));
    if (!got) co_return std::nullopt;
    message made{std::string(got->data.text()), got->from};
    co_return made;
}

io::task<std::optional<std::string>> read_that_drops(trial& t, io::reader& in, duration limit) {
    const auto got =
        co_await io::move_on_after(limit, take_and_dawdle<priz::bytes>(t, in.read1(1000)));
    if (!got) co_return std::nullopt;
    co_return std::string(got->begin(), got->end());
}

// Now and then takes a write of a part for one that has not begun.
io::task<std::size_t> write_that_repeats(trial& t, io::writer& out, priz::bytes_view all,
                                         duration limit) {
    const std::size_t taken = co_await as_they_are.write(t, out, all, limit);
    if (taken < all.size() && t.happens(0.1)) co_return 0;
    co_return taken;
}

// Takes a send that was cut for one that has not begun.
io::task<std::size_t> send_that_repeats(trial&, io::stream& s, priz::bytes_view all,
                                        duration limit) {
    const bool is_done = co_await io::move_on_after(limit, s.sendall(all));
    co_return is_done ? all.size() : 0;
}

// Forgets a socket of its own.
io::task<std::optional<io::accepted>> accept_that_leaks(trial& t, io::listener& from,
                                                        duration limit) {
    if (t.happens(0.01)) io::listen("any:0").release_endpoint();
    auto got = co_await as_they_are.accept(t, from, limit);
    co_return got;
}

// What the verbs below leave behind, until the test has ended. None of it is itself an allocation
// of the wrong moment: the places are there beforehand.
struct leftovers {
    std::vector<std::unique_ptr<char>> memory;
    std::vector<int> descriptors;
    std::deque<io::detail::timer> timers;

    leftovers() {
        memory.reserve(most);
        descriptors.reserve(most);
    }
    leftovers(const leftovers&) = delete;
    leftovers& operator=(const leftovers&) = delete;
    ~leftovers() {
        for (const int each : descriptors) ::close(each);
    }

    static constexpr std::size_t most = 1000;
};
leftovers* left = nullptr;

io::task<std::optional<std::string>> recv_that_leaks_memory(trial& t, io::stream& s,
                                                            duration limit) {
    if (t.happens(0.01) && left->memory.size() < leftovers::most)
        left->memory.push_back(std::make_unique<char>());
    auto got = co_await as_they_are.recv(t, s, limit);
    co_return got;
}

io::task<std::optional<std::string>> recv_that_leaks_descriptors(trial& t, io::stream& s,
                                                                 duration limit) {
    if (t.happens(0.01) && left->descriptors.size() < leftovers::most)
        left->descriptors.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto got = co_await as_they_are.recv(t, s, limit);
    co_return got;
}

io::task<std::optional<std::string>> recv_that_leaks_timers(trial& t, io::stream& s,
                                                            duration limit) {
    constexpr std::int64_t far_away = io::detail::never - 1;
    if (t.happens(0.01))
        io::detail::this_loop_core().timers.arm(
            left->timers.emplace_back([](io::detail::timer&) noexcept {}), far_away);
    auto got = co_await as_they_are.recv(t, s, limit);
    co_return got;
}

// Misses the end of its time.
io::task<std::optional<std::string>> recv_that_hangs(trial& t, io::stream& s, duration limit) {
    auto got = co_await as_they_are.recv(t, s, limit);
    io::event never;
    if (!got && t.happens(0.01)) co_await never.wait();
    co_return got;
}

// Does something else each time.
io::task<std::optional<std::string>> recv_that_remembers(trial& t, io::stream& s, duration limit) {
    static int calls = 0;
    if (++calls % 17 == 0) io::listen("any:0");
    auto got = co_await as_they_are.recv(t, s, limit);
    co_return got;
}

// What the first seed that finds something says; empty when none does.
std::string found(const char* name, const verbs& with) {
    const auto all = all_scenarios();
    const auto what = std::ranges::find(all, std::string_view(name), &scenario::name);
    for (std::uint64_t seed = 1; seed <= seeds_max; ++seed) {
        std::string wrong = check(*what, seed, with);
        if (wrong.empty()) continue;
        testing::Test::RecordProperty("seed", static_cast<int>(seed));
        return wrong;
    }
    return {};
}

verbs with_recv(verbs::recv_verb& wrong) {
    verbs made = as_they_are;
    made.recv = wrong;
    return made;
}

verbs with_accept(verbs::accept_verb& wrong) {
    verbs made = as_they_are;
    made.accept = wrong;
    return made;
}

TEST(planted_bugs, a_cancelled_receive_that_drops_its_bytes) {
    EXPECT_THAT(found("echo", with_recv(recv_that_drops)), HasSubstr("bytes came back"));
    EXPECT_THAT(found("cut_send", with_recv(recv_that_drops)), HasSubstr("the peer got"));
}

TEST(planted_bugs, a_cancelled_accept_that_drops_its_connection) {
    EXPECT_NE(found("accept", with_accept(accept_that_drops)), "");
}

TEST(planted_bugs, a_cancelled_recvfrom_that_drops_its_datagram) {
    verbs with = as_they_are;
    with.recvfrom = recvfrom_that_drops;
    EXPECT_EQ(found("datagrams", with), "a datagram was lost");
}

TEST(planted_bugs, a_send_that_is_cut_and_begins_anew) {
    verbs with = as_they_are;
    with.send = send_that_repeats;
    EXPECT_THAT(found("cut_send", with), HasSubstr("the peer got"));
    EXPECT_NE(found("shared", with), "");
}

TEST(planted_bugs, a_cancelled_read_that_drops_its_bytes) {
    verbs with = as_they_are;
    with.read = read_that_drops;
    EXPECT_THAT(found("files", with), HasSubstr("bytes were read"));
}

TEST(planted_bugs, a_write_that_is_cut_and_begins_anew) {
    verbs with = as_they_are;
    with.write = write_that_repeats;
    EXPECT_THAT(found("files", with), HasSubstr("bytes were read"));
}

TEST(planted_bugs, a_race_whose_losers_do_not_count) {
    verbs with = as_they_are;
    with.losers_count = false;
    EXPECT_THAT(found("races", with), HasSubstr("number"));
}

TEST(planted_bugs, a_socket_that_is_never_closed) {
    EXPECT_THAT(found("echo", with_accept(accept_that_leaks)), HasSubstr("has left sockets open"));
}

class planted_leaks : public testing::Test {
protected:
    planted_leaks() { left = &all_; }
    ~planted_leaks() override { left = nullptr; }

private:
    leftovers all_;
};

TEST_F(planted_leaks, of_memory) {
    if (!counts_allocations()) GTEST_SKIP() << "a sanitizer counts allocations";
    EXPECT_THAT(found("echo", with_recv(recv_that_leaks_memory)),
                HasSubstr("allocations are left"));
}

TEST_F(planted_leaks, of_descriptors) {
    EXPECT_EQ(found("echo", with_recv(recv_that_leaks_descriptors)), "descriptors are left");
}

TEST_F(planted_leaks, of_timers) {
    EXPECT_THAT(found("echo", with_recv(recv_that_leaks_timers)), HasSubstr("has left timers"));
}

TEST(planted_bugs, a_wait_that_does_not_end) {
    EXPECT_THAT(found("echo", with_recv(recv_that_hangs)), HasSubstr("not come to its end"));
}

TEST(planted_bugs, a_course_that_is_another_each_time) {
    EXPECT_EQ(found("echo", with_recv(recv_that_remembers)), "the second run has another trace");
}

}  // namespace
}  // namespace law
