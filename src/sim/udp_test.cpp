// UDP in the simulator, and the server of names that it carries.
#include <algorithm>

#include "sim/test_sockets.hpp"

namespace priz::sim {
namespace {

class udp : public ::testing::Test {
protected:
    // Datagrams numbered 0 to count - 1, as they arrive at the other host.
    static std::vector<int> sent_over(const link_options& link, int count, duration pause = 0.001) {
        network net(network_options{.seed = 5, .link = link});
        host& there = net.add_host("there", "10.0.0.1");
        host& here = net.add_host("here", "10.0.0.2");
        std::vector<int> arrived;
        there.spawn_daemon([&]() -> io::task<> {
            const raw_socket s(AF_INET, SOCK_DGRAM);
            bind_now(*s, address::ipv4("0.0.0.0", 5000));
            for (;;) {
                int number = 0;
                co_await when_readable(*s, [&] { return recv_now(*s, &number, sizeof number, 0); });
                arrived.push_back(number);
            }
        });
        here.spawn([&]() -> io::task<> {
            const raw_socket s(AF_INET, SOCK_DGRAM);
            connect_now(*s, there.at(5000));
            for (int i = 0; i < count; ++i) {
                co_await io::sleep(pause);
                EXPECT_EQ(send_now(*s, &i, sizeof i, 0), 4);
            }
        });
        net.run_for(100);
        return arrived;
    }
};

TEST_F(udp, arrives_once_and_in_order_on_a_good_link) {
    std::vector<int> all;
    for (int i = 0; i < 100; ++i) all.push_back(i);
    EXPECT_EQ(sent_over({}, 100), all);
}

TEST_F(udp, loses_what_the_link_loses) {
    const auto arrived = sent_over({.loss = 0.3}, 1000);
    EXPECT_GT(arrived.size(), 600U);
    EXPECT_LT(arrived.size(), 800U);
    EXPECT_TRUE(std::ranges::is_sorted(arrived));
}

TEST_F(udp, doubles_what_the_link_doubles) {
    const auto arrived = sent_over({.duplication = 0.3}, 1000);
    EXPECT_GT(arrived.size(), 1200U);
    EXPECT_LT(arrived.size(), 1400U);
}

TEST_F(udp, loses_both_copies_of_what_the_link_loses) {
    EXPECT_EQ(sent_over({.loss = 1, .duplication = 1}, 100).size(), 0U);
}

TEST_F(udp, is_reordered_as_the_link_reorders) {
    const auto arrived = sent_over({.latency = 0.1, .reordering = 0.1}, 1000);
    EXPECT_EQ(arrived.size(), 1000U);
    EXPECT_FALSE(std::ranges::is_sorted(arrived));
}

TEST_F(udp, jitter_alone_does_not_reorder) {
    EXPECT_TRUE(std::ranges::is_sorted(sent_over({.latency = 0.01, .jitter = 0.1}, 1000)));
}

TEST_F(udp, a_long_datagram_is_lost_with_any_of_its_fragments) {
    network net(network_options{.seed = 5, .link = {.loss = 0.1, .mtu = 1000}});
    host& there = net.add_host("there", "10.0.0.1");
    host& here = net.add_host("here", "10.0.0.2");
    int arrived = 0;
    there.spawn_daemon([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        bind_now(*s, there.at(5000));
        for (std::string bytes(60'000, 0);; ++arrived)
            co_await when_readable(*s, [&] { return recv_now(*s, bytes.data(), bytes.size(), 0); });
    });
    here.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        connect_now(*s, there.at(5000));
        const std::string bytes(20'000, 'x');
        for (int i = 0; i < 100; ++i) {
            co_await io::sleep(0.01);
            send_now(*s, bytes.data(), bytes.size(), 0);
        }
    });
    net.run_for(10);
    EXPECT_LT(arrived, 30) << "0.9 to the power of 21 is 0.11";
    EXPECT_GT(arrived, 0);
}

TEST_F(udp, takes_the_time_that_the_bandwidth_says) {
    network net(network_options{.link = {.latency = 0.5, .bandwidth = 1000}});
    host& there = net.add_host("there", "10.0.0.1");
    host& here = net.add_host("here", "10.0.0.2");
    there.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        bind_now(*s, there.at(5000));
        char byte = 0;
        for (int i = 0; i < 2; ++i)
            co_await when_readable(*s, [&] { return recv_now(*s, &byte, 1, 0); });
    });
    here.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        connect_now(*s, there.at(5000));
        const std::string bytes(972, 'x');  // and 28 of headers
        co_await io::sleep(1);
        for (int i = 0; i < 2; ++i) send_now(*s, bytes.data(), bytes.size(), 0);
    });
    net.run();
    EXPECT_EQ(net.now(), duration(3.5));
}

