#include "priz/endpoint.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

using priz::address;
using priz::endpoint;
using priz::errc;
using priz::parse_endpoint;
using priz::try_parse_endpoint;

namespace {

using transport = endpoint::transport;

struct form {
    const char* text;
    const char* full;  // what str() makes of it
    transport via;
    int family;
    int type;
    const char* host;
    const char* service;
};

const form forms[] = {
    {"tcp://example.org:443", "tcp://example.org:443", transport::tcp, AF_UNSPEC, SOCK_STREAM,
     "example.org", "443"},
    {"tcp://example.org:https", "tcp://example.org:https", transport::tcp, AF_UNSPEC, SOCK_STREAM,
     "example.org", "https"},
    {"example.org:http", "tcp://example.org:http", transport::tcp, AF_UNSPEC, SOCK_STREAM,
     "example.org", "http"},
    {"127.0.0.1:80", "tcp://127.0.0.1:80", transport::tcp, AF_INET, SOCK_STREAM, "127.0.0.1", "80"},
    {"[::1]:80", "tcp://[::1]:80", transport::tcp, AF_INET6, SOCK_STREAM, "::1", "80"},
    {"[0:0::0:1]:0080", "tcp://[::1]:80", transport::tcp, AF_INET6, SOCK_STREAM, "::1", "80"},
    {"[fe80::1%lo]:80", "tcp://[fe80::1%lo]:80", transport::tcp, AF_INET6, SOCK_STREAM,
     "fe80::1%lo", "80"},
    {"udp://[fe80::1%1]:domain", "udp://[fe80::1%lo]:domain", transport::udp, AF_INET6, SOCK_DGRAM,
     "fe80::1%lo", "domain"},
    {":8080", "tcp://:8080", transport::tcp, AF_UNSPEC, SOCK_STREAM, "localhost", "8080"},
    {"udp://:53", "udp://:53", transport::udp, AF_UNSPEC, SOCK_DGRAM, "localhost", "53"},
    {"any:8080", "tcp://any:8080", transport::tcp, AF_UNSPEC, SOCK_STREAM, "", "8080"},
    {"any:0", "tcp://any:0", transport::tcp, AF_UNSPEC, SOCK_STREAM, "", "0"},
    {"any:http", "tcp://any:http", transport::tcp, AF_UNSPEC, SOCK_STREAM, "", "http"},
    {"udp://any:53", "udp://any:53", transport::udp, AF_UNSPEC, SOCK_DGRAM, "", "53"},
    {"any.:80", "tcp://any.:80", transport::tcp, AF_UNSPEC, SOCK_STREAM, "any.", "80"},
    {"udp://<broadcast>:9", "udp://255.255.255.255:9", transport::udp, AF_INET, SOCK_DGRAM,
     "255.255.255.255", "9"},
    {"Example.ORG:80", "tcp://example.org:80", transport::tcp, AF_UNSPEC, SOCK_STREAM,
     "example.org", "80"},
    {"b\xc3\xbc"
     "cher.example:80",
     "tcp://b\xc3\xbc"
     "cher.example:80",
     transport::tcp, AF_UNSPEC, SOCK_STREAM,
     "b\xc3\xbc"
     "cher.example",
     "80"},
    {"unix:/run/x", "unix:/run/x", transport::unix_stream, AF_UNIX, SOCK_STREAM, "", ""},
    {"unix:%2frun/a%25", "unix:/run/a%25", transport::unix_stream, AF_UNIX, SOCK_STREAM, "", ""},
    {"unix:%00app", "unix-abstract:app", transport::unix_stream, AF_UNIX, SOCK_STREAM, "", ""},
    {"unix-abstract:app", "unix-abstract:app", transport::unix_stream, AF_UNIX, SOCK_STREAM, "",
     ""},
    {"unix-dgram:x", "unix-dgram:x", transport::unix_dgram, AF_UNIX, SOCK_DGRAM, "", ""},
    {"unix-dgram:%00x", "unix-dgram:%00x", transport::unix_dgram, AF_UNIX, SOCK_DGRAM, "", ""},
    {"unix-seqpacket:/x", "unix-seqpacket:/x", transport::unix_seqpacket, AF_UNIX, SOCK_SEQPACKET,
     "", ""},
    {"vsock:2:1024", "vsock:2:1024", transport::vsock, AF_VSOCK, SOCK_STREAM, "", ""},
    {"vsock:any:any", "vsock:any:any", transport::vsock, AF_VSOCK, SOCK_STREAM, "", ""},
};

std::string message_of(std::string_view text) {
    const auto parsed = try_parse_endpoint(text);
    EXPECT_FALSE(parsed) << text;
    return parsed ? "" : parsed.error().message();
}

}  // namespace

