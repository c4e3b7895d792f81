#include "priz/io/connect.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/connect_fixture.hpp"
#include "core/open_descriptors.hpp"
#include "io/verb_fixture.hpp"
#include "priz/endpoint.hpp"
#include "priz/io/resolve.hpp"
#include "priz/socket.hpp"

namespace priz::io::test {
namespace {

using priz::test::deaf_server;
using priz::test::open_descriptors;
using priz::test::refusing_port;

// A hosts file of the test's own, and a name server that never answers: what the file does not know
// is waited for.
class known_hosts {
public:
    explicit known_hosts(const std::string& text) {
        std::ofstream(path_) << text;
        settings_.hosts_file = path_;
        silent_.bind("127.0.0.1", 0);
        settings_.servers = {silent_.getsockname().str()};
    }
    known_hosts(const known_hosts&) = delete;
    ~known_hosts() { std::filesystem::remove(path_); }
    const resolver* get() const { return &settings_; }
    connect_options options() const { return {.through = &settings_}; }

private:
    std::string path_ = ::testing::TempDir() + "io_hosts." + std::to_string(::getpid());
    socket silent_{AF_INET, SOCK_DGRAM};
    resolver settings_;
};

int port_of(const listener& all) { return static_cast<int>(all.getsockname().port()); }

const char* const two_names = "127.0.0.1 two\n127.0.0.2 two\n127.0.0.1 one\n";

TEST(connect, small_writes_go_out_at_once_unless_told_otherwise) {
    in_loop([]() -> task<> {
        const listener all = listen("127.0.0.1:0");
        const address where = all.getsockname();
        const stream usual = co_await connect(where);
        EXPECT_EQ(usual.getsockopt(IPPROTO_TCP, TCP_NODELAY), 1);
        const stream other = co_await connect(where, {.nodelay = false});
        EXPECT_EQ(other.getsockopt(IPPROTO_TCP, TCP_NODELAY), 0);
    });
}

TEST(connect, every_form_of_address_reaches_the_listener) {
    in_loop([]() -> task<> {
        const listener all = listen("127.0.0.1:0");
        const int port = port_of(all);
        const std::string text = std::to_string(port);
        const address where = all.getsockname();
        EXPECT_EQ((co_await connect("127.0.0.1", port)).getpeername(), where);
        EXPECT_EQ((co_await connect("localhost", text)).getpeername(), where);
        EXPECT_EQ((co_await connect({"127.0.0.1", text})).getpeername(), where);
        EXPECT_EQ((co_await connect(0x7f000001, port)).getpeername(), where);
        EXPECT_EQ((co_await connect(where)).getpeername(), where);
        EXPECT_EQ((co_await connect("tcp://127.0.0.1:" + text)).getpeername(), where);
        EXPECT_EQ((co_await connect(":" + text)).getpeername(), where);
        const endpoint parsed = parse_endpoint("127.0.0.1:" + text);
        EXPECT_EQ((co_await connect(parsed)).getpeername(), where);
    });
}

TEST(connect, what_it_was_told_may_be_gone_when_it_begins) {
    in_loop([]() -> task<> {
        const listener all = listen("127.0.0.1:0");
        auto by_text = connect("127.0.0.1:" + std::to_string(port_of(all)));
        auto by_pair = connect(std::string("localhost"), std::to_string(port_of(all)));
        EXPECT_EQ((co_await std::move(by_text)).getpeername(), all.getsockname());
        EXPECT_EQ((co_await std::move(by_pair)).getpeername(), all.getsockname());
    });
}

TEST(connect, a_unix_path_is_a_place_too) {
    in_loop([]() -> task<> {
        const std::string path = ::testing::TempDir() + "io_connect." + std::to_string(::getpid());
        listener all = listen("unix:" + path);
        stream near = co_await connect("unix:" + path);
        stream far = (co_await all.accept()).connection;
        co_await near.sendall("hello");
        EXPECT_EQ((co_await far.recv()).text(), "hello");
        std::filesystem::remove(path);
    });
}

TEST(connect, after_a_refusal_the_next_address_is_tried) {
    in_loop([]() -> task<> {
        const listener all = listen("127.0.0.2:0");
        const known_hosts known(two_names);
        const stream s = co_await connect("two", port_of(all), known.options());
        EXPECT_EQ(s.getpeername(), all.getsockname());
    });
}

TEST(connect, an_address_that_does_not_answer_holds_up_the_next_for_the_delay) {
    in_loop([]() -> task<> {
        const deaf_server deaf("127.0.0.1");
        const std::string second = "127.0.0.2:" + std::to_string(deaf.port());
        const listener all = listen(second);
        const known_hosts known(two_names);
        connect_options options = known.options();
        options.attempt_delay = 0.001;
        const std::size_t before = open_descriptors();
        {
            const stream s = co_await connect("two", deaf.port(), options);
            EXPECT_EQ(s.getpeername(), all.getsockname());
        }
        co_await settle();
        EXPECT_EQ(open_descriptors(), before);
    });
}

TEST(connect, the_failure_lists_every_attempt) {
    in_loop([]() -> task<> {
        const refusing_port refusing;
        const known_hosts known(two_names);
        const auto made = co_await try_connect("two", refusing.number(), known.options());
        EXPECT_FALSE(made.has_value());
        const failure& why = made.error();
        EXPECT_EQ(why.code(), std::errc::connection_refused);
        EXPECT_EQ(why.attempts().size(), 2U);
        for (const attempt& one : why.attempts())
            EXPECT_EQ(one.cause, std::errc::connection_refused);
        EXPECT_TRUE(why.message().starts_with("connect tcp two:")) << why.message();
        bool has_thrown = false;
        try {
            const stream s = co_await connect("two", refusing.number(), known.options());
        } catch (const connection_refused& thrown) {
            has_thrown = thrown.attempts().size() == 2;
        }
        EXPECT_TRUE(has_thrown);
    });
}

TEST(connect, the_failure_of_one_address_names_it) {
    in_loop([]() -> task<> {
        const refusing_port refusing;
        const auto made = co_await try_connect("127.0.0.1", refusing.number());
        EXPECT_FALSE(made.has_value());
        EXPECT_EQ(made.error().remote()->str(), "127.0.0.1:" + std::to_string(refusing.number()));
        EXPECT_EQ(made.error().attempts().size(), 1U);
    });
}

TEST(connect, errors_are_those_of_the_blocking_verb) {
    in_loop([]() -> task<> {
        const resolver nobody{.servers = {"127.0.0.1:1"}, .hosts_file = "/dev/null"};
        const std::pair<host, service> table[] = {{"a b.invalid", 80},
                                                  {"localhost", "nosuchservice"},
                                                  {"localhost", 65536},
                                                  {"", 80},
                                                  {std::string_view("a\0b", 3), 80}};
        for (const auto& [name, port] : table) {
            const auto blocking = try_create_connection(name, port, {.through = &nobody});
            const auto awaited = co_await try_connect(name, port, {.through = &nobody});
            EXPECT_EQ(awaited.error().code(), blocking.error().code());
            EXPECT_EQ(awaited.error().hint(), blocking.error().hint());
            EXPECT_STREQ(awaited.error().operation(), "connect");
        }
        for (const char* const text : {"no port", "udp://127.0.0.1:53"}) {
            const auto awaited = co_await try_connect(text);
            EXPECT_EQ(awaited.error().code(), errc::value_error) << text;
        }
        const auto late = co_await try_connect("127.0.0.1", 80, {.attempt_delay = -1});
        EXPECT_EQ(late.error().code(), errc::value_error);
    });
}

TEST(connect, it_connects_from_the_source_address) {
    in_loop([]() -> task<> {
        const listener all = listen("127.0.0.1:0");
        const stream s =
            co_await connect(all.getsockname(), {.source_address = host_port{"127.0.0.3", 0}});
        EXPECT_EQ(s.getsockname().host(), "127.0.0.3");
        const auto foreign =
            co_await try_connect(all.getsockname(), {.source_address = host_port{"192.0.2.1", 0}});
        EXPECT_EQ(foreign.error().code(), std::errc::address_not_available);
        EXPECT_STREQ(foreign.error().operation(), "bind");
    });
}

// Cancelled before it begins and while it waits, it leaves nothing open.
template <class Make>
task<> expect_nothing_left(Make make) {
    co_await settle();
    const std::size_t before = open_descriptors();
    co_await expect_both_cancellations("connect", make);
    co_await settle();
    EXPECT_EQ(open_descriptors(), before);
}

TEST(connect, cancelled_in_the_look_up_it_leaves_nothing_open) {
    in_loop([]() -> task<> {
        const known_hosts known("");
        co_await expect_nothing_left(
            [&] { return try_connect("unknown.test.", 80, known.options()); });
        co_await expect_nothing_left(
            [&] { return try_getaddrinfo("unknown.test.", 80, AF_UNSPEC, 0, 0, 0, known.get()); });
    });
}

TEST(connect, cancelled_with_one_address_or_several_it_leaves_nothing_open) {
    in_loop([]() -> task<> {
        const deaf_server deaf("127.0.0.1");
        const known_hosts known("127.0.0.1 one\n127.0.0.1 both\n::ffff:127.0.0.1 both\n");
        for (const char* const name : {"one", "both"})
            co_await expect_nothing_left(
                [&] { return try_connect(name, deaf.port(), known.options()); });
    });
}

TEST(connect, a_deadline_ends_the_look_up_and_the_attempts_as_a_timeout) {
    in_loop([]() -> task<> {
        const deaf_server deaf("127.0.0.1");
        const known_hosts known("127.0.0.1 one\n127.0.0.1 both\n::ffff:127.0.0.1 both\n");
        for (const char* const name : {"unknown.test.", "one", "both"}) {
            const auto made =
                co_await fail_after(0, try_connect(name, deaf.port(), known.options()));
            EXPECT_EQ(made.error().code(), errc::timed_out) << name;
            EXPECT_STREQ(made.error().operation(), "connect");
            bool has_thrown = false;
            try {
                const stream s =
                    co_await fail_after(0.001, connect(name, deaf.port(), known.options()));
            } catch (const timeout&) {
                has_thrown = true;
            }
            EXPECT_TRUE(has_thrown) << name;
        }
    });
}

TEST(connect, what_only_the_c_library_knows_is_asked_on_a_thread_until_the_deadline) {
    const std::string path = ::testing::TempDir() + "io_nsswitch." + std::to_string(::getpid());
    std::ofstream(path) << "hosts: files nosuchsource\n";
    in_loop([&]() -> task<> {
        const resolver settings{.nsswitch_file = path};
        const auto found =
            co_await try_getaddrinfo("localhost", 80, AF_INET, SOCK_STREAM, 0, 0, &settings);
        EXPECT_TRUE(found.has_value());
        const bool in_time =
            (co_await move_on_after(0, try_getaddrinfo("localhost", 80, 0, 0, 0, 0, &settings)))
                .has_value();
        EXPECT_FALSE(in_time);
    });
    std::filesystem::remove(path);
}

TEST(resolve, what_is_found_is_what_the_blocking_verb_finds) {
    in_loop([]() -> task<> {
        const known_hosts known("192.0.2.7 seven.test seven\n2001:db8::7 seven.test\n");
        for (const char* const name : {"seven.test", "SEVEN", "192.0.2.1", "::1", "localhost"}) {
            const auto awaited = co_await getaddrinfo(name, "domain", AF_UNSPEC, SOCK_STREAM, 0,
                                                      AI_CANONNAME, known.get());
            const auto blocking = priz::getaddrinfo(name, "domain", AF_UNSPEC, SOCK_STREAM, 0,
                                                    AI_CANONNAME, {.through = known.get()});
            EXPECT_EQ(awaited.size(), blocking.size()) << name;
            for (std::size_t i = 0; i < awaited.size(); ++i) {
                EXPECT_EQ(awaited[i].address, blocking[i].address) << name;
                EXPECT_EQ(awaited[i].canonname, blocking[i].canonname) << name;
            }
        }
    });
}

}  // namespace
}  // namespace priz::io::test