TEST_F(udp, a_queue_that_nobody_reads_drops_what_does_not_fit) {
    network net(1);
    host& there = net.add_host("there", "10.0.0.1");
    host& here = net.add_host("here", "10.0.0.2");
    int received = 0;
    there.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        bind_now(*s, there.at(5000));
        co_await io::sleep(10);
        std::string bytes(2000, 0);
        while (recv_now(*s, bytes.data(), bytes.size(), 0) > 0) ++received;
    });
    here.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        connect_now(*s, there.at(5000));
        const std::string bytes(1000, 'x');
        co_await io::sleep(1);
        for (int i = 0; i < 200; ++i) send_now(*s, bytes.data(), bytes.size(), 0);
    });
    net.run();
    EXPECT_EQ(received, 100) << "of 106,496 bytes, 1,064 a datagram";
    EXPECT_TRUE(net.trace().contains("no room for a datagram"));
}

TEST_F(udp, an_address_that_nobody_has_is_told_to_who_is_connected) {
    network net(1);
    host& here = net.add_host("here", "10.0.0.2");
    std::ptrdiff_t outcome = 0;
    here.spawn([&]() -> io::task<> {
        const raw_socket s(AF_INET, SOCK_DGRAM);
        connect_now(*s, address::ipv4("10.9.9.9", 5000));
        send_now(*s, "x", 1, 0);
        char byte = 0;
        outcome = co_await when_readable(*s, [&] { return recv_now(*s, &byte, 1, 0); });
    });
    net.run();
    EXPECT_EQ(outcome, -EHOSTUNREACH);
}

TEST_F(udp, datagram_verbs_run_unchanged) {
    network net(1);
    host& server = net.add_host("server", {"10.0.0.1", "2001:db8::1"});
    host& client = net.add_host("client", {"10.0.0.2", "2001:db8::2"});
    server.spawn_daemon([]() -> io::task<> {
        io::datagram d = io::bind("udp://any:5000");
        for (;;) {
            auto [data, from] = co_await d.recvfrom();
            co_await d.sendto(data, from);
        }
    });
    std::string answers;
    client.spawn([&]() -> io::task<> {
        io::datagram d = io::bind("udp://any:0");
        for (const address& there : net.resolve("server")) {
            const address where = there.family() == AF_INET
                                      ? address::ipv6("::ffff:" + there.host(), 5000)
                                      : there.with_port(5000);
            co_await d.sendto("hello", where);
            const auto [data, from] = co_await d.recvfrom();
            answers += std::string(data.text()) + " from " + from.str() + "\n";
        }
    });
    net.run();
    EXPECT_EQ(answers,
              "hello from [::ffff:10.0.0.1]:5000\n"
              "hello from [2001:db8::1]:5000\n");
}

