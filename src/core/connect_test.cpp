#include "priz/connect.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/connect_fixture.hpp"
#include "core/open_descriptors.hpp"
#include "priz/blocking_hook.hpp"
#include "priz/endpoint.hpp"
#include "priz/resolve.hpp"
#include "priz/serve.hpp"

namespace priz {
namespace {

using test::deaf_server;
using test::open_descriptors;
using test::refusing_port;
using testing::HasSubstr;
using testing::StartsWith;

// A hosts file of the test's own, so that names have the addresses that it wants.
class hosts {
public:
    explicit hosts(const std::string& text) {
        std::ofstream(path_) << text;
        settings_.hosts_file = path_;
        settings_.nsswitch_file = "/nonexistent";
    }
    ~hosts() { std::filesystem::remove(path_); }
    const resolver* get() const { return &settings_; }

private:
    std::string path_ = testing::TempDir() + "hosts." + std::to_string(::getpid());
    resolver settings_;
};

int port_of(const socket& s) { return static_cast<int>(s.getsockname().port()); }

TEST(connect, every_form_of_address_reaches_the_server) {
    auto listener = create_server({"127.0.0.1", 0});
    const int port = port_of(listener);
    const std::string text = std::to_string(port);
    EXPECT_EQ(create_connection("127.0.0.1", port).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection({"localhost", text}).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection(0x7f000001, port).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection(listener.getsockname()).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection("tcp://127.0.0.1:" + text).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection(":" + text).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection(nullptr, port).getpeername(), listener.getsockname());
    EXPECT_EQ(create_connection(parse_endpoint("127.0.0.1:" + text)).getpeername(),
              listener.getsockname());
}

TEST(connect, a_unix_path_is_an_endpoint_too) {
    const std::string path = testing::TempDir() + "s." + std::to_string(::getpid());
    auto listener = create_server("unix:" + path);
    EXPECT_EQ(create_connection("unix:" + path).family(), AF_UNIX);
    EXPECT_EQ(create_connection(address::unix_path(path), {.timeout = 5}).family(), AF_UNIX);
    std::filesystem::remove(path);
}

TEST(connect, a_datagram_endpoint_gives_a_socket_that_sends_there) {
    auto receiver = create_server("udp://127.0.0.1:0");
    auto sender = create_connection("udp://127.0.0.1:" + std::to_string(port_of(receiver)));
    EXPECT_EQ(sender.type(), SOCK_DGRAM);
    sender.send("hello");
    EXPECT_EQ(receiver.recv(10), "hello");
}

TEST(connect, the_socket_keeps_the_timeout_in_a_race_and_without) {
    auto listener = create_server({"127.0.0.1", 0});
    const hosts known("127.0.0.1 two\n::1 two\n127.0.0.1 one\n");
    for (const auto* name : {"one", "two"}) {
        const auto with =
            create_connection(name, port_of(listener), {.timeout = 5, .through = known.get()});
        EXPECT_EQ(with.gettimeout(), duration(5)) << name;
        const auto without =
            create_connection(name, port_of(listener), {.timeout = {}, .through = known.get()});
        EXPECT_EQ(without.gettimeout(), std::nullopt) << name;
        EXPECT_EQ(::fcntl(without.fileno(), F_GETFL) & O_NONBLOCK, 0) << name;
    }
}

TEST(connect, the_default_timeout_is_the_default) {
    auto listener = create_server({"127.0.0.1", 0});
    setdefaulttimeout(7);
    const auto connected = create_connection("127.0.0.1", port_of(listener));
    const auto forever = create_connection("127.0.0.1", port_of(listener), {.timeout = {}});
    setdefaulttimeout(std::nullopt);
    EXPECT_EQ(connected.gettimeout(), duration(7));
    EXPECT_EQ(forever.gettimeout(), std::nullopt);
    EXPECT_EQ(::fcntl(forever.fileno(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(connect, the_second_address_is_used_when_the_first_refuses) {
    auto listener = create_server({"127.0.0.1", 0});
    const hosts known("127.0.0.1 twofold\n::1 twofold\n");
    for (const bool race : {true, false}) {
        const auto connected =
            create_connection("twofold", port_of(listener), {.race = race, .through = known.get()});
        EXPECT_EQ(connected.getpeername(), listener.getsockname());
    }
}

TEST(connect, a_refusal_lists_every_attempt_with_its_cause) {
    const hosts known("127.0.0.1 twofold\n::1 twofold\n");
    const refusing_port refusing;
    const int port = refusing.number();
    for (const bool race : {true, false}) {
        try {
            create_connection("twofold", port,
                              {.timeout = 20, .race = race, .through = known.get()});
            FAIL();
        } catch (const connection_refused& why) {
            ASSERT_EQ(why.attempts().size(), 2U);
            EXPECT_EQ(why.attempts()[0].to, address::ipv6("::1", port));
            EXPECT_EQ(why.attempts()[1].to, address::ipv4("127.0.0.1", port));
            for (const attempt& one : why.attempts()) {
                EXPECT_EQ(one.cause, std::errc::connection_refused);
                EXPECT_LT(one.elapsed, duration(20));
            }
            EXPECT_THAT(why.what(), StartsWith("create_connection tcp twofold:" +
                                               std::to_string(port) + ": connection refused; ["));
        }
    }
}

TEST(connect, one_address_that_refuses_is_told_like_a_plain_connect) {
    const refusing_port refusing;
    const int port = refusing.number();
    try {
        create_connection("127.0.0.1", port, {.timeout = 20});
        FAIL();
    } catch (const connection_refused& why) {
        ASSERT_EQ(why.attempts().size(), 1U);
        EXPECT_EQ(*why.remote(), address::ipv4("127.0.0.1", port));
        EXPECT_THAT(why.what(), StartsWith("connect tcp 127.0.0.1:"));
        EXPECT_THAT(why.what(),
                    HasSubstr("-> 127.0.0.1:" + std::to_string(port) + ": connection refused"));
    }
}

TEST(connect, an_address_that_does_not_answer_gives_way_to_the_next) {
    const deaf_server deaf("127.0.0.1");
    const socket listener = create_server({"127.0.0.2", static_cast<int>(deaf.where().port())});
    const hosts known("127.0.0.1 half\n127.0.0.2 half\n");
    const std::size_t before = open_descriptors();
    {
        const auto connected =
            create_connection("half", port_of(listener),
                              {.timeout = 60, .attempt_delay = 0.001, .through = known.get()});
        EXPECT_EQ(connected.getpeername(), listener.getsockname());
        EXPECT_EQ(open_descriptors(), before + 1) << "the loser is closed";
    }
}

TEST(connect, the_deadline_covers_every_attempt) {
    const deaf_server deaf("127.0.0.1");
    const auto port = static_cast<int>(deaf.where().port());
    const hosts known("127.0.0.1 deaf\n");
    const std::size_t before = open_descriptors();
    const auto failed =
        try_create_connection("deaf", port, {.timeout = 0.05, .through = known.get()});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), errc::timed_out);
    EXPECT_EQ(failed.error().attempts().size(), 1U);
    EXPECT_EQ(open_descriptors(), before);
}

TEST(connect, attempts_that_are_pending_at_the_deadline_have_timed_out) {
    const deaf_server one("127.0.0.1");
    const auto port = static_cast<int>(one.where().port());
    const hosts known("127.0.0.1 deaf\n::1 deaf\n");
    const std::size_t before = open_descriptors();
    try {
        create_connection("deaf", port, {.timeout = 0.05, .through = known.get()});
        FAIL();
    } catch (const timeout& why) {
        ASSERT_EQ(why.attempts().size(), 2U);
        EXPECT_EQ(why.attempts()[0].cause, std::errc::connection_refused);  // ::1
        EXPECT_EQ(why.attempts()[1].cause, errc::timed_out);
        EXPECT_GE(why.attempts()[1].elapsed, duration(0.04));
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(connect, a_timeout_of_zero_has_passed_already) {
    auto listener = create_server({"127.0.0.1", 0});
    EXPECT_THROW(create_connection("127.0.0.1", port_of(listener), {.timeout = 0}), timeout);
    EXPECT_THROW(create_connection("localhost", port_of(listener), {.timeout = 0}), timeout);
}

TEST(connect, a_timeout_that_makes_no_sense_is_refused) {
    EXPECT_THROW(create_connection("127.0.0.1", 1, {.timeout = -1}), value_error);
    EXPECT_THROW(create_connection("127.0.0.1", 1, {.attempt_delay = -1}), value_error);
}

TEST(connect, the_source_address_is_used) {
    auto listener = create_server({"127.0.0.1", 0});
    const hosts known("127.0.0.1 two\n::1 two\n127.0.0.1 one\n");
    for (const auto* name : {"one", "two"}) {
        const auto connected = create_connection(
            name, port_of(listener),
            {.source_address = host_port{"127.0.0.3", 0}, .through = known.get()});
        EXPECT_EQ(connected.getsockname().host(), "127.0.0.3") << name;
    }
}

TEST(connect, a_name_without_addresses_is_a_gaierror_that_names_it) {
    const hosts known("127.0.0.1 other\n");
    resolver settings = *known.get();
    settings.nsswitch_file = testing::TempDir() + "nsswitch." + std::to_string(::getpid());
    std::ofstream(settings.nsswitch_file) << "hosts: files\n";
    try {
        create_connection("nosuch.invalid", 80, {.through = &settings});
        FAIL();
    } catch (const gaierror& why) {
        EXPECT_EQ(why.code().value(), EAI_NONAME);
        EXPECT_THAT(why.what(), StartsWith("create_connection nosuch.invalid: "));
    }
    std::filesystem::remove(settings.nsswitch_file);
}

TEST(connect, a_port_outside_its_range_is_an_overflow) {
    EXPECT_THROW(create_connection("127.0.0.1", 65536), overflow_error);
    EXPECT_THROW(create_connection("localhost", -1), overflow_error);
}

// Ends the wait that a signal interrupts. The signal is sent as soon as the wait begins.
class stopping_hook : public blocking_hook {
public:
    void before_call() noexcept override {
        ::itimerval soon{{0, 1000}, {0, 1000}};
        ::setitimer(ITIMER_REAL, &soon, nullptr);
    }
    std::error_code interrupted() noexcept override { return errc::stopped; }
};

TEST(connect, a_hook_may_end_the_wait) {
    struct ::sigaction old {};
    struct ::sigaction ignoring {};
    ignoring.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &ignoring, &old);
    const deaf_server deaf("127.0.0.1");
    const hosts known("127.0.0.1 deaf\n::1 deaf\n");
    stopping_hook hook;
    const auto failed =
        try_create_connection("deaf", static_cast<int>(deaf.where().port()),
                              {.timeout = {}, .hook = &hook, .through = known.get()});
    const ::itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &old, nullptr);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), errc::stopped);
}

}  // namespace
}  // namespace priz
