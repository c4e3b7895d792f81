#include "libc_fixture.hpp"

namespace {

TEST_F(libc, a_name_of_its_hosts_file_is_found) {
    EXPECT_EQ(priz::gethostbyname("localhost", options()), "127.0.0.1");
    EXPECT_EQ(priz::gethostbyname_ex("localhost", options()).name, "localhost");
    EXPECT_EQ(priz::gethostbyaddr("127.0.0.1", options()).name, "localhost");
    EXPECT_EQ(priz::getnameinfo(priz::address::ipv4("127.0.0.1", 80), 0, options()).host,
              "localhost");
}

TEST_F(libc, its_errors_are_the_same_kind) {
    auto terms = options();
    const auto plain = priz::try_getaddrinfo("localhost", "nosuch", 0, 0, 0, 0, terms);
    ASSERT_FALSE(plain);
    EXPECT_EQ(plain.error().code().value(), EAI_SERVICE);
    terms.timeout = 0;
    const auto passed = priz::try_getaddrinfo("localhost", 80, 0, 0, 0, 0, terms);
    ASSERT_FALSE(passed);
    EXPECT_EQ(passed.error().code(), priz::errc::timed_out);
}

}  // namespace
