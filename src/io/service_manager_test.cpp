#include "priz/io/service_manager.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "priz/error.hpp"

namespace priz::io {
namespace {

// A variable of the environment, for as long as a test.
class variable {
public:
    variable(const char* name, const std::string& value) : name_(name) {
        ::setenv(name, value.c_str(), 1);
    }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

TEST(service_manager, nobody_is_told_where_nobody_asked) {
    EXPECT_FALSE(sd_notify("READY=1"));
    const variable none("NOTIFY_SOCKET", "");
    EXPECT_FALSE(sd_notify("READY=1"));
}

TEST(service_manager, the_state_arrives_at_an_abstract_socket) {
    priz::socket manager(AF_UNIX, SOCK_DGRAM);
    const std::string name = "priz-manager-" + std::to_string(::getpid());
    manager.bind(address::unix_abstract(name));
    manager.settimeout(30);
    const variable socket_name("NOTIFY_SOCKET", "@" + name);
    EXPECT_TRUE(sd_notify("READY=1\nSTATUS=here"));
    EXPECT_EQ(manager.recv(100), "READY=1\nSTATUS=here");
}

TEST(service_manager, the_state_arrives_at_a_path) {
    priz::socket manager(AF_UNIX, SOCK_DGRAM);
    const std::string path = ::testing::TempDir() + "priz-manager-" + std::to_string(::getpid());
    manager.bind(address::unix_path(path));
    manager.settimeout(30);
    const variable socket_name("NOTIFY_SOCKET", path);
    EXPECT_TRUE(sd_notify("STOPPING=1"));
    EXPECT_EQ(manager.recv(100), "STOPPING=1");
    ::unlink(path.c_str());
}

TEST(service_manager, a_manager_that_is_gone_is_a_failure) {
    const variable gone("NOTIFY_SOCKET", "/nonexistent/manager");
    EXPECT_EQ(try_sd_notify("READY=1").error().code(), std::errc::no_such_file_or_directory);
}

TEST(service_manager, a_name_of_another_kind_is_refused) {
    const variable strange("NOTIFY_SOCKET", "vsock:2:1234");
    EXPECT_THROW(sd_notify("READY=1"), value_error);
}

TEST(service_manager, sockets_for_another_process_are_left_alone) {
    const variable process("LISTEN_PID", "1");
    const variable count("LISTEN_FDS", "1");
    EXPECT_TRUE(listeners_from_environment().empty());
    EXPECT_STREQ(::getenv("LISTEN_FDS"), "1");
}

TEST(service_manager, without_variables_there_are_no_sockets) {
    EXPECT_TRUE(listeners_from_environment().empty());
}

TEST(service_manager, numbers_that_are_none_are_refused) {
    const variable process("LISTEN_PID", std::to_string(::getpid()));
    for (const char* const strange : {"x", "-1", "1x", "", "99999999"}) {
        const variable count("LISTEN_FDS", strange);
        EXPECT_THROW(listeners_from_environment(), value_error) << strange;
    }
    const variable strange("LISTEN_PID", "me");
    EXPECT_THROW(listeners_from_environment(), value_error);
}

}  // namespace
}  // namespace priz::io