// A question and its answer, byte by byte (RFC 1035).
class names : public ::testing::Test {
protected:
    static constexpr char header[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0";

    static std::string bytes(std::string_view first, std::string_view then, unsigned type) {
        std::string all(first);
        all.append(then);
        return all.append({'\0', static_cast<char>(type), '\0', '\1'});
    }
    static std::string question(std::string_view name, unsigned type) {
        return bytes({header, 12}, name, type);
    }

    static std::string answer_to(const std::string& question) {
        network net(1);
        net.add_host("www.example", {"10.0.0.1", "10.0.0.7", "2001:db8::1"});
        host& here = net.add_host("here", "10.0.0.2");
        host& server = net.add_name_server("10.0.0.53");
        std::string answer(600, 0);
        here.spawn([&]() -> io::task<> {
            const raw_socket s(AF_INET, SOCK_DGRAM);
            connect_now(*s, server.at(53));
            send_now(*s, question.data(), question.size(), 0);
            const auto count = co_await io::move_on_after(
                1, when_readable(*s, [&] { return recv_now(*s, answer.data(), 600, 0); }));
            answer.resize(count ? static_cast<std::size_t>(*count) : 0);
        });
        net.run();
        return answer;
    }
};

constexpr std::string_view www{"\3www\7example", 13};

TEST_F(names, have_the_addresses_of_their_hosts) {
    const std::string asked = bytes({}, www, 1);
    const std::string_view record{"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x0a\0\0", 15};
    EXPECT_EQ(answer_to(question(www, 1)), std::string("\x12\x34\x85\x80\0\1\0\2\0\0\0\0", 12) +
                                               asked + std::string(record) + '\1' +
                                               std::string(record) + '\7');
}

TEST(names_of_hosts, have_no_case) {
    network net(1);
    net.add_host("Server", "10.0.0.1");
    host& client = net.add_host("client", "10.0.0.2");
    net.add_name_server("10.0.0.53");
    std::string found;
    client.spawn([&]() -> io::task<> {
        for (const char* const name : {"server", "Server", "SERVER"})
            found += (co_await io::getaddrinfo(name, 80)).front().address.str() + " ";
    });
    net.run();
    EXPECT_EQ(found, "10.0.0.1:80 10.0.0.1:80 10.0.0.1:80 ");
    EXPECT_EQ(net.resolve("sERVER").size(), 1U);
    EXPECT_THROW(net.add_host("server", "10.0.0.9"), std::invalid_argument);
}

TEST_F(udp, sends_neither_urgent_bytes_nor_control_data) {
    network net(1);
    net.add_host("here", "10.0.0.1").spawn([]() -> io::task<> {
        for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
            const raw_socket s(AF_INET, type);
            EXPECT_EQ(send_now(*s, "x", 1, MSG_OOB), -EOPNOTSUPP);
            char control[CMSG_SPACE(sizeof(int))] = {};
            char byte = 'x';
            ::iovec part{&byte, 1};
            ::msghdr message{};
            message.msg_iov = &part;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            EXPECT_EQ(sendmsg_now(*s, message, 0), -EOPNOTSUPP);
        }
        co_return;
    });
    net.run();
}

TEST_F(names, have_ipv6_addresses) {
    const std::string asked = bytes({}, www, 28);
    const std::string_view record{
        "\xc0\x0c\0\x1c\0\1\0\0\1\x2c\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 28};
    EXPECT_EQ(answer_to(question(www, 28)),
              std::string("\x12\x34\x85\x80\0\1\0\1\0\0\0\0", 12) + asked + std::string(record));
}

TEST_F(names, are_found_in_any_case) {
    EXPECT_EQ(answer_to(question({"\3WwW\7exAmple", 13}, 1))[7], 2) << "answers";
}

TEST_F(names, that_no_host_has_do_not_exist) {
    const std::string answer = answer_to(question({"\4nope", 6}, 1));
    ASSERT_GE(answer.size(), 12U);
    EXPECT_EQ(answer[3] & 0xf, 3) << "NXDOMAIN";
}

TEST_F(names, without_records_of_a_type_exist_all_the_same) {
    const std::string answer = answer_to(question({"\4here", 6}, 28));
    ASSERT_GE(answer.size(), 12U);
    EXPECT_EQ(answer[3] & 0xf, 0);
    EXPECT_EQ(answer[7], 0) << "answers";
}

TEST_F(names, are_not_given_to_what_is_no_question) {
    const std::string whole = question(www, 1);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(answer_to(whole.substr(0, size)), "") << "of its first " << size << " bytes";
    std::string answer = whole;
    answer[2] = static_cast<char>(0x81);
    EXPECT_EQ(answer_to(answer), "") << "an answer";
}

}  // namespace
}  // namespace priz::sim
