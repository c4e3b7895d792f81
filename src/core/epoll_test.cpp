#include "priz/epoll.hpp"

#include <sys/epoll.h>

#include <chrono>
#include <cmath>

#include "core/readiness_fixture.hpp"
#include "core/system_call_fault.hpp"
#include "priz/deadline.hpp"

namespace priz {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t all_bits = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLRDNORM |
                                   EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND;

TEST(epoll, reports_the_bits_that_cpython_reports_in_every_state_of_a_descriptor) {
    const test::scenarios states;
    std::string ours;
    for (const auto& [name, fd] : states.all()) {
        epoll poller;
        ours += std::to_string(fd);
        if (poller.try_register_(fd, all_bits)) {
            for (const auto& [ready, events] : poller.poll(0))
                ours += " " + std::to_string(ready) + ":" + std::to_string(events);
        } else {
            EXPECT_THROW(poller.register_(fd, all_bits), permission_denied) << name;
            ours += " PermissionError";
        }
        ours += "\n";
    }
    const std::string theirs = test::python(R"(
import select
for fd in FDS:
    with select.epoll() as poller:
        try:
            poller.register(fd, )" + std::to_string(all_bits) +
                                                R"()
            print(fd, *(f"{ready}:{events}" for ready, events in poller.poll(0)))
        except PermissionError:
            print(fd, "PermissionError")
)",
                                            states.all());
    EXPECT_EQ(ours, theirs);
}

