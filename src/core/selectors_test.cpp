#include "priz/selectors.hpp"

#include <functional>
#include <type_traits>

#include "core/readiness_fixture.hpp"
#include "core/system_call_fault.hpp"

namespace priz {
namespace {

// Every claim of this suite is made of each of the three selectors.
template <class Kind>
class selectors : public ::testing::Test {
public:
    Kind selector;
};

class names {
public:
    template <class Kind>
    static std::string GetName(int) {
        if (std::is_same_v<Kind, epoll_selector>) return "epoll";
        return std::is_same_v<Kind, poll_selector> ? "poll" : "select";
    }
};

using kinds = ::testing::Types<epoll_selector, poll_selector, select_selector>;
TYPED_TEST_SUITE(selectors, kinds, names);

TYPED_TEST(selectors, a_key_brings_back_the_object_its_descriptor_and_the_data) {
    auto [left, right] = socketpair();
    const selector_key& made =
        this->selector.register_(left, EVENT_READ | EVENT_WRITE, std::string("the left"));
    EXPECT_EQ(made.fd, left.fileno());
    right.sendall("x");
    int seen = 0;
    for (const auto& [key, events] : this->selector.select()) {
        EXPECT_EQ(key.template object<socket>(), &left);
        EXPECT_EQ(key.fd, left.fileno());
        EXPECT_EQ(key.template data_as<std::string>(), "the left");
        EXPECT_EQ(events, EVENT_READ | EVENT_WRITE);
        ++seen;
    }
    EXPECT_EQ(seen, 1);
}

TYPED_TEST(selectors, only_the_events_asked_for_are_reported) {
    auto [left, right] = socketpair();
    this->selector.register_(left, EVENT_READ);
    EXPECT_TRUE(this->selector.select(0).empty());
    this->selector.modify(left, EVENT_WRITE);
    right.sendall("x");
    ASSERT_EQ(this->selector.select(0).size(), 1u);
    EXPECT_EQ(this->selector.select(0)[0].events, EVENT_WRITE);
}

TYPED_TEST(selectors, an_object_that_was_closed_is_unregistered_by_its_identity) {
    auto [left, right] = socketpair();
    const int number = left.fileno();
    this->selector.register_(left, EVENT_READ, 5);
    left.close();
    const selector_key key = this->selector.unregister(left);
    EXPECT_EQ(key.fd, number);
    EXPECT_EQ(key.template data_as<int>(), 5);
    EXPECT_TRUE(this->selector.get_map().empty());
    EXPECT_THROW(this->selector.unregister(left), value_error);
}

TYPED_TEST(selectors, refuses_what_python_refuses_and_stays_as_it_was) {
    auto [left, right] = socketpair();
    auto& s = this->selector;
    EXPECT_THROW(s.register_(left, 0), value_error);
    EXPECT_THROW(s.register_(left, 4), value_error);
    EXPECT_THROW(s.register_(-1, EVENT_READ), value_error);
    EXPECT_THROW(s.unregister(left), key_error);
    EXPECT_THROW(s.modify(left, EVENT_READ), key_error);
    EXPECT_THROW(s.get_key(left), key_error);
    s.register_(left, EVENT_READ, 1);
    EXPECT_THROW(s.register_(left, EVENT_WRITE, 2), key_error);
    EXPECT_THROW(s.modify(left, 8), value_error);
    EXPECT_EQ(s.get_key(left).events, EVENT_READ);
    EXPECT_EQ(s.get_key(left.fileno()).template data_as<int>(), 1);
    EXPECT_EQ(s.get_map().size(), 1u);
}

TYPED_TEST(selectors, modify_replaces_events_and_data_both) {
    auto [left, right] = socketpair();
    this->selector.register_(left, EVENT_READ, 1);
    const selector_key& key = this->selector.modify(left, EVENT_WRITE);
    EXPECT_FALSE(key.data.has_value());
    EXPECT_EQ(key.events, EVENT_WRITE);
    EXPECT_EQ(this->selector.modify(left, EVENT_WRITE, 2).template data_as<int>(), 2);
}

TYPED_TEST(selectors, a_handler_may_unregister_any_key_while_others_wait_their_turn) {
    auto [left, right] = socketpair();
    std::vector<int> handled;
    const auto handler = [&](const socket& gone) {
        return std::function<void()>([&, &s = gone] {
            handled.push_back(s.fileno());
            this->selector.unregister(s);
        });
    };
    this->selector.register_(left, EVENT_WRITE, handler(left));
    this->selector.register_(right, EVENT_WRITE, handler(right));
    for (const auto& [key, events] : this->selector.select())
        key.template data_as<std::function<void()>>()();
    EXPECT_EQ(handled.size(), 2u);
    EXPECT_TRUE(this->selector.get_map().empty());
}

TYPED_TEST(selectors, zero_and_a_negative_timeout_do_not_wait) {
    EXPECT_TRUE(this->selector.select(0).empty());
    EXPECT_TRUE(this->selector.select(-1).empty());
}

TYPED_TEST(selectors, a_wait_without_end_is_ended_by_the_hook) {
    const test::signal_storm storm;
    test::counting_hook hook(2);
    EXPECT_EQ(this->selector.try_select(std::nullopt, &hook).error().code(), errc::stopped);
}

TYPED_TEST(selectors, after_close_nothing_is_registered_and_every_verb_refuses) {
    auto [left, right] = socketpair();
    const std::size_t before = test::open_descriptors();
    this->selector.register_(left, EVENT_READ);
    this->selector.close();
    this->selector.close();
    EXPECT_LE(test::open_descriptors(), before);
    EXPECT_TRUE(this->selector.get_map().empty());
    EXPECT_THROW(this->selector.register_(left, EVENT_READ), value_error);
    EXPECT_THROW(this->selector.unregister(left), value_error);
    EXPECT_THROW(this->selector.get_key(left), value_error);
    EXPECT_THROW(this->selector.select(0), value_error);
    EXPECT_GE(left.fileno(), 0);
}

TYPED_TEST(selectors, moves_with_all_that_is_registered) {
    auto [left, right] = socketpair();
    this->selector.register_(left, EVENT_WRITE, 7);
    TypeParam moved = std::move(this->selector);
    ASSERT_EQ(moved.select().size(), 1u);
    EXPECT_EQ(moved.get_key(left).template data_as<int>(), 7);
    EXPECT_THROW(this->selector.select(0), value_error);
}

// Python's selector of the same name, on the same descriptors, asked about each alone.
TYPED_TEST(selectors, finds_what_python_s_finds_in_every_state_of_a_descriptor) {
    const test::scenarios states;
    std::string ours;
    for (const auto& [name, fd] : states.all()) {
        TypeParam one;
        ours += std::to_string(fd);
        if (!one.try_register_(fd, EVENT_READ | EVENT_WRITE)) {
            EXPECT_TRUE(one.get_map().empty());
            ours += " refused";
        }
        for (const auto& [key, events] : one.select(0)) ours += " " + std::to_string(events);
        ours += "\n";
    }
    const std::string kind = names::GetName<TypeParam>(0);
    const std::string theirs = test::python(R"(
import selectors
for fd in FDS:
    with {"epoll": selectors.EpollSelector, "poll": selectors.PollSelector,
          "select": selectors.SelectSelector}[")" +
                                                kind +
                                                R"("]() as one:
        try:
            one.register(fd, selectors.EVENT_READ | selectors.EVENT_WRITE)
        except PermissionError:
            print(fd, "refused")
        else:
            print(fd, *(events for key, events in one.select(0)))
)",
                                            states.all());
    EXPECT_EQ(ours, theirs);
}

TEST(selectors, the_default_is_epoll_and_its_descriptor_can_be_waited_for) {
    auto [left, right] = socketpair();
    default_selector selector;
    selector.register_(left, EVENT_READ);
    epoll outer;
    outer.register_(selector, EPOLLIN);
    EXPECT_TRUE(outer.poll(duration()).empty());
    right.sendall("x");
    EXPECT_EQ(outer.poll().size(), 1u);
}

TEST(selectors, a_registration_that_the_kernel_refuses_leaves_nothing_behind) {
    EXPECT_TRUE(test::holds_when_failing(SYS_epoll_ctl, ENOSPC, [] {
        auto [left, right] = socketpair();
        epoll_selector selector;
        const auto refused = selector.try_register_(left, EVENT_READ);
        return !refused && refused.error().code() == std::errc::no_space_on_device &&
               selector.get_map().empty();
    }));
}

TEST(selectors, no_descriptor_left_is_an_error) {
    EXPECT_TRUE(test::holds_when_failing(SYS_epoll_create1, EMFILE, [] {
        return epoll_selector::try_make().error().code() == std::errc::too_many_files_open;
    }));
}

}  // namespace
}  // namespace priz
