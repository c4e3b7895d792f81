// The ends of a memory pair do what the two ends of a TCP connection do, step by step: the same
// scripts are run on both, and what the verbs said is compared.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cstdlib>
#include <random>
#include <string>

#include "io/verb_fixture.hpp"
#include "priz/error.hpp"
#include "priz/io.hpp"
#include "priz/testing/memory_stream.hpp"
#include "testing/kernel_pairs.hpp"

namespace priz::testing {
namespace {

using io::stream;
using io::task;

// What the kernel is still about to do with the connection is done: what was sent is acknowledged,
// what the far end closed is known here.
task<> settle(const stream& s, bool far_end_has_ended) {
    while (s.fileno() >= 0) {
        ::tcp_info info{};
        ::socklen_t size = sizeof info;
        if (::getsockopt(s.fileno(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) std::abort();
        const bool knows = !far_end_has_ended || info.tcpi_state == TCP_CLOSE_WAIT ||
                           info.tcpi_state == TCP_LAST_ACK || info.tcpi_state == TCP_CLOSE ||
                           info.tcpi_state == TCP_TIME_WAIT || info.tcpi_state == TCP_CLOSING;
        if (info.tcpi_state == TCP_CLOSE || (knows && info.tcpi_unacked == 0)) co_return;
        co_await io::yield();
    }
}

// Steps, one letter each, a capital one for the second end: s send, r receive, w shut down for
// writing, d for reading, b both, c close. What would wait says so.
task<bytes> play(const bytes& script, stream first, stream second) {
    stream* const ends[2] = {&first, &second};
    bool has_ended[2] = {};
    bytes told;
    for (const char step : script) {
        const std::size_t who = step >= 'a' ? 0 : 1;
        stream& mine = *ends[who];
        const char verb = step >= 'a' ? step : static_cast<char>(step - 'A' + 'a');
        told += step;
        told += ':';
        std::error_code failed;
        co_await io::test::settle();  // what happened is known to the loop
        if (verb == 's') {
            const auto sent = co_await io::fail_after(0, mine.try_send("1234567"));
            if (!sent) failed = sent.error().code();
        }
        if (verb == 'r') {
            auto got = co_await io::fail_after(0, mine.try_recv(5));
            if (got)
                told += std::to_string(got->size());
            else
                failed = got.error().code();
        }
        if (verb == 'w' || verb == 'd' || verb == 'b') {
            const int how = verb == 'w' ? SHUT_WR : verb == 'd' ? SHUT_RD : SHUT_RDWR;
            const auto done = co_await mine.try_shutdown(how);
            if (!done) failed = done.error().code();
        }
        if (verb == 'c') mine.reset();
        if (verb == 'w' || verb == 'b' || verb == 'c') has_ended[who] = true;
        told += failed ? failed.message() + "; " : "; ";
        co_await settle(first, has_ended[1]);
        co_await settle(second, has_ended[0]);
    }
    co_return told;
}

bytes on_memory(const bytes& script) {
    return io::run([](const bytes& given) -> task<bytes> {
        auto [a, b] = memory_pair();
        co_return co_await play(given, std::move(a), std::move(b));
    }(script));
}

bytes on_tcp(const bytes& script) {
    return io::run([](const bytes& given) -> task<bytes> {
        auto [a, b] = co_await tcp_pair();
        co_return co_await play(given, std::move(a), std::move(b));
    }(script));
}

TEST(memory_transport, it_does_what_tcp_does) {
    for (const char* const script :
         {"sRRr",        // what was sent arrives, and no more
          "swRRRSr",     // half-closed: the end, and the other way goes on
          "swRSrrWRrw",  // closed both ways by shutdown
          "scRRRS",      // closed: what was sent arrives, then the end
          "cSSSR",       // closed: the first send is lost, the next is told
          "cRSRSR",      // the same, with receives between
          "ScRRSS",      // closed with bytes unread: a reset
          "SscRRRSS",    // the same, but what was on the way is there
          "ScSSRR",      // the error is told once, by a send
          "ScSRW",       // a connection that is gone is not shut down
          "swScSRS",     // the end first, and then a reset
          "dSrrR",       // shut down for reading: what comes is received nevertheless
          "wssw",       "wwW", "bsrSR", "wWsSrR", "wWcR", "Wcs", "ScwW", "wdSrW", "bSCrs"}) {
        EXPECT_EQ(on_memory(script), on_tcp(script)) << script;
    }
}

TEST(memory_transport, it_does_what_tcp_does_whatever_is_done) {
    std::mt19937 random(20);
    const bytes letters = "sssrrrwdbcSSSRRRWDBC";
    for (int i = 0; i < 200; ++i) {
        bytes script;
        for (int step = 0; step < 8; ++step) script += letters[random() % letters.size()];
        ASSERT_EQ(on_memory(script), on_tcp(script)) << script;
    }
}

}  // namespace
}  // namespace priz::testing
