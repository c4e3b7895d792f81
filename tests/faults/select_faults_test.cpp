#include <priz/select.hpp>
#include <priz/selectors.hpp>

#include "scene.hpp"

namespace faults {
namespace {

using priz::socket;
using timeout = std::optional<priz::duration>;

// A socket with something to read, and none of it may be gone when the waiting is over.
struct readable {
    std::pair<socket, socket> ends = pair();
    socket& here = ends.second;

    readable() { ends.first.sendall(text); }
    ~readable() { EXPECT_EQ(rest_of(ends.first, here), text); }
    readable(const readable&) = delete;
    readable& operator=(const readable&) = delete;
};

outcome by_select(stage& now, const timeout& limit) {
    readable one;
    const auto found = now([&] { return priz::try_select({one.here}, {one.here}, {}, limit); });
    if (found) {
        EXPECT_TRUE(found->readable.contains(one.here));
        EXPECT_TRUE(found->writable.contains(one.here));
    }
    return outcome_of(found);
}

// What has hung up is no exception: select() asks the kernel a second time, in its own way.
outcome by_sets(stage& now) {
    auto [left, right] = pair();
    left.close();
    const auto found = now([&right] { return priz::try_select({}, {}, {right}, 0); });
    if (found) {
        EXPECT_TRUE(found->empty() || now.struck());
    }
    return outcome_of(found);
}

outcome by_poll(stage& now, const timeout& limit) {
    readable one;
    priz::poll_object poller;
    poller.register_(one.here, POLLIN);
    const auto found = now([&] { return poller.try_poll(limit); });
    const std::vector<priz::fd_event> expected{{one.here.fileno(), POLLIN}};
    if (found) {
        EXPECT_EQ(*found, expected);
    }
    return outcome_of(found);
}

outcome by_epoll(stage& now, const timeout& limit) {
    readable one;
    priz::epoll poller;
    poller.register_(one.here, EPOLLIN);
    const auto found = now([&] { return poller.try_poll(limit); });
    const std::vector<priz::fd_event> expected{{one.here.fileno(), EPOLLIN}};
    if (found) {
        EXPECT_EQ(*found, expected);
    }
    return outcome_of(found);
}

std::vector<scenario> waits(bool timed) {
    const timeout limit = timed ? timeout(60) : std::nullopt;
    const std::string suffix = timed ? "_with_timeout" : "";
    return {
        {"select" + suffix, [=](stage& now) { return by_select(now, limit); }},
        {"poll" + suffix, [=](stage& now) { return by_poll(now, limit); }},
        {"epoll" + suffix, [=](stage& now) { return by_epoll(now, limit); }},
        {"epoll_of_an_old_kernel" + suffix,
         [=](stage& now) { return by_epoll(now, limit); },
         {},
         true,
         false,
         "epoll_pwait2"},
    };
}

// What is registered with an epoll: what the kernel says at the next wait.
bool is_registered(priz::epoll& poller) { return !poller.poll(0).empty(); }

std::vector<scenario> lives_of_an_epoll() {
    return {
        {"epoll_make", [](stage& now) { return outcome_of(now(priz::epoll::try_make)); }},
        {"epoll_close",
         [](stage& now) {
             priz::epoll poller;
             const auto closed = now([&] { return poller.try_close(); });
             EXPECT_TRUE(poller.closed());
             return outcome_of(closed);
         }},
        {"epoll_register",
         [](stage& now) {
             readable one;
             priz::epoll poller;
             const auto added = now([&] { return poller.try_register_(one.here, EPOLLIN); });
             EXPECT_EQ(is_registered(poller), added.has_value());
             return outcome_of(added);
         }},
        {"epoll_modify",
         [](stage& now) {
             readable one;
             priz::epoll poller;
             poller.register_(one.here, EPOLLPRI);
             const auto changed = now([&] { return poller.try_modify(one.here, EPOLLIN); });
             EXPECT_EQ(is_registered(poller), changed.has_value());
             return outcome_of(changed);
         }},
        {"epoll_unregister",
         [](stage& now) {
             readable one;
             priz::epoll poller;
             poller.register_(one.here, EPOLLIN);
             const auto removed = now([&] { return poller.try_unregister(one.here); });
             EXPECT_EQ(is_registered(poller), !removed.has_value());
             return outcome_of(removed);
         }},
    };
}

template <class Selector>
outcome by_selector(stage& now, const timeout& limit) {
    readable one;
    Selector selector;
    selector.register_(one.here, priz::EVENT_READ);
    const auto found = now([&] { return selector.try_select(limit); });
    if (found) {
        EXPECT_EQ(found->size(), 1U);
        EXPECT_EQ(found->front().key.template object<socket>(), &one.here);
        EXPECT_EQ(found->front().events, priz::EVENT_READ);
    }
    return outcome_of(found);
}

std::vector<scenario> selectors() {
    using priz::epoll_selector;
    return {
        {"epoll_selector", [](stage& now) { return by_selector<epoll_selector>(now, 60); }},
        {"poll_selector", [](stage& now) { return by_selector<priz::poll_selector>(now, 60); }},
        {"select_selector", [](stage& now) { return by_selector<priz::select_selector>(now, 60); }},
        {"selector_make", [](stage& now) { return outcome_of(now(epoll_selector::try_make)); }},
        {"selector_register",
         [](stage& now) {
             readable one;
             epoll_selector selector;
             const auto added =
                 now([&] { return selector.try_register_(one.here, priz::EVENT_READ); });
             EXPECT_EQ(selector.get_map().size(), added ? 1U : 0U);
             EXPECT_EQ(selector.select(0).size(), added ? 1U : 0U);
             return outcome_of(added);
         }},
        {"selector_modify",
         [](stage& now) {
             readable one;
             epoll_selector selector;
             selector.register_(one.here, priz::EVENT_WRITE);
             const auto changed =
                 now([&] { return selector.try_modify(one.here, priz::EVENT_READ); });
             EXPECT_EQ(selector.get_map().size(), changed ? 1U : 0U);
             EXPECT_EQ(selector.select(0).size(), changed ? 1U : 0U);
             return outcome_of(changed);
         }},
        // A descriptor that was closed has left the kernel's set by itself.
        {"selector_unregister",
         [](stage& now) {
             readable one;
             epoll_selector selector;
             selector.register_(one.here, priz::EVENT_READ);
             const auto removed = now([&] { return selector.try_unregister(one.here); });
             EXPECT_TRUE(selector.get_map().empty());
             EXPECT_TRUE(selector.select(0).empty());
             return outcome_of(removed);
         },
         {"epoll_ctl"}},
        {"selector_close",
         [](stage& now) {
             epoll_selector selector;
             const auto closed = now([&] { return selector.try_close(); });
             EXPECT_EQ(selector.fileno(), -1);
             return outcome_of(closed);
         }},
    };
}

}  // namespace

std::vector<scenario> select_scenarios() {
    std::vector<scenario> every{{"select_by_sets", by_sets}};
    for (auto&& some : {waits(false), waits(true), lives_of_an_epoll(), selectors()})
        every.insert(every.end(), some.begin(), some.end());
    return every;
}

namespace {

class select_faults : public testing::TestWithParam<scenario> {};

TEST_P(select_faults, strike_every_call_without_loss_or_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, select_faults, testing::ValuesIn(select_scenarios()), test_name);

}  // namespace
}  // namespace faults
