#include "tour_steps.hpp"

#include <fmt/format.h>
#include <priz/resolve.hpp>

namespace priz::cli {

namespace {

constexpr const char* rule = "----------------";

std::vector<std::string> host_and_port(const address& where) {
    return {where.host(), std::to_string(where.port())};
}

socket connect_to(const address& where, const deadline& until) {
    socket s(where.family(), SOCK_STREAM);
    s.settimeout(until.remaining());
    s.connect(where);
    return s;
}

// Until the other side ends.
bytes receive_all(socket& s) {
    bytes all;
    for (auto part = s.recv(4096); !part.empty(); part = s.recv(4096)) all += part;
    return all;
}

void expect_http_hello(station& at, const std::string& answer) {
    at.check(answer.starts_with("HTTP/1.1 200 OK"), "the answer begins with HTTP/1.1 200 OK");
    at.check(answer.contains("Merhaba dünya!"), "the page says Merhaba dünya!");
    at.check(answer.contains("charset=utf-8"), "the answer says that it is UTF-8");
}

}  // namespace

// P1 and P2: two clients at once, the second one served while the first is silent.
void tour_echo(station& at) {
    const auto server = at.start("echo_server", {"0"});
    const auto where = at.announced(*server, "istening");
    auto silent = connect_to(where, at.until());
    at.hear(*server, "Connected by");
    const auto answer = at.run("echo_client", host_and_port(where));
    at.check(answer.contains("Hello, world"), "echo_client receives Hello, world");
    at.hear(*server, "Connected by");
    silent.sendall("still there?");
    silent.shutdown(SHUT_WR);
    at.check(receive_all(silent) == "still there?", "a client that was silent is served as well");
    at.end(*server);
}

// P3, from a server of the tool's own.
void tour_web_client(station& at) {
    const auto server = at.start("priz", {"listen", "--hello", "127.0.0.1:0"});
    const auto where = at.announced(*server, "listening on");
    expect_http_hello(at, at.run("web_client", host_and_port(where)));
    at.end(*server);
}

// P4: the commands are lines, however the packets fall.
void tour_lines(station& at) {
    const auto server = at.start("line_server", {"0"});
    const auto where = at.announced(*server, ":");
    auto first = connect_to(where, at.until());
    first.sendall("mer");
    first.sendall("haba\n  iki  \ndiscon");
    at.hear(*server, "merhaba");
    at.check(at.hear(*server, "iki") == "iki", "lines are stripped");
    first.sendall("nect\n");
    at.check(receive_all(first).empty(), "`disconnect` ends the client");
    at.hear(*server, rule);
    auto second = connect_to(where, at.until());
    second.sendall("stop\n");
    at.hear(*server, rule);
    at.check(server->wait(at.until()) == 0, "`stop` ends the server with exit code 0");
}

silent_client::silent_client(station& at)
    : server_(at.start("line_server", {"0"})),
      line_(connect_to(at.announced(*server_, ":"), at.until())) {}

void silent_client::expect_end(station& at) {
    at.check(receive_all(line_).empty(), "a client that is silent for 5 seconds is dropped");
    at.hear(*server_, rule);
    at.say("", "(a second client that said nothing for 5 seconds was dropped)");
    at.end(*server_);
}

// P5, asked as a browser asks.
void tour_hello(station& at) {
    const auto server = at.start("hello_server", {"0"});
    const auto where = at.announced(*server, "dinleniyor...");
    const auto answer = at.run("web_client", host_and_port(where));
    expect_http_hello(at, answer);
    at.hear(*server, "bağlandı");
    at.hear(*server, "GET / HTTP/1.1");
    at.end(*server);
}

// P6
void tour_greeting(station& at) {
    const auto server = at.start("greeting_server", {"0"});
    const auto where = at.announced(*server, ":");
    const auto greeting = at.run("greeting_client", host_and_port(where));
    at.check(greeting.contains("Thank you for connecting"), "the client is greeted");
    at.hear(*server, "Got connection from");
    at.end(*server);
}

// P7
void tour_lookup(station& at) {
    const auto output = at.run("address_lookup", {"localhost", "www"});
    at.check(output.contains("127.0.0.1:80") || output.contains("[::1]:80"),
             "localhost is this machine, and www is port 80");
    at.check(output.contains(gethostname()), "the machine's own name is printed");
}

}  // namespace priz::cli
