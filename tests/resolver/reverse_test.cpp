#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "dns_server.hpp"

namespace {

using dns::answer;
using dns::query;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto patient = 60;  // seconds: no test waits that long

// 192.0.2.7 and 2001:db8::7 are node7.test; other addresses have no name.
std::vector<std::string> names(const query& asked) {
    const bool known =
        asked.name == "7.2.0.192.in-addr.arpa" || asked.name.starts_with("7.0.0.0.0.0.0.0.");
    answer result{.code = known ? 0 : dns::nxdomain};
    if (known) result.records = {dns::name_record(asked.name, dns::ptr, "node7.test")};
    return {result.message_for(asked)};
}

class reverse : public testing::Test {
protected:
    priz::resolve_options options() const { return {.timeout = patient, .through = &settings_}; }

private:
    dns::server server_{names};
    priz::resolver settings_ = server_.resolver();
};

TEST_F(reverse, an_address_has_its_name) {
    const auto entry = priz::gethostbyaddr("192.0.2.7", options());
    EXPECT_EQ(entry.name, "node7.test");
    EXPECT_THAT(entry.addresses, ElementsAre("192.0.2.7"));
    EXPECT_EQ(priz::gethostbyaddr("2001:db8::7", options()).name, "node7.test");
}

TEST_F(reverse, an_address_without_a_name_is_a_herror) {
    try {
        priz::gethostbyaddr("192.0.2.8", options());
        FAIL();
    } catch (const priz::herror& why) {
        EXPECT_EQ(why.code().value(), HOST_NOT_FOUND);
        EXPECT_THAT(why.what(), HasSubstr("gethostbyaddr 192.0.2.8: unknown host"));
    }
}

TEST_F(reverse, names_stand_in_for_numbers_unless_they_are_wanted) {
    const auto known = priz::address::ipv4("192.0.2.7", 80);
    EXPECT_EQ(priz::getnameinfo(known, 0, options()).host, "node7.test");
    EXPECT_EQ(priz::getnameinfo(known, 0, options()).service, "http");
    EXPECT_EQ(priz::getnameinfo(known, NI_NUMERICHOST, options()).host, "192.0.2.7");
    EXPECT_EQ(priz::getnameinfo(known, NI_NUMERICSERV, options()).service, "80");
}

TEST_F(reverse, a_number_stands_in_for_a_name_unless_one_is_required) {
    const auto unknown = priz::address::ipv4("192.0.2.8", 80);
    EXPECT_EQ(priz::getnameinfo(unknown, 0, options()).host, "192.0.2.8");
    try {
        priz::getnameinfo(unknown, NI_NAMEREQD, options());
        FAIL();
    } catch (const priz::gaierror& why) {
        EXPECT_EQ(why.code().value(), EAI_NONAME);
    }
}

TEST_F(reverse, a_full_name_is_the_first_with_a_dot) {
    EXPECT_EQ(priz::getfqdn("192.0.2.7", options()), "node7.test");
    EXPECT_EQ(priz::getfqdn(" 192.0.2.8 ", options()), "192.0.2.8");
}

TEST_F(reverse, an_address_that_cannot_have_a_name_is_its_text) {
    EXPECT_EQ(
        priz::getnameinfo(priz::address::ipv6("fe80::1%lo", 53), NI_NUMERICHOST | NI_DGRAM).host,
        "fe80::1%lo");
    EXPECT_FALSE(priz::try_getnameinfo(priz::address()));
}

TEST(reverse_deadline, a_silent_server_meets_it) {
    const dns::server server([](const query&) { return std::vector<std::string>(); });
    const auto settings = server.resolver();
    EXPECT_THROW(priz::gethostbyaddr("192.0.2.7", {.timeout = 0.05, .through = &settings}),
                 priz::timeout);
    EXPECT_THROW(priz::getnameinfo(priz::address::ipv4("192.0.2.7", 80), 0,
                                   {.timeout = 0.05, .through = &settings}),
                 priz::timeout);
    EXPECT_THROW(priz::getfqdn("192.0.2.7", {.timeout = 0.05, .through = &settings}),
                 priz::timeout);
}

// The machine's own domain, which is cut off, has to be looked up as well.
TEST(reverse_deadline, a_look_up_within_a_look_up_meets_it) {
    const dns::server server([](const query& q) {
        std::vector<std::string> answers;
        if (q.type == dns::ptr)
            answers.push_back(
                dns::answer{{dns::name_record(q.name, dns::ptr, "node7.test")}}.message_for(q));
        return answers;
    });
    const auto settings = server.resolver();
    EXPECT_THROW(priz::getnameinfo(priz::address::ipv4("192.0.2.7", 80), NI_NOFQDN,
                                   {.timeout = 0.05, .through = &settings}),
                 priz::timeout);
}

}  // namespace
