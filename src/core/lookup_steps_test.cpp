#include "priz/lookup_steps.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace priz {
namespace {

std::string text_of(const result<std::vector<address_info>>& found) {
    if (!found) return found.error().message() + " (" + found.error().hint() + ")";
    std::string all;
    for (const address_info& one : *found)
        all += one.address.str() + " " + std::to_string(one.type) + " " +
               std::to_string(one.proto) + " " + one.canonname + "\n";
    return all;
}

// A file that ends with the test.
class file {
public:
    file(const std::string& name, const std::string& text)
        : path_(testing::TempDir() + name + "." + std::to_string(::getpid())) {
        std::ofstream(path_) << text;
    }
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

struct question {
    host name;
    service port = nullptr;
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    int flags = 0;
};

// Answered in steps as by the look-up that waits, and without any step.
void same_at_once(const question& asked, const resolve_options& options) {
    lookup_steps steps(asked.name, asked.port, asked.family, asked.type, asked.proto, asked.flags,
                       options);
    EXPECT_TRUE(steps.is_done());
    EXPECT_FALSE(steps.needs_thread());
    EXPECT_TRUE(steps.watches().empty());
    EXPECT_TRUE(steps.next().is_never());
    EXPECT_EQ(text_of(steps.take()),
              text_of(try_getaddrinfo(asked.name, asked.port, asked.family, asked.type, asked.proto,
                                      asked.flags, options)));
}

TEST(lookup_steps, what_is_known_here_is_done_at_once) {
    const file hosts("hosts.steps",
                     "192.0.2.7 seven.test seven\n2001:db8::7 seven.test\n192.0.2.4 four.test\n");
    // A server that is no address: whoever is asked fails with value_error.
    const resolver settings{.servers = {"nobody"}, .hosts_file = hosts.path()};
    const resolve_options options{.through = &settings};
    const question table[] = {
        {"192.0.2.1", 80},
        {"192.0.2.1", "http", AF_INET, SOCK_STREAM},
        {"2001:db8::1", 80, AF_INET6},
        {"::1%lo", 80},
        {"192.0.2.1", 80, AF_INET6},
        {"192.0.2.1", 80, AF_INET6, 0, 0, AI_V4MAPPED},
        {0x7f000001, 80},
        {nullptr, 80},
        {nullptr, "domain", 0, 0, 0, AI_PASSIVE},
        {nullptr},
        {"localhost", 80},
        {"www.LocalHost.", 80, AF_INET6, SOCK_DGRAM, 0, AI_CANONNAME},
        {"localhost", 80, AF_INET6, 0, 0, AI_V4MAPPED | AI_ALL},
        {"seven.test", 80, AF_UNSPEC, SOCK_STREAM, 0, AI_CANONNAME},
        {"SEVEN", "domain"},
        {"four.test", 80, AF_INET6, SOCK_STREAM, 0, AI_V4MAPPED | AI_ALL},
        {"seven.test", 80, AF_INET, 0, 0, AI_ADDRCONFIG},
        {""},
        {"."},
        {"", nullptr, AF_INET6, 0, 0, AI_V4MAPPED},
        {std::string_view("a\0b", 3)},
        {-1},
        {0x100000000},
        {"localhost", 65536},
        {"localhost", -1},
        {"localhost", "nosuchservice"},
        {"localhost", "80x"},
        {"localhost", 80, 77},
        {"localhost", 80, 0, 77},
        {"localhost", 80, 0, 0, 0, 1 << 30},
        {"no.test", 80, 0, 0, 0, AI_NUMERICHOST},
        {"no.test", 80},
    };
    for (const question& asked : table) {
        SCOPED_TRACE("question " + std::to_string(&asked - table));
        same_at_once(asked, options);
    }
}

TEST(lookup_steps, a_name_without_servers_to_ask_is_done_at_once) {
    const file nsswitch("nsswitch.steps.files", "hosts: files\n");
    const resolver settings{.hosts_file = "/dev/null", .nsswitch_file = nsswitch.path()};
    same_at_once({"no.test", 80}, {.through = &settings});
}

TEST(lookup_steps, tables_that_cannot_be_read_fail_it_at_once) {
    const resolver no_hosts{.servers = {"127.0.0.1:1"}, .hosts_file = "/"};
    same_at_once({"no.test", 80}, {.through = &no_hosts});
    const resolver no_nsswitch{.nsswitch_file = "/"};
    same_at_once({"no.test", 80}, {.through = &no_nsswitch});
}

TEST(lookup_steps, what_only_the_c_library_knows_needs_a_thread) {
    const file nsswitch("nsswitch.steps.more", "hosts: files mdns4_minimal dns\n");
    const resolver settings{.hosts_file = "/dev/null", .nsswitch_file = nsswitch.path()};
    lookup_steps steps("no.test", 80, 0, 0, 0, 0, {.through = &settings});
    EXPECT_TRUE(steps.needs_thread());
    EXPECT_FALSE(steps.is_done());
    EXPECT_TRUE(steps.watches().empty());
    EXPECT_TRUE(steps.next().is_never());
    steps.advance({});
    EXPECT_FALSE(steps.is_done());
    const auto too_early = steps.take();
    ASSERT_FALSE(too_early);
    EXPECT_TRUE(too_early.error().would_block());
    EXPECT_FALSE(lookup_steps("192.0.2.1", 80, 0, 0, 0, 0, {.through = &settings}).needs_thread());
}

TEST(lookup_steps, of_the_options_only_the_resolver_counts) {
    lookup_steps steps("localhost", 80, AF_INET, SOCK_STREAM, 0, 0,
                       {.timeout = 0, .until = deadline::at(1)});
    const auto found = steps.take();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->front().address.str(), "127.0.0.1:80");
}

TEST(lookup_steps, it_moves_with_what_it_found) {
    lookup_steps steps("192.0.2.1", 80, AF_INET, SOCK_STREAM);
    lookup_steps moved = std::move(steps);
    ASSERT_TRUE(moved.is_done());
    EXPECT_EQ(text_of(moved.take()), "192.0.2.1:80 1 6 \n");
}

}  // namespace
}  // namespace priz
