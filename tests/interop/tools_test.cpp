// nc, socat and curl against sockets of priz, each as the side that connects and as the side that
// listens.
#include <priz/file.hpp>

#include <algorithm>
#include <cctype>

#include "../support/child.hpp"
#include "python_peer.hpp"

namespace interop {
namespace {

using support::child;

std::string port_of(const priz::socket& s) { return std::to_string(s.getsockname().port()); }

std::string in_capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// Answers all that one client says.
void answer_in_capitals(priz::socket& server) {
    auto [connection, remote] = server.accept();
    connection.sendall(in_capitals(receive_all(connection)));
}

// The tool says something and sees the answer.
void expect_an_answer(priz::socket& server, const std::vector<std::string>& command) {
    child tool(command);
    tool.write("hello\nfrom a tool\n");
    tool.end_input();
    answer_in_capitals(server);
    EXPECT_EQ(tool.rest(), "HELLO\nFROM A TOOL\n");
    EXPECT_EQ(tool.wait(), 0);
}

// The tool listens where it is told and says on its standard error that it does.
void expect_a_listener(const std::vector<std::string>& command, const std::string& ready,
                       const auto& connect) {
    child tool(command, child::errors::with_output);
    std::string line;
    do {
        line = tool.line();
        ASSERT_NE(line, "") << "never listened";
    } while (line.find(ready) == std::string::npos);
    priz::socket ours = connect(line);
    ours.sendall("said to the tool\n");
    while ((line = tool.line()) != "said to the tool") ASSERT_NE(line, "");
    tool.write("said by the tool\n");
    EXPECT_EQ(ours.recv_exactly(17), "said by the tool\n");
    tool.end_input();
    ours.close();
    EXPECT_EQ(tool.wait(), 0);
}

std::string end_of(const std::string& line) { return line.substr(line.rfind(' ') + 1); }

priz::socket unix_listener(const priz::address& where, int type = SOCK_STREAM) {
    priz::socket server(AF_UNIX, type);
    server.bind(where);
    server.listen();
    return server;
}

TEST(nc, talks_to_a_tcp_server) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
        auto server =
            priz::create_server({host, 0}, {.family = host == "::1" ? AF_INET6 : AF_INET});
        expect_an_answer(server, {"nc", "-N", host, port_of(server)});
    }
}

TEST(nc, talks_to_a_unix_server) {
    const folder here;
    auto server = unix_listener(priz::address::unix_path(here.path("s")));
    expect_an_answer(server, {"nc", "-N", "-U", here.path("s")});
}

TEST(nc, is_talked_to_as_a_unix_server) {
    const folder here;
    expect_a_listener({"nc", "-v", "-N", "-l", "-U", here.path("s")}, "Listening", [&](auto&) {
        priz::socket s(AF_UNIX);
        s.connect(here.path("s"));
        return s;
    });
}

// nc says `Listening on 127.0.0.1 41234`, or `Bound on …`.
priz::socket connected_to(const std::string& line, int type) {
    priz::socket s(AF_INET, type);
    s.connect("127.0.0.1", end_of(line));
    return s;
}

TEST(nc, is_talked_to_as_a_tcp_server) {
    expect_a_listener({"nc", "-v", "-n", "-N", "-l", "127.0.0.1", "0"}, "Listening",
                      [](auto& line) { return connected_to(line, SOCK_STREAM); });
}

TEST(nc, is_sent_datagrams_and_answers) {
    child nc({"nc", "-v", "-n", "-u", "-l", "127.0.0.1", "0"}, child::errors::with_output);
    priz::socket ours = connected_to(nc.line(), SOCK_DGRAM);
    ours.send("question\n");
    for (std::string line; (line = nc.line()) != "question";) ASSERT_NE(line, "");
    nc.write("answer\n");
    EXPECT_EQ(ours.recv(100), "answer\n");
}

TEST(nc, sends_datagrams_and_gets_the_answer) {
    priz::socket server(AF_INET, SOCK_DGRAM);
    server.bind("127.0.0.1", 0);
    child nc({"nc", "-u", "127.0.0.1", port_of(server)});
    nc.write("question\n");
    const auto [question, from] = server.recvfrom(100);
    EXPECT_EQ(question, "question\n");
    server.sendto(in_capitals(question), from);
    EXPECT_EQ(nc.line(), "QUESTION");
}

TEST(socat, talks_to_a_tcp_server) {
    auto server = priz::create_server({"127.0.0.1", 0});
    expect_an_answer(server, {"socat", "-t30", "-", "TCP:127.0.0.1:" + port_of(server)});
}

