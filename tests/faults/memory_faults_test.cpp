// Memory that runs out: every allocation that a try_ verb makes is refused once, in its turn. The
// verb keeps its word not to throw, which would end the program.
#include <gtest/gtest.h>
#include <priz/batch.hpp>
#include <priz/endpoint.hpp>
#include <priz/epoll.hpp>
#include <priz/file.hpp>
#include <priz/message.hpp>
#include <priz/options.hpp>
#include <priz/poll.hpp>
#include <priz/select.hpp>
#include <priz/selectors.hpp>
#include <priz/socket.hpp>

#include <cstdlib>
#include <functional>
#include <new>
#include <ostream>
#include <string>

namespace {

// How many allocations are granted before one is refused; negative for all of them.
thread_local long granted = -1;
thread_local bool refused = false;

void* allocate(std::size_t size) {
    if (granted == 0 && !refused) {
        refused = true;
        throw std::bad_alloc();
    }
    if (granted > 0) --granted;
    void* memory = std::malloc(size > 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace faults {
namespace {

using priz::socket;

struct memory_scenario {
    const char* name;
    std::function<void()> run;  // calls `starved`

    friend std::ostream& operator<<(std::ostream& out, const memory_scenario& one) {
        return out << one.name;
    }
};

// Runs the verb with one allocation after `count` refused.
thread_local long count = 0;
template <class Verb>
void starved(Verb&& verb) {
    granted = count;
    refused = false;
    verb();
    granted = -1;
}

socket bound() {
    socket s;
    s.bind({"127.0.0.1", 0});
    return s;
}

socket closed_socket() {
    socket s;
    s.close();
    return s;
}

// A reader whose peer has sent two lines and ended the stream.
socket with_lines() {
    auto [left, right] = priz::socketpair();
    left.sendall("a line longer than a short string\nanother line\n");
    return std::move(right);
}

const memory_scenario scenarios[] = {
    {"make", [] { starved([] { return socket::try_make(AF_INET, 77, 5).has_value(); }); }},
    {"adopt", [] { starved([] { return socket::try_adopt(-1).has_value(); }); }},
    {"settimeout",
     [] {
         socket s;
         starved([&] { return s.try_settimeout(-1).has_value(); });
     }},
    {"bind_twice",
     [] {
         socket s = bound();
         starved([&] { return s.try_bind({"127.0.0.1", 0}).has_value(); });
     }},
    {"bind_in_use",
     [] {
         const socket s = bound();
         const auto taken = s.getsockname();
         socket t;
         starved([&] { return t.try_bind(taken).has_value(); });
     }},
    {"bind_text",
     [] {
         socket s;
         starved([&] { return s.try_bind("[::1").has_value(); });
     }},
    {"connect_other_family",
     [] {
         socket s;
         const auto to = priz::address::ipv6("::1", 1);
         starved([&] { return s.try_connect(to).has_value(); });
     }},
    {"connect_refused",
     [] {
         const socket server = bound();
         const auto to = server.getsockname();
         socket s;
         starved([&] { return s.try_connect(to).has_value(); });
     }},
    {"recv_closed",
     [] {
         socket s = closed_socket();
         starved([&] { return s.try_recv(10).has_value(); });
     }},
    {"recv_much",
     [] {
         socket s = with_lines();
         starved([&] { return s.try_recv(100'000).has_value(); });
     }},
    {"recv_exactly",
     [] {
         socket s = with_lines();
         starved([&] { return s.try_recv_exactly(1000).has_value(); });
     }},
    {"sendall",
     [] {
         auto [left, right] = priz::socketpair();
         right.close();
         starved([&] { return left.try_sendall("x").has_value(); });
     }},
    {"sendfile",
     [] {
         auto [left, right] = priz::socketpair();
         starved([&] { return left.try_sendfile(0, 0, 0).has_value(); });
     }},
    {"getsockopt",
     [] {
         const socket s;
         starved([&] { return s.try_getsockopt(SOL_SOCKET, SO_TYPE, 5000).has_value(); });
         starved([&] { return s.try_getsockopt(IPPROTO_TCP, TCP_INFO, 200).has_value(); });
     }},
    {"recvmsg",
     [] {
         socket s = with_lines();
         starved([&] { return s.try_recvmsg(1000, 1000).has_value(); });
     }},
    {"recv_fds",
     [] {
         auto [left, right] = priz::socketpair();
         priz::send_fds(left, "x", {left.fileno()});
         starved([&] { return priz::try_recv_fds(right, 100, 2).has_value(); });
     }},
    {"select",
     [] {
         socket s = closed_socket();
         priz::selectables list{s};
         starved([&] { return priz::try_select(list, {}, {}, 0).has_value(); });
     }},
    {"poll",
     [] {
         socket s;
         priz::poll_object poller;
         starved([&] {
             const auto added = poller.try_register_(s, 1);
             const auto twice = poller.try_register_(s, 0x10000);
             return poller.try_poll(priz::duration(0)).has_value() && added && twice;
         });
     }},
    {"epoll",
     [] {
         socket s;
         priz::epoll poller;
         starved([&] {
             const auto added = poller.try_register_(s, 1);
             const auto twice = poller.try_register_(s, 1);
             return poller.try_poll(0, -5).has_value() && added && twice;
         });
     }},
    {"selector",
     [] {
         socket s;
         priz::default_selector selector;
         starved([&] {
             const auto bad = selector.try_register_(s, 8);
             const auto added = selector.try_register_(s, priz::EVENT_READ);
             const auto unknown = selector.try_unregister(0);
             return selector.try_select(0).has_value() && bad && added && unknown;
         });
     }},
    {"create_connection",
     [] { starved([] { return priz::try_create_connection("localhost", 1).has_value(); }); }},
    {"create_connection_to_a_text",
     [] { starved([] { return priz::try_create_connection("tcp://[::1]:1").has_value(); }); }},
    {"create_server",
     [] {
         starved([] {
             return priz::try_create_server({"127.0.0.1", 0}, {.dualstack_ipv6 = true}).has_value();
         });
     }},
    {"create_servers", [] { starved([] { return priz::try_create_servers(":0").has_value(); }); }},
    {"getaddrinfo",
     [] {
         starved([] {
             return priz::try_getaddrinfo("localhost", 80, AF_INET6, 0, 0, AI_V4MAPPED | AI_ALL)
                 .has_value();
         });
     }},
    {"getaddrinfo_from_a_server",
     [] {
         const priz::resolver nobody{.servers = {"127.0.0.1:1"}, .patience = 0.01, .tries = 1};
         starved([&] {
             return priz::try_getaddrinfo("priz.invalid", 80, 0, 0, 0, 0, {.through = &nobody})
                 .has_value();
         });
     }},
    {"gethostbyaddr",
     [] { starved([] { return priz::try_gethostbyaddr("127.0.0.1").has_value(); }); }},
    {"parse_endpoint",
     [] { starved([] { return priz::try_parse_endpoint("bogus://somewhere").has_value(); }); }},
    {"set_option",
     [] {
         auto [left, right] = priz::socketpair();
         starved(
             [&] { return priz::try_set_option(left, priz::options::no_delay, true).has_value(); });
     }},
    {"file",
     [] {
         socket s = with_lines();
         starved([&] {
             auto lines = s.try_makefile("rw");
             if (!lines) return false;
             const auto one = lines->try_readline();
             const auto written = lines->try_write("answer");
             const auto ended = lines->try_close();
             return lines->try_readlines().has_value() && one && written && ended;
         });
     }},
};

class memory : public ::testing::TestWithParam<memory_scenario> {};

TEST_P(memory, that_has_run_out_does_not_end_the_program) {
    constexpr long more_than_any_makes = 2000;
    for (count = 0; count < more_than_any_makes; ++count) {
        GetParam().run();
        if (!refused) return;
    }
    FAIL() << "allocates without end";
}

TEST(memory_for_a_receive, that_is_not_to_be_had_costs_no_byte) {
    auto [left, right] = priz::socketpair();
    left.sendall("x");
    count = 0;
    starved([&] {
        const auto got = right.try_recv(100'000);
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().code(), std::errc::not_enough_memory);
    });
    EXPECT_EQ(right.recv(1), "x");
}

INSTANTIATE_TEST_SUITE_P(every_verb, memory, ::testing::ValuesIn(scenarios),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace faults
