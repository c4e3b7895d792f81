// Other programs' TLS as the other side: OpenSSL's command, CPython's ssl.
#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pairs.hpp"
#include "priz/io.hpp"
#include "priz/socket.hpp"
#include "support/child.hpp"

namespace priz::tls {
namespace {

using support::child;
using ::testing::HasSubstr;

const certificate_files& server_files() {
    static const certificate_files made = the_authority().issue();
    return made;
}

context trusting() {
    context made;
    made.load_verify_locations(the_authority().file());
    return made;
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

// `openssl s_server`, which sends each line back from its end to its beginning.
struct openssl_server {
    explicit openssl_server(const std::vector<std::string>& more = {})
        : program(joined({"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                          server_files().certificate, "-key", server_files().key, "-rev",
                          "-naccept", "1"},
                         more),
                  child::errors::with_output) {
        std::string said;
        while (!said.starts_with("ACCEPT ")) said = program.line();
        port = std::stoi(said.substr(said.rfind(':') + 1));
    }
    socket connect(const context& with) const {
        return socket(create_connection({"127.0.0.1", port}), with, "server.test");
    }

    child program;
    int port = 0;
};

// A program in Python, with its arguments: its beginning is the same for all.
std::vector<std::string> python(const std::string& program,
                                const std::vector<std::string>& arguments) {
    return joined({PRIZ_PYTHON_PATH, "-c",
                   "import socket, ssl, sys\n"
                   "CA, CERTIFICATE, KEY = sys.argv[1:4]\n" +
                       program,
                   the_authority().file(), server_files().certificate, server_files().key},
                  arguments);
}

struct python_server {
    explicit python_server(const std::string& serve)
        : program(python("context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
                         "context.load_cert_chain(CERTIFICATE, KEY)\n"
                         "listener = socket.create_server(('127.0.0.1', 0))\n"
                         "print(listener.getsockname()[1], flush=True)\n" +
                             serve,
                         {})),
          port(std::stoi(program.line())) {}
    socket connect(const context& with) const {
        return socket(create_connection({"127.0.0.1", port}), with, "server.test");
    }

    child program;
    int port;
};

std::string line_of(socket& from) {
    std::string got;
    while (!got.ends_with('\n')) got += from.recv(1);
    return got;
}

TEST(tls_peers, openssl_serves_us_in_both_versions) {
    for (const char* const version : {"-tls1_2", "-tls1_3"}) {
        const openssl_server server({version});
        socket s = server.connect(trusting());
        EXPECT_EQ(s.version(), version == std::string("-tls1_2") ? "TLSv1.2" : "TLSv1.3");
        s.sendall("hello\n");
        EXPECT_EQ(line_of(s), "olleh\n");
        EXPECT_EQ(s.getpeercert()->subject, "CN=a test");
    }
}

TEST(tls_peers, openssl_serves_a_stream) {
    const openssl_server server;
    io::run([](int port) -> io::task<> {
        const connect_options options{.server_name = "server.test"};
        io::stream s = co_await connect("127.0.0.1", port, trusting(), options);
        co_await s.sendall("hello\n");
        char some[6];
        co_await s.recv_exactly_into(some);
        EXPECT_EQ(std::string(some, 6), "olleh\n");
        co_await s.close();
    }(server.port));
}

TEST(tls_peers, connect_goes_to_a_host_and_speaks_tls) {
    io::run([]() -> io::task<> {
        io::listener door = io::listen("127.0.0.1:0");
        const auto port = door.getsockname().port();
        auto echo = [](io::stream s) -> io::task<> {
            auto secured = co_await accept_over(std::move(s), the_contexts().server);
            while (const auto data = co_await secured.recv()) co_await secured.sendall(data);
            co_await secured.close();
        };
        auto body = [&](io::scope& group) -> io::task<> {
            group.spawn([&]() -> io::task<> {
                auto one = co_await door.accept();
                co_await echo(std::move(one.connection));
            });
            const connect_options options{.server_name = "server.test"};
            auto s = co_await connect("127.0.0.1", port, the_contexts().client, options);
            co_await s.sendall("hello");
            char some[5];
            co_await s.recv_exactly_into(some);
            EXPECT_EQ(std::string(some, 5), "hello");
            co_await s.close();
        };
        co_await io::with_scope(body);
    }());
}

TEST(tls_peers, tls_1_1_is_refused) {
    const openssl_server server({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"});
    const auto made = socket::try_client(create_connection({"127.0.0.1", server.port}), trusting(),
                                         "server.test");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), errc::wrong_version) << made.error().message();
    EXPECT_THAT(made.error().message(), HasSubstr("do_handshake tcp 127.0.0.1:"));
}

// Accepts one client, sends its lines back in a TLS connection, and tells how that ended.
std::error_code serve_one(priz::socket& listener, const context& with, connection_info& told) {
    auto made = socket::try_server(listener.accept().connection, with);
    if (!made) return made.error().code();
    told = made->info();
    for (;;) {
        const auto data = made->try_recv(1000);
        if (!data) return data.error().code();
        if (data->empty()) return {};
        made->sendall(*data);
    }
}

struct our_server {
    our_server() : listener(create_server({"127.0.0.1", 0})) {
        port = std::to_string(listener.getsockname().port());
    }
    std::error_code serve(const context& with) { return serve_one(listener, with, told); }

    priz::socket listener;
    std::string port;
    connection_info told;
};

context serving() { return context::server(server_files().certificate, server_files().key); }

std::vector<std::string> openssl_client(const our_server& to, const std::string& more) {
    return {"sh", "-c",
            "exec openssl s_client -connect 127.0.0.1:" + to.port + " -CAfile " +
                the_authority().file() +
                " -servername server.test -verify_hostname server.test -verify_return_error -quiet "
                "-no_ign_eof " +
                more + " 2>&1"};
}

TEST(tls_peers, openssl_is_our_client) {
    for (const char* const version : {"-tls1_2", "-tls1_3"}) {
        our_server server;
        child client(openssl_client(server, version));
        std::error_code ended;
        std::thread serving_it([&] { ended = server.serve(serving()); });
        client.write("hello\n");
        // What the verification finds is printed before.
        std::string said;
        while (said != "hello") said = client.line();
        client.end_input();
        serving_it.join();
        EXPECT_EQ(ended, std::error_code());
        EXPECT_EQ(server.told.version, version == std::string("-tls1_2") ? "TLSv1.2" : "TLSv1.3");
        EXPECT_EQ(server.told.server_name, "server.test");
    }
}

TEST(tls_peers, openssl_s_client_of_tls_1_1_is_refused) {
    our_server server;
    const child client(openssl_client(server, "-tls1_1 -cipher ALL:@SECLEVEL=0"));
    EXPECT_EQ(server.serve(serving()), errc::wrong_version);
}

TEST(tls_peers, openssl_shows_us_its_certificate) {
    context server_context = serving();
    server_context.load_verify_locations(the_authority().file());
    server_context.set_client_certificate(client_certificate::required);
    our_server server;
    child client(openssl_client(
        server, "-cert " + server_files().certificate + " -key " + server_files().key));
    client.end_input();
    server.serve(server_context);
    ASSERT_TRUE(server.told.peer);
    EXPECT_EQ(server.told.peer->subject, "CN=a test");
}

constexpr const char* python_client =
    "context = ssl.create_default_context(cafile=CA)\n"
    "context.set_alpn_protocols(['h2', 'http/1.1'])\n"
    "raw = socket.create_connection(('127.0.0.1', int(sys.argv[4])))\n"
    "s = context.wrap_socket(raw, server_hostname='server.test')\n";

TEST(tls_peers, python_is_our_client_and_both_end_politely) {
    context with = serving();
    with.set_alpn_protocols({"http/1.1"});
    our_server server;
    child client(python(std::string(python_client) +
                            "s.sendall(b'x' * 100000)\n"
                            "got = b''\n"
                            "while len(got) < 100000: got += s.recv(100000)\n"
                            "print(len(got), s.version(), s.selected_alpn_protocol())\n"
                            "s.unwrap()\n"
                            "print('unwrapped')\n",
                        {server.port}));
    EXPECT_EQ(server.serve(with), std::error_code());
    EXPECT_EQ(client.line(), "100000 TLSv1.3 http/1.1");
    EXPECT_EQ(client.line(), "unwrapped");
    EXPECT_EQ(client.wait(), 0);
}

// It tells that it has ended and is gone before it is told the same: most clients do.
TEST(tls_peers, a_client_that_does_not_wait_for_our_end_has_closed_well) {
    for (int i = 0; i < 20; ++i) {
        auto listener = create_server({"127.0.0.1", 0});
        const auto where = listener.getsockname();
        std::thread other([&] {
            socket s(create_connection(where), trusting(), "server.test");
            s.sendall("x");
            EXPECT_EQ(s.recv(1), "x");
        });
        io::run([](priz::socket& from) -> io::task<> {
            io::stream connection(from.accept().connection);
            auto s = co_await accept_over(std::move(connection), the_contexts().server);
            while (const auto data = co_await s.recv()) co_await s.sendall(data);
            co_await s.close();
        }(listener));
        other.join();
    }
}

TEST(tls_peers, a_python_client_that_just_closes_is_noticed) {
    our_server server;
    const child client(python(std::string(python_client) +
                                  "s.sendall(b'hello')\n"
                                  "s.recv(5)\n"
                                  "raw2 = socket.socket(fileno=s.detach())\n"
                                  "raw2.close()\n",
                              {server.port}));
    EXPECT_EQ(server.serve(serving()), errc::truncated);
}

TEST(tls_peers, python_resumes_our_sessions) {
    const context with = serving();
    our_server server;
    child client(python(std::string(python_client) +
                            "s.sendall(b'hello')\n"
                            "s.recv(5)\n"
                            "session = s.session\n"
                            "s.unwrap()\n"
                            "raw = socket.create_connection(('127.0.0.1', int(sys.argv[4])))\n"
                            "s = context.wrap_socket(raw, server_hostname='server.test', "
                            "session=session)\n"
                            "print(s.session_reused)\n"
                            "s.unwrap()\n",
                        {server.port}));
    EXPECT_EQ(server.serve(with), std::error_code());
    EXPECT_FALSE(server.told.is_resumed);
    EXPECT_EQ(server.serve(with), std::error_code());
    EXPECT_TRUE(server.told.is_resumed);
    EXPECT_EQ(client.line(), "True");
}

TEST(tls_peers, python_serves_us_and_both_go_on_in_the_open) {
    python_server server(
        "raw = listener.accept()[0]\n"
        "s = context.wrap_socket(raw, server_side=True)\n"
        "s.sendall(s.recv(100))\n"
        "plain = s.unwrap()\n"
        "plain.sendall(b'in the open')\n");
    socket s = server.connect(trusting());
    s.sendall("secret");
    EXPECT_EQ(s.recv(100), "secret");
    priz::socket below = s.unwrap();
    EXPECT_EQ(below.recv_exactly(11), "in the open");
    EXPECT_EQ(server.program.wait(), 0);
}

TEST(tls_peers, our_sessions_are_resumed_by_python) {
    const python_server server(
        "for i in range(2):\n"
        "    s = context.wrap_socket(listener.accept()[0], server_side=True)\n"
        "    s.sendall(b'x')\n"
        "    s.unwrap()\n");
    const context with = trusting();
    for (const bool is_first : {true, false}) {
        socket s = server.connect(with);
        EXPECT_EQ(s.info().is_resumed, !is_first);
        EXPECT_EQ(s.recv(1), "x");
        EXPECT_EQ(s.recv(1), "");
        s.shutdown_write();
    }
}

TEST(tls_peers, a_python_server_that_just_closes_is_noticed) {
    const python_server server(
        "s = context.wrap_socket(listener.accept()[0], server_side=True)\n"
        "s.sendall(b'half of it')\n"
        "socket.socket(fileno=s.detach()).close()\n");
    socket s = server.connect(trusting());
    EXPECT_EQ(s.recv(100), "half of it");
    const auto end = s.try_recv(100);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code(), errc::truncated) << end.error().message();
}

TEST(tls_peers, curl_is_our_client) {
    our_server server;
    child client({"curl", "--silent", "--show-error", "--max-time", "30", "--cacert",
                  the_authority().file(), "--resolve", "server.test:" + server.port + ":127.0.0.1",
                  "https://server.test:" + server.port + "/", "--http0.9"});
    auto s = socket(server.listener.accept().connection, serving());
    EXPECT_THAT(s.recv(4096), HasSubstr("GET / HTTP/1.1\r\n"));
    s.sendall("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
    EXPECT_EQ(client.line(), "hello");
    EXPECT_EQ(client.wait(), 0);
}

}  // namespace
}  // namespace priz::tls