TEST(socat, talks_to_unix_servers_of_each_kind) {
    const folder here;
    const std::string path = here.path("s");
    {
        auto server = unix_listener(priz::address::unix_path(path));
        expect_an_answer(server, {"socat", "-t30", "-", "UNIX-CONNECT:" + path});
    }
    auto server = unix_listener(priz::address::unix_abstract(path));
    expect_an_answer(server, {"socat", "-t30", "-", "ABSTRACT-CONNECT:" + path});
}

TEST(socat, keeps_the_messages_of_a_seqpacket_server) {
    const folder here;
    auto server = unix_listener(priz::address::unix_path(here.path("s")), SOCK_SEQPACKET);
    child socat({"socat", "-t30", "-", "UNIX-CONNECT:" + here.path("s") + ",type=5"});
    auto connection = server.accept().connection;
    for (const std::string text : {"first\n", "second\n"}) {
        socat.write(text);
        EXPECT_EQ(connection.recv(100), text);
        connection.sendall(in_capitals(text));
        EXPECT_EQ(socat.line() + "\n", in_capitals(text));
    }
}

// socat -d -d says where it listens: `listening on AF=2 127.0.0.1:41234`.
TEST(socat, is_talked_to_as_a_tcp_server) {
    expect_a_listener({"socat", "-d", "-d", "-t30", "-", "TCP4-LISTEN:0,bind=127.0.0.1"},
                      "listening on", [](const std::string& line) {
                          return priz::create_connection(priz::parse_address(end_of(line)));
                      });
}

TEST(socat, is_talked_to_as_a_tcp_server_over_ipv6) {
    expect_a_listener({"socat", "-d", "-d", "-t30", "-", "TCP6-LISTEN:0,bind=[::1]"},
                      "listening on", [](const std::string& line) {
                          return priz::create_connection(priz::parse_address(end_of(line)));
                      });
}

TEST(socat, is_talked_to_in_the_abstract_namespace) {
    const folder here;
    expect_a_listener({"socat", "-d", "-d", "-t30", "-", "ABSTRACT-LISTEN:" + here.path("s")},
                      "listening on", [&](auto&) {
                          priz::socket s(AF_UNIX);
                          s.connect(priz::address::unix_abstract(here.path("s")));
                          return s;
                      });
}

TEST(socat, echoes_datagrams) {
    const folder here;
    child socat(
        {"socat", "-d", "-d", "-d", "UNIX-RECVFROM:" + here.path("s") + ",fork", "EXEC:cat"},
        child::errors::with_output);
    std::string line;
    do {
        line = socat.line();
        ASSERT_NE(line, "") << "never listened";
    } while (line.find("receiving") == std::string::npos);
    priz::socket ours(AF_UNIX, SOCK_DGRAM);
    ours.bind(here.path("ours"));
    ours.sendto("a datagram", here.path("s"));
    const auto [data, from] = ours.recvfrom(100);
    EXPECT_EQ(data, "a datagram");
    EXPECT_EQ(from, priz::address::unix_path(here.path("s")));
}

TEST(curl, fetches_from_a_server_of_ten_lines) {
    auto server = priz::create_server({"127.0.0.1", 0});
    child curl({"curl", "-sS", "--noproxy", "*", "http://127.0.0.1:" + port_of(server) + "/page"});
    auto [connection, remote] = server.accept();
    priz::file f = connection.makefile("rw");
    EXPECT_EQ(f.readline(), "GET /page HTTP/1.1\r\n");
    while (f.readline() != "\r\n") continue;
    f.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n");
    f.close();
    connection.close();
    EXPECT_EQ(curl.rest(), "hello\n");
    EXPECT_EQ(curl.wait(), 0);
}

TEST(curl, uploads_what_is_received) {
    auto server = priz::create_server({"::1", 0}, {.family = AF_INET6});
    child curl({"curl", "-sS", "--noproxy", "*", "--data-binary", "@-", "-H",
                "Expect:", "http://[::1]:" + port_of(server) + "/"});
    curl.write(pattern(1'000'000));
    curl.end_input();
    auto [connection, remote] = server.accept();
    priz::file f = connection.makefile("rw");
    std::size_t length = 0;
    for (std::string line; (line = f.readline()) != "\r\n";)
        if (line.starts_with("Content-Length: ")) length = std::stoul(line.substr(16));
    EXPECT_EQ(length, 1'000'000U);
    EXPECT_TRUE(f.read(length) == pattern(length));
    f.write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    f.close();
    connection.close();
    EXPECT_EQ(curl.wait(), 0);
}

}  // namespace
}  // namespace interop