TEST(epoll, refuses_what_cpython_refuses_with_the_same_kind_of_error) {
    auto [left, right] = socketpair();
    epoll poller;
    EXPECT_THROW(poller.register_(-1), value_error);
    EXPECT_THROW(poller.modify(left, EPOLLIN), file_not_found);
    EXPECT_THROW(poller.unregister(left), file_not_found);
    poller.register_(left);
    EXPECT_THROW(poller.register_(left), file_exists);
    EXPECT_EQ(poller.try_register_(900'000).error().code(), std::errc::bad_file_descriptor);
    EXPECT_EQ(poller.try_register_(poller).error().code(), std::errc::invalid_argument);
    EXPECT_THROW(poller.poll(0, 0), value_error);
    EXPECT_THROW(poller.poll(0, -2), value_error);
    EXPECT_THROW(poller.poll(std::nan("")), value_error);
    poller.close();
    EXPECT_THROW(poller.poll(0), value_error);
    EXPECT_THROW(poller.register_(left), value_error);
    EXPECT_THROW(epoll::fromfd(-1), value_error);
    EXPECT_EQ(test::python(R"(
import select, socket
left, right = socket.socketpair()
poller = select.epoll()
def refused(act):
    try:
        act()
    except Exception as e:
        print(type(e).__name__, end=" ")
refused(lambda: poller.register(-1))
refused(lambda: poller.modify(left, 1))
refused(lambda: poller.unregister(left))
poller.register(left)
refused(lambda: poller.register(left))
refused(lambda: poller.register(900000))
refused(lambda: poller.register(poller))
refused(lambda: poller.poll(0, 0))
refused(lambda: poller.poll(0, -2))
poller.close()
refused(lambda: poller.poll(0))
refused(lambda: poller.register(left))
)"),
              "ValueError FileNotFoundError FileNotFoundError FileExistsError OSError OSError "
              "ValueError ValueError ValueError ValueError ");
}

TEST(epoll, owns_its_descriptor_and_closes_it_once) {
    const std::size_t before = test::open_descriptors();
    {
        epoll poller;
        EXPECT_EQ(sys::fcntl(poller.fileno(), F_GETFD, 0), FD_CLOEXEC);
        epoll moved = std::move(poller);
        EXPECT_TRUE(poller.closed());
        EXPECT_FALSE(moved.closed());
        moved.close();
        EXPECT_EQ(moved.fileno(), -1);
        moved.close();
        epoll adopted = epoll::fromfd(::epoll_create1(EPOLL_CLOEXEC));
        EXPECT_TRUE(adopted.poll(0).empty());
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(epoll, a_close_that_fails_says_so_and_the_object_is_closed) {
    epoll poller;
    const int number = poller.fileno();
    sys::close(number);
    EXPECT_EQ(poller.try_close().error().code(), std::errc::bad_file_descriptor);
    EXPECT_TRUE(poller.closed());
}

TEST(epoll, oneshot_reports_once_until_it_is_armed_again) {
    auto [left, right] = socketpair();
    right.sendall("x");
    epoll poller;
    poller.register_(left, EPOLLIN | EPOLLONESHOT);
    EXPECT_EQ(poller.poll(0).size(), 1u);
    EXPECT_TRUE(poller.poll(0).empty());
    poller.modify(left, EPOLLIN | EPOLLONESHOT);
    EXPECT_EQ(poller.poll(0).size(), 1u);
}

TEST(epoll, an_edge_is_reported_once_and_a_level_always) {
    auto [left, right] = socketpair();
    right.sendall("x");
    epoll edge, level;
    edge.register_(left, EPOLLIN | EPOLLET);
    level.register_(left, EPOLLIN);
    EXPECT_EQ(edge.poll(0).size(), 1u);
    EXPECT_TRUE(edge.poll(0).empty());
    EXPECT_EQ(level.poll(0).size(), 1u);
    EXPECT_EQ(level.poll(0).size(), 1u);
    right.sendall("y");
    EXPECT_EQ(edge.poll(0).size(), 1u);
}

TEST(epoll, exclusive_can_be_registered_but_not_modified) {
    socket listener = test::loopback_listener();
    epoll poller;
    poller.register_(listener, EPOLLIN | EPOLLEXCLUSIVE);
    EXPECT_EQ(poller.try_modify(listener, EPOLLIN).error().code(), std::errc::invalid_argument);
    socket client;
    client.connect(listener.getsockname());
    EXPECT_EQ(poller.poll(), (std::vector<fd_event>{{listener.fileno(), EPOLLIN}}));
}

TEST(epoll, what_does_not_fit_comes_at_the_next_call) {
    auto [a, b] = socketpair();
    epoll poller;
    poller.register_(a, EPOLLOUT);
    poller.register_(b, EPOLLOUT);
    const auto first = poller.poll(0, 1);
    const auto second = poller.poll(0, 1);
    ASSERT_EQ(first.size(), 1u);
    ASSERT_EQ(second.size(), 1u);
    EXPECT_NE(first[0].fd, second[0].fd);
}

TEST(epoll, can_itself_be_waited_for) {
    auto [left, right] = socketpair();
    epoll inner, outer;
    inner.register_(left, EPOLLIN);
    outer.register_(inner, EPOLLIN);
    EXPECT_TRUE(outer.poll(0).empty());
    right.sendall("x");
    EXPECT_EQ(outer.poll(), (std::vector<fd_event>{{inner.fileno(), EPOLLIN}}));
}

TEST(epoll, a_timeout_keeps_its_microseconds_through_signals) {
    const test::signal_storm storm;
    test::counting_hook hook;
    const deadline end = deadline::after(10'300us);
    EXPECT_TRUE(epoll().poll(10'300us, -1, &hook).empty());
    EXPECT_TRUE(end.has_passed());
    EXPECT_EQ(hook.before, hook.after);
}

TEST(epoll, no_timeout_a_negative_and_a_huge_one_wait_until_the_hook_ends_it) {
    const test::signal_storm storm;
    epoll poller;
    for (const std::optional<duration> timeout :
         {std::optional<duration>(), std::optional<duration>(-1),
          std::optional<duration>(duration::max())}) {
        test::counting_hook hook(2);
        EXPECT_EQ(poller.try_poll(timeout, -1, &hook).error().code(), errc::stopped);
        EXPECT_EQ(hook.interruptions, 2);
    }
}

TEST(epoll, a_kernel_or_sandbox_without_epoll_pwait2_is_waited_in_by_milliseconds) {
    for (const int cause : {ENOSYS, EPERM}) {
        EXPECT_TRUE(test::holds_when_failing(SYS_epoll_pwait2, cause, [] {
            epoll poller;
            auto [left, right] = socketpair();
            poller.register_(left, EPOLLIN);
            const deadline end = deadline::after(1'300us);
            if (!poller.poll(1'300us).empty() || !end.has_passed()) return false;
            right.sendall("x");
            return poller.poll().size() == 1 && poller.poll(duration::max()).size() == 1 &&
                   poller.poll(0).size() == 1;
        }));
    }
}

TEST(epoll, no_descriptor_left_is_an_error_that_names_the_remedy) {
    EXPECT_TRUE(test::holds_when_failing(SYS_epoll_create1, EMFILE, [] {
        const auto made = epoll::try_make();
        return !made && made.error().code() == std::errc::too_many_files_open &&
               made.error().message().find("ulimit -n") != std::string::npos;
    }));
}

TEST(epoll, a_full_table_of_watches_is_an_error_that_names_the_limit) {
    EXPECT_TRUE(test::holds_when_failing(SYS_epoll_ctl, ENOSPC, [] {
        epoll poller;
        auto [left, right] = socketpair();
        const auto refused = poller.try_register_(left);
        return !refused && refused.error().code() == std::errc::no_space_on_device &&
               refused.error().message().find("max_user_watches") != std::string::npos;
    }));
}

TEST(epoll, a_wait_that_fails_gives_the_kernel_s_error) {
    EXPECT_TRUE(test::holds_when_failing(SYS_epoll_pwait2, ENOMEM, [] {
        epoll poller;
        return poller.try_poll(0).error().code() == std::errc::not_enough_memory;
    }));
}

}  // namespace
}  // namespace priz
