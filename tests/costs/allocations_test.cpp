// Verbs that promise not to allocate, with every allocation of the process counted.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <priz/batch.hpp>
#include <priz/http/server.hpp>
#include <priz/io.hpp>
#include <priz/message.hpp>
#include <priz/options.hpp>
#include <priz/socket.hpp>

#include <cstdlib>
#include <new>
#include <string_view>
#include <utility>

namespace {

long allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

// How many allocations `work` makes.
template <class Work>
long allocations_of(Work&& work) {
    const long before = allocations;
    work();
    return allocations - before;
}

TEST(allocations, are_counted) {
    EXPECT_GE(allocations_of([] { delete new int(1); }), 1);
}

TEST(allocations, sending_and_receiving_into_memory_make_none) {
    auto [left, right] = priz::socketpair();
    char buffer[4096] = {};
    EXPECT_EQ(allocations_of([&left, &right, &buffer] {
                  for (int i = 0; i < 100; ++i) {
                      left.send(priz::bytes_view(buffer, sizeof buffer));
                      right.recv_into(buffer);
                      left.sendall(priz::bytes_view(buffer, sizeof buffer));
                      right.recv_exactly_into(buffer);
                  }
              }),
              0);
}

TEST(allocations, would_block_makes_none) {
    auto [left, right] = priz::socketpair();
    left.setblocking(false);
    char buffer[16];
    EXPECT_EQ(allocations_of([&left, &buffer] {
                  for (int i = 0; i < 100; ++i) EXPECT_FALSE(left.try_recv_into(buffer));
              }),
              0);
}

TEST(allocations, datagrams_and_connections_make_none) {
    priz::socket listener;
    listener.bind(priz::address::ipv4(INADDR_LOOPBACK, 0));
    listener.listen();
    priz::socket receiver(AF_INET, SOCK_DGRAM);
    receiver.bind(priz::address::ipv4(INADDR_LOOPBACK, 0));
    char buffer[16] = {};
    EXPECT_EQ(allocations_of([&] {
                  priz::socket client;
                  client.connect(listener.getsockname());
                  const auto accepted = listener.accept();
                  priz::socket sender(AF_INET, SOCK_DGRAM);
                  sender.sendto(priz::bytes_view(buffer, sizeof buffer), receiver.getsockname());
                  receiver.recvfrom_into(buffer);
              }),
              0);
}

TEST(allocations, a_batch_makes_none_once_it_has_been_used) {
    priz::socket to(AF_INET, SOCK_DGRAM);
    to.bind(priz::address::ipv4(INADDR_LOOPBACK, 0));
    priz::set_option(to, priz::options::receive_hop_limit, true);
    priz::socket from(AF_INET, SOCK_DGRAM);
    const priz::address target = to.getsockname();
    priz::receive_batch in(8, 100, priz::cmsg_space(sizeof(int)));
    priz::send_batch out;
    const auto round = [&] {
        for (int i = 0; i < 8; ++i) out.add("data", target).ttl(10 + i);
        while (!out.empty()) priz::sendmmsg(from, out);
        priz::recvmmsg(to, in);
        for (const auto& message : in) EXPECT_GE(*message.control.hop_limit(), 10);
    };
    round();
    EXPECT_EQ(allocations_of([&] {
                  for (int i = 0; i < 100; ++i) round();
              }),
              0);
}

TEST(allocations, a_message_in_a_few_pieces_makes_none) {
    auto [left, right] = priz::socketpair();
    char first[4];
    char second[100];
    EXPECT_EQ(allocations_of([&from = left, &to = right, &first, &second] {
                  const priz::bytes_view sources[] = {"head", "body"};
                  const priz::bytes_span targets[] = {first, second};
                  for (int i = 0; i < 100; ++i) {
                      from.sendmsg(sources);
                      EXPECT_EQ(to.recvmsg_into(targets).size, 8U);
                  }
              }),
              0);
}

// A client that sends requests in pairs and takes the answers as bytes.
priz::io::task<> ask(priz::io::stream s, long& in_a_hundred) {
    const std::string_view two =
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
    long before = 0;
    char answer[4096];
    for (int i = 0; i < 110; ++i) {
        // Buffers grow and pools fill.
        if (i == 10) before = allocations;
        co_await s.sendall(two);
        std::string_view got;
        std::size_t size = 0;
        do {
            size += co_await s.recv_into(priz::bytes_span(answer + size, sizeof answer - size));
            got = {answer, size};
        } while (!got.ends_with("Not Found"));
    }
    in_a_hundred = allocations - before;
    s.reset();
}

TEST(allocations, a_request_of_http_that_is_answered_at_once_makes_none) {
    for (const auto backend : {priz::io::backend_kind::epoll, priz::io::backend_kind::automatic}) {
        priz::http::server web;
        web.get("/", [] { return "Hello, World!"; });
        long made = -1;
        priz::io::run(
            [](priz::http::server& asked, long& counted) -> priz::io::task<> {
                auto [left, right] = priz::socketpair();
                priz::io::stream near(std::move(left));
                priz::io::stream far(std::move(right));
                co_await priz::io::when_all(ask(std::move(near), counted),
                                            asked.serve_stream(std::move(far)));
            }(web, made),
            {.backend = backend});
        EXPECT_EQ(made, 0);
    }
}

}  // namespace
