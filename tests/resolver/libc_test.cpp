#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "priz/blocking_hook.hpp"
#include "priz/socket.hpp"

namespace {

// Settings that leave look-up to the C library; its own sources are the machine's.
class libc : public testing::Test {
protected:
    libc() { std::ofstream(path_) << "hosts: files mdns4_minimal [NOTFOUND=return] dns\n"; }
    ~libc() override { std::filesystem::remove(path_); }

    priz::resolve_options options() const { return {.through = &settings_}; }

private:
    std::string path_ = testing::TempDir() + "nsswitch.libc." + std::to_string(::getpid());
    priz::resolver settings_{.hosts_file = "/dev/null", .nsswitch_file = path_};
};

class waiting_hook : public priz::blocking_hook {
public:
    void before_call() noexcept override { ++before; }
    void after_call() noexcept override { ++after; }
    std::error_code interrupted() noexcept override { return {}; }
    int before = 0;
    int after = 0;
};

TEST_F(libc, a_name_of_its_hosts_file_is_found) {
    EXPECT_EQ(priz::gethostbyname("localhost", options()), "127.0.0.1");
    EXPECT_EQ(priz::gethostbyname_ex("localhost", options()).name, "localhost");
    EXPECT_EQ(priz::gethostbyaddr("127.0.0.1", options()).name, "localhost");
    EXPECT_EQ(priz::getnameinfo(priz::address::ipv4("127.0.0.1", 80), 0, options()).host,
              "localhost");
}

TEST_F(libc, a_deadline_and_a_hook_change_no_result) {
    const auto plain = priz::getaddrinfo("localhost", "http", 0, 0, 0, AI_CANONNAME, options());
    auto terms = options();
    waiting_hook hook;
    terms.timeout = 60;
    terms.hook = &hook;
    const auto timed = priz::getaddrinfo("localhost", "http", 0, 0, 0, AI_CANONNAME, terms);
    ASSERT_EQ(timed.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
        EXPECT_EQ(timed[i].address, plain[i].address);
        EXPECT_EQ(timed[i].type, plain[i].type);
        EXPECT_EQ(timed[i].canonname, plain[i].canonname);
    }
    EXPECT_EQ(hook.before, hook.after);
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