TEST(endpoint, every_form_is_read) {
    for (const auto& row : forms) {
        const auto e = parse_endpoint(row.text);
        EXPECT_EQ(e.via(), row.via) << row.text;
        EXPECT_EQ(e.family(), row.family) << row.text;
        EXPECT_EQ(e.type(), row.type) << row.text;
        EXPECT_EQ(e.host_text(), row.host) << row.text;
        EXPECT_EQ(e.service_text(), row.service) << row.text;
    }
}

TEST(endpoint, the_full_text_is_read_back_equal) {
    for (const auto& row : forms) {
        const auto e = parse_endpoint(row.text);
        EXPECT_EQ(e.str(), row.full);
        EXPECT_EQ(parse_endpoint(row.full), e) << row.full;
        EXPECT_EQ(hash_value(parse_endpoint(row.full)), hash_value(e)) << row.full;
    }
}

TEST(endpoint, what_needs_no_look_up_is_an_address) {
    EXPECT_EQ(*parse_endpoint("10.0.0.1:80").exact(), address::ipv4("10.0.0.1", 80));
    EXPECT_EQ(*parse_endpoint("udp://[fe80::1%lo]:5").exact(), address::ipv6("fe80::1%lo", 5));
    EXPECT_EQ(*parse_endpoint("unix:/x").exact(), address::unix_path("/x"));
    EXPECT_EQ(*parse_endpoint("unix-abstract:a%00").exact(),
              address::unix_abstract(std::string_view("a\0", 2)));
    EXPECT_EQ(*parse_endpoint("vsock:2:1024").exact(), address::vsock(2, 1024));
    for (const char* text : {"example.org:80", "10.0.0.1:http", "any:80", ":80"})
        EXPECT_EQ(parse_endpoint(text).exact(), nullptr) << text;
}

TEST(endpoint, any_and_localhost_are_told_from_names_and_numbers) {
    EXPECT_TRUE(parse_endpoint("any:80").is_any());
    EXPECT_TRUE(parse_endpoint("Any:80").is_any());  // no name depends on case
    EXPECT_FALSE(parse_endpoint("any.:80").is_any());
    EXPECT_FALSE(parse_endpoint("0.0.0.0:80").is_any());
    EXPECT_TRUE(parse_endpoint(":80").is_loopback());
    EXPECT_FALSE(parse_endpoint("localhost:80").is_loopback());
    EXPECT_NE(parse_endpoint(":80"), parse_endpoint("localhost:80"));
}

TEST(endpoint, the_port_is_known_where_it_is_a_number) {
    EXPECT_EQ(parse_endpoint("any:0").port(), 0);
    EXPECT_EQ(parse_endpoint("h:65535").port(), 65535);
    EXPECT_EQ(parse_endpoint("h:http").port(), std::nullopt);
    EXPECT_EQ(parse_endpoint("unix:/x").port(), std::nullopt);
}

TEST(endpoint, different_endpoints_are_unequal) {
    std::unordered_set<endpoint> all;
    for (const char* text :
         {"h:80", "h:81", "i:80", "udp://h:80", "h:http", ":80", "any:80", "1.2.3.4:80",
          "[::102:304]:80", "unix:/x", "unix-dgram:/x", "unix-seqpacket:/x", "unix-abstract:/x",
          "unix-dgram:%00/x", "vsock:1:2", "vsock:2:1"})
        EXPECT_TRUE(all.insert(parse_endpoint(text)).second) << text;
}

TEST(endpoint, a_value_outlives_the_text_it_was_read_from) {
    std::string text = "tcp://a-host-name-too-long-for-a-small-string.example:https";
    const auto e = parse_endpoint(text);
    text.assign(text.size(), 'x');
    EXPECT_EQ(e.host_text(), "a-host-name-too-long-for-a-small-string.example");
}

