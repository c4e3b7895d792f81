#include "priz/tls/socket.hpp"

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <utility>

#include "priz/socket.hpp"
#include "priz/tls/error.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::tls {
namespace {

// Two ends; the server's handshake is made by `serve`, in a thread of its own.
template <class Serve, class Use>
void between(Serve serve, Use use) {
    auto [near, far] = socketpair();
    std::thread other([&] {
        socket s(std::move(far), serving_context());
        serve(s);
    });
    {
        socket s(std::move(near), trusting_context(), "server.test");
        use(s);
    }
    other.join();
}

void echo(socket& s) {
    while (const auto data = s.try_recv(100'000)) {
        if (data->empty()) return;
        s.sendall(*data);
    }
}

TEST(tls_socket, what_is_sent_comes_back_whole) {
    between(echo, [](socket& s) {
        const std::string text(300'000, 'x');
        std::string got;
        for (std::size_t at = 0; at < text.size(); at += 30'000) {
            s.sendall(bytes_view(text.data() + at, 30'000));
            while (got.size() < at + 30'000) got += s.recv(7'000);
        }
        EXPECT_EQ(got, text);
        EXPECT_EQ(s.version(), "TLSv1.3");
        s.shutdown_write();
        EXPECT_EQ(s.recv(1), "");
    });
}

TEST(tls_socket, what_was_received_beyond_what_was_asked_for_is_pending) {
    between(echo, [](socket& s) {
        s.sendall("0123456789");
        EXPECT_EQ(s.recv(4), "0123");
        EXPECT_EQ(s.pending(), 6U);
        EXPECT_EQ(s.recv(100), "456789");
    });
}

TEST(tls_socket, a_timeout_ends_each_verb) {
    auto [near, far] = socketpair();
    near.settimeout(0.01);
    auto made = socket::try_client(std::move(near), trusting_context(), "server.test");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), priz::errc::timed_out);
    auto [hold, release] = socketpair();
    between([&](socket&) { hold.recv(1); },
            [&](socket& s) {
                s.settimeout(0.01);
                EXPECT_THROW(s.recv(1), timeout);
                // Nobody takes it.
                const auto sent = s.try_sendall(std::string(10'000'000, 'x'));
                EXPECT_EQ(sent ? std::error_code() : sent.error().code(), priz::errc::timed_out);
                EXPECT_GT(sent ? 0U : sent.error().transferred(), 0U);
                release.sendall("x");
            });
}

TEST(tls_socket, without_waiting_a_handshake_is_made_in_steps) {
    auto [near, far] = socketpair();
    near.setblocking(false);
    far.setblocking(false);
    auto client = socket::try_wrap_client(std::move(near), trusting_context(), "server.test");
    auto server = socket::try_wrap_server(std::move(far), serving_context());
    ASSERT_TRUE(client && server);
    EXPECT_EQ(client->version(), "");
    const auto first = client->try_do_handshake();
    ASSERT_FALSE(first);
    EXPECT_TRUE(first.error().would_block());
    EXPECT_FALSE(server->try_do_handshake());
    EXPECT_TRUE(client->try_do_handshake());
    EXPECT_TRUE(server->try_do_handshake());
    EXPECT_THROW(client->recv(1), blocking_io_error);
    server->sendall("x");
    EXPECT_EQ(client->recv(1), "x");
}

TEST(tls_socket, both_go_on_in_the_open) {
    between([](socket& s) { s.unwrap().sendall("open"); },
            [](socket& s) {
                priz::socket below = s.unwrap();
                EXPECT_EQ(below.recv_exactly(4), "open");
                EXPECT_EQ(s.fileno(), -1);
                EXPECT_FALSE(s.try_recv(1));
            });
}

// Of a client whose sends do not fit into what the kernel holds, and who then closes.
TEST(tls_socket, what_was_sent_before_a_close_arrives) {
    auto [near, far] = socketpair();
    near.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    const std::string text(50'000, 'x');
    std::string got;
    std::thread other([&, &its = far] {
        socket s(std::move(its), serving_context());
        for (auto data = s.recv(1000); !data.empty(); data = s.recv(1000)) got += data;
    });
    {
        socket s(std::move(near), trusting_context(), "server.test");
        for (std::size_t at = 0; at < text.size();)
            at += s.send(bytes_view(text.data() + at, text.size() - at));
    }
    other.join();
    EXPECT_EQ(got, text);
}

// Its records are longer than the kernel's room, and neither reads before it has sent.
TEST(tls_socket, a_receive_does_not_wait_for_a_send_that_is_left_alone) {
    auto [near, far] = socketpair();
    for (auto* const one : {&near, &far}) one->setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    const std::string text(16'000, 'x');
    std::string got;
    std::thread other([&, &its = far] {
        socket s(std::move(its), serving_context());
        s.sendall(text);
        while (got.size() < text.size()) got += s.recv(text.size());
    });
    socket s(std::move(near), trusting_context(), "server.test");
    s.settimeout(0);
    EXPECT_EQ(s.send(text), text.size());
    s.settimeout(60);
    std::string answer;
    while (answer.size() < text.size()) answer += s.recv(text.size());
    s.close();
    other.join();
    EXPECT_EQ(answer, text);
    EXPECT_EQ(got, text);
}

TEST(tls_socket, an_end_without_a_word_is_an_error) {
    auto [near, far] = socketpair();
    std::thread other([&] {
        socket s(far.dup(), serving_context());
        EXPECT_EQ(s.recv(1), "x");
        far.shutdown(SHUT_RDWR);
    });
    socket s(std::move(near), trusting_context(), "server.test");
    s.sendall("x");
    const auto end = s.try_recv(1);
    other.join();
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code(), errc::truncated) << end.error().message();
}

}  // namespace
}  // namespace priz::tls
