// A handler, tested without the network: over a connection in memory, in virtual time.
//
// It prints:
//     a question gets its answer: ok
//     bytes that come one by one make no difference: ok
//     a client that says nothing is dropped after 30 s: ok
//     a client that is gone is a connection_error: ok
//     a test that would wait for ever: testing::run: nothing can go on any more, …
#include <priz/io.hpp>
#include <priz/testing/memory_stream.hpp>
#include <priz/testing/run.hpp>

#include <cerrno>
#include <iostream>
#include <string>

namespace io = priz::io;

namespace {

// What is tested: answers lines until the client ends, or says nothing for half a minute.
io::task<> answer(io::stream client) {
    io::reader in(client, 100);
    for (;;) {
        auto line = co_await io::fail_after(30, in.readline());
        if (line.empty()) co_return;
        co_await client.sendall("you said " + line);
    }
}

bool failed = false;

void check(const char* claim, bool holds) {
    std::cout << claim << ": " << (holds ? "ok" : "FAILED") << '\n';
    failed = failed || !holds;
}

io::task<std::string> talk(io::stream client) {
    co_await client.sendall("hello\n");
    co_await client.shutdown(SHUT_WR);
    io::reader in(client);
    co_return co_await in.read_all(1000);
}

io::task<> a_question_gets_its_answer() {
    auto [client, server] = priz::testing::memory_pair();
    std::string said;
    co_await io::with_scope([&, &from = client, &to = server](io::scope& group) {
        group.spawn(answer(std::move(to)));
        group.spawn([&]() -> io::task<> { said = co_await talk(std::move(from)); });
    });
    check("a question gets its answer", said == "you said hello\n");
}

io::task<> bytes_may_come_one_by_one() {
    auto [client, server] = priz::testing::memory_pair({.receive_max = 1, .send_max = 1});
    std::string said;
    co_await io::with_scope([&, &from = client, &to = server](io::scope& group) {
        group.spawn(answer(std::move(to)));
        group.spawn([&]() -> io::task<> { said = co_await talk(std::move(from)); });
    });
    check("bytes that come one by one make no difference", said == "you said hello\n");
}

io::task<> a_silent_client_is_dropped() {
    auto [client, server] = priz::testing::memory_pair();
    bool was_dropped = false;
    try {
        co_await answer(std::move(server));
    } catch (const priz::timeout&) {
        was_dropped = true;
    }
    check("a client that says nothing is dropped after 30 s",
          was_dropped && priz::testing::now() == 30);
}

io::task<> a_client_may_be_gone() {
    auto [server, client] = priz::testing::memory_pair(
        {.faults = {{.call = priz::testing::memory_call::send, .nth = 1, .error = EPIPE}}});
    co_await client.sendall("hello\n");
    bool is_gone = false;
    try {
        co_await answer(std::move(server));
    } catch (const priz::connection_error&) {
        is_gone = true;
    }
    check("a client that is gone is a connection_error", is_gone);
}

io::task<> nobody_answers() {
    auto [client, server] = priz::testing::memory_pair();
    co_await client.sendall("hello\n");
    const auto answer = co_await client.recv();  // nobody serves the other end
    std::cout << answer.text();
}

}  // namespace

int main() {
    priz::testing::run(a_question_gets_its_answer());
    priz::testing::run(bytes_may_come_one_by_one());
    priz::testing::run(a_silent_client_is_dropped());
    priz::testing::run(a_client_may_be_gone());
    try {
        priz::testing::run(nobody_answers());
    } catch (const priz::testing::deadlock& why) {
        std::cout << "a test that would wait for ever: " << why.what() << '\n';
    }
    return failed ? 1 : 0;
}
