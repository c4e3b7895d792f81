// Faults below c-ares, which repeats, changes the server and reports in its own words: whatever
// strikes, the look-up ends, with the address or with a gaierror, and leaves no descriptor behind.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "../resolver/dns_server.hpp"
#include "core/open_descriptors.hpp"
#include "injector.hpp"
#include "priz/socket.hpp"

namespace faults {
namespace {

// By datagram and then by stream, so that calls on both are struck.
std::vector<std::string> answers(const dns::query& asked) {
    if (!asked.by_stream) return {dns::answer{.truncated = true}.message_for(asked)};
    return dns::table({{"one.test", "192.0.2.1"}})(asked);
}

priz::result<std::vector<priz::address_info>> look_up(const priz::resolver& settings) {
    return priz::try_getaddrinfo("one.test.", 80, AF_INET, SOCK_STREAM, 0, 0,
                                 {.timeout = 60, .through = &settings});
}

void check(const priz::result<std::vector<priz::address_info>>& found, const fault& one) {
    if (found) {
        EXPECT_EQ(found->front().address.host(), "192.0.2.1");
        return;
    }
    const std::error_code cause = found.error().code();
    const bool expected = cause.category() == priz::gai_category() ||
                          cause == std::error_code(one.error, std::system_category());
    EXPECT_TRUE(expected) << found.error().message();
}

// How many calls were made. The server, which has descriptors of its own, lives in here.
std::size_t strike(const fault& one) {
    const dns::server server(answers);
    priz::resolver settings = server.resolver();
    settings.patience = 0.02;
    const armed now(one);
    check(look_up(settings), one);
    return now.calls().size();
}

TEST(dns_faults, strike_every_call_and_the_look_up_ends) {
    const std::size_t calls = strike(fault{});
    ASSERT_GT(calls, 5U);
    const std::size_t before = priz::test::open_descriptors();
    for (std::size_t at = 0; at < calls; ++at)
        for (const fault& one : {fault{kind::fail, EIO, at}, fault{kind::fail, ENOMEM, at},
                                 fault{kind::fail, EAGAIN, at}, fault{kind::interrupt, 0, at},
                                 fault{kind::spurious, 0, at}}) {
            SCOPED_TRACE(name_of(one));
            strike(one);
            EXPECT_EQ(priz::test::open_descriptors(), before);
        }
}

}  // namespace
}  // namespace faults