TEST(endpoint, refusals_say_where_and_why) {
    struct row {
        const char* text;
        errc cause;
        int column;
        const char* why;
    };
    for (const auto& [text, cause, column, why] : {
             row{"", errc::value_error, 1, "`:port` is missing"},
             row{"example.org", errc::value_error, 12, "`:port` is missing"},
             row{"8080", errc::value_error, 1, "`:8080` is this machine's port"},
             row{"tcp://", errc::value_error, 7, "`:port` is missing"},
             row{"http://example.org:80", errc::value_error, 1, "no scheme `http`"},
             row{"TCP://h:80", errc::value_error, 1, "no scheme `TCP`"},
             row{"h:", errc::value_error, 3, "a number or a service's name"},
             row{"h:65536", errc::overflow_error, 3, "port must be 0-65535"},
             row{"h:-1", errc::overflow_error, 3, "port must be 0-65535"},
             row{"h:99999999999999999999", errc::overflow_error, 3, "port must be 0-65535"},
             row{"h:80/", errc::value_error, 5, "a number or a service's name"},
             row{"h:80 ", errc::value_error, 5, "a number or a service's name"},
             row{"h:-", errc::value_error, 3, "has a letter"},
             row{"tcp://h:80/path", errc::value_error, 11, "a number or a service's name"},
             row{"user@h:80", errc::value_error, 5, "no such character"},
             row{"a b:80", errc::value_error, 2, "no such character"},
             row{"a\nb:80", errc::value_error, 2, "no such character"},
             row{"h%eth0:80", errc::value_error, 2, "no such character"},
             row{"a..b:80", errc::value_error, 3, "between its dots"},
             row{".:80", errc::value_error, 1, "between its dots"},
             row{".a:80", errc::value_error, 1, "between its dots"},
             row{"::1:80", errc::value_error, 1, "stands in brackets"},
             row{"fe80::1", errc::value_error, 1, "stands in brackets"},
             row{"[::1:80", errc::value_error, 1, "`]` is missing"},
             row{"[::1]", errc::value_error, 6, "`:port` is missing"},
             row{"[::1]80", errc::value_error, 6, "`:port` is missing"},
             row{"[::g]:80", errc::value_error, 2, "eight groups"},
             row{"[]:80", errc::value_error, 2, "eight groups"},
             row{"[127.0.0.1]:80", errc::value_error, 2, "eight groups"},
             row{"[fe80::1%no-such-if]:80", errc::value_error, 2, "no interface"},
             row{"1.2.3:80", errc::value_error, 1, "four numbers"},       // 1.2.0.3 to libc
             row{"2130706433:80", errc::value_error, 1, "four numbers"},  // 127.0.0.1 to libc
             row{"0x7f000001:80", errc::value_error, 1, "four numbers"},  // the same
             row{"256.0.0.1:80", errc::value_error, 1, "four numbers"},   // above 255
             row{"1.2.3.4.:80", errc::value_error, 1, "four numbers"},    // a dot behind
             row{"unix:", errc::value_error, 6, "one byte at least"},
             row{"unix:/a%0", errc::value_error, 6, "`%25` is a percent sign"},
             row{"unix:/a%00", errc::value_error, 6, "NUL"},
             row{"unix-abstract:%x", errc::value_error, 15, "`%25` is a percent sign"},
             row{"vsock:2", errc::value_error, 7, "`:port` is missing"},
             row{"vsock:2:x", errc::value_error, 7, "port must be"},
             row{"vsock:2:4294967296", errc::overflow_error, 7, "port must be"},
         }) {
        const auto refused = try_parse_endpoint(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code(), cause) << text;
        const std::string where = "column " + std::to_string(column) + ": ";
        EXPECT_EQ(refused.error().hint().find(where), 0u) << text << ": " << refused.error().hint();
        EXPECT_NE(refused.error().hint().find(why), std::string::npos) << refused.error().hint();
    }
}

TEST(endpoint, names_and_paths_that_are_too_long_are_refused) {
    const std::string label(63, 'a');
    const std::string name = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    EXPECT_EQ(parse_endpoint(name + ":80").host_text(), name);
    EXPECT_NE(message_of(name + "a:80").find("253"), std::string::npos);
    EXPECT_NE(message_of(label + "a:80").find("63"), std::string::npos);
    EXPECT_EQ(try_parse_endpoint("unix:" + std::string(108, 'x')).error().code(),
              errc::path_too_long);
    EXPECT_EQ(try_parse_endpoint("unix-abstract:" + std::string(108, 'x')).error().code(),
              errc::path_too_long);
    EXPECT_EQ(parse_endpoint("unix-dgram:%00" + std::string(107, 'x')).exact()->size(), 110u);
}

TEST(endpoint, the_sentence_quotes_the_text) {
    EXPECT_EQ(message_of("h:65536"),
              "parse_endpoint 'h:65536': number out of range: column 3: port must be 0-65535");
    EXPECT_THROW(parse_endpoint("h:65536"), priz::overflow_error);
    EXPECT_THROW(parse_endpoint("h"), priz::value_error);
}

TEST(endpoint, every_prefix_is_read_to_something_equal_or_refused) {
    for (const auto& row : forms) {
        const std::string_view whole = row.text;
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto cut = try_parse_endpoint(whole.substr(0, size));
            EXPECT_TRUE(!cut || parse_endpoint(cut->str()) == *cut) << whole.substr(0, size);
        }
    }
}
