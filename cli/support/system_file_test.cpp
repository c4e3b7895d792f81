#include "system_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace priz::cli {

namespace {

class system_file : public testing::Test {
protected:
    system_file() : path(testing::TempDir() + "priz_system_file_" + std::to_string(::getpid())) {}
    ~system_file() override { std::remove(path.c_str()); }
    void holds(const char* text) { std::ofstream(path) << text; }

    std::string path;
};

TEST_F(system_file, numbers_are_read_up_to_what_is_none) {
    holds("32768\t60999\n");
    EXPECT_EQ(numbers_in(path), (std::vector<long long>{32768, 60999}));
    holds("12 x 13");
    EXPECT_EQ(numbers_in(path), std::vector<long long>{12});
}

TEST_F(system_file, settings_are_those_of_the_whole_key_without_comments) {
    holds(
        "# nameserver 192.0.2.1\nnameservers 192.0.2.2\nnameserver 192.0.2.3 # ours\n"
        "  nameserver\t2001:db8::53\n");
    EXPECT_EQ(settings_in(path, "nameserver"),
              (std::vector<std::string>{"192.0.2.3", "2001:db8::53"}));
}

TEST_F(system_file, what_cannot_be_read_is_nothing) {
    EXPECT_EQ(read_system_file(path + "-missing"), std::nullopt);
    EXPECT_TRUE(numbers_in(path + "-missing").empty());
}

}  // namespace

}  // namespace priz::cli
