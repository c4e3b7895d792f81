#include "priz/tls/engine.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "priz/tls/error.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::tls {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct ends {
    engine client;
    engine server;
};

ends between(const context& client, const context& server, const char* name = "server.test") {
    return {engine::client(client, name), engine::server(server)};
}

void carry(engine& from, engine& to) {
    if (from.has_output()) to.feed(from.take());
}

// Both handshakes, as far as they go; the first failure of each.
struct shaken {
    result<bool> client = false;
    result<bool> server = false;
};

shaken shake(ends& both) {
    shaken got;
    for (int i = 0; i < 6; ++i) {
        if (got.client) got.client = both.client.try_do_handshake();
        carry(both.client, both.server);
        if (got.server) got.server = both.server.try_do_handshake();
        carry(both.server, both.client);
    }
    return got;
}

std::error_code cause_of(const result<bool>& r) { return r ? std::error_code() : r.error().code(); }

void expect_connected(ends& both) {
    const shaken got = shake(both);
    ASSERT_TRUE(got.client) << got.client.error().message();
    ASSERT_TRUE(got.server) << got.server.error().message();
    ASSERT_TRUE(*got.client && *got.server);
}

std::string all_of(engine& from) {
    std::string got;
    char some[1000];
    for (;;) {
        const auto count = from.read(some);
        if (!count || *count == 0) return got;
        got.append(some, *count);
    }
}

TEST(engine, what_one_writes_the_other_reads) {
    auto both = between(trusting_context(), serving_context());
    expect_connected(both);
    const std::string text(100'000, 'x');
    both.client.write(text);
    carry(both.client, both.server);
    EXPECT_EQ(all_of(both.server), text);
    both.server.write("answer");
    carry(both.server, both.client);
    EXPECT_EQ(all_of(both.client), "answer");
}

TEST(engine, what_was_agreed_upon_is_told) {
    context client = trusting_context();
    client.set_alpn_protocols({"h2", "http/1.1"});
    context server = serving_context();
    server.set_alpn_protocols({"http/1.1", "h3"});
    auto both = between(client, server);
    EXPECT_EQ(both.client.info().version, "");
    expect_connected(both);
    const connection_info told = both.client.info();
    EXPECT_EQ(told.version, "TLSv1.3");
    EXPECT_EQ(told.alpn, "http/1.1");
    EXPECT_EQ(told.server_name, "server.test");
    EXPECT_THAT(told.cipher, HasSubstr("TLS_"));
    EXPECT_FALSE(told.is_resumed);
    ASSERT_TRUE(told.peer);
    EXPECT_EQ(told.peer->subject, "CN=a test");
    EXPECT_EQ(told.peer->issuer, "CN=test authority");
    EXPECT_THAT(told.peer->subject_alt_names, Contains("DNS:server.test"));
    EXPECT_THAT(told.peer->not_after, HasSubstr(" UTC"));
    EXPECT_FALSE(told.peer->der.empty());
    EXPECT_FALSE(both.server.info().peer);
    EXPECT_EQ(both.server.info().server_name, "server.test");
}

void expect_refused(const context& client, const context& server, errc wanted,
                    const char* name = "server.test", const char* hint = "") {
    auto both = between(client, server, name);
    const shaken got = shake(both);
    EXPECT_EQ(cause_of(got.client), make_error_code(wanted));
    ASSERT_FALSE(got.client);
    EXPECT_THAT(got.client.error().hint(), HasSubstr(hint));
    EXPECT_EQ(cause_of(got.server), errc::certificate_refused);
}

TEST(engine, a_certificate_for_another_host_is_refused) {
    expect_refused(trusting_context(), serving_context(), errc::hostname_mismatch, "other.test",
                   "other.test");
    expect_refused(trusting_context(), serving_context(), errc::hostname_mismatch, "127.0.0.2");
}

TEST(engine, an_address_is_a_name_too) {
    auto both = between(trusting_context(), serving_context(), "127.0.0.1");
    expect_connected(both);
    EXPECT_EQ(both.server.info().server_name, "");
}

TEST(engine, a_certificate_that_has_expired_or_is_not_valid_yet_is_refused) {
    expect_refused(trusting_context(), serving_context({.from_s = -7200, .until_s = -3600}),
                   errc::certificate_expired, "server.test", "expired");
    expect_refused(trusting_context(), serving_context({.from_s = 3600, .until_s = 7200}),
                   errc::certificate_expired, "server.test", "not yet valid");
}

TEST(engine, an_authority_that_is_not_trusted_is_refused) {
    const test_authority other("another");
    context client;
    client.load_verify_locations(other.file());
    expect_refused(client, serving_context(), errc::unknown_authority);
}

TEST(engine, a_certificate_that_is_not_for_servers_is_refused) {
    expect_refused(trusting_context(), serving_context({.usage = "clientAuth"}),
                   errc::certificate_verify_failed, "server.test", "purpose");
}

TEST(engine, the_server_learns_why_its_certificate_was_refused) {
    auto both = between(trusting_context(), serving_context(), "other.test");
    const shaken got = shake(both);
    EXPECT_EQ(cause_of(got.server), errc::certificate_refused);
    EXPECT_THAT(got.server.error().hint(), HasSubstr("alert"));
}

TEST(engine, what_is_dangerous_has_to_be_said) {
    context any;
    any.dangerous_accept_any_certificate();
    auto both = between(any, serving_context({.until_s = -10}), "other.test");
    expect_connected(both);
    context any_name = trusting_context();
    any_name.dangerous_accept_any_host_name();
    auto others = between(any_name, serving_context(), "other.test");
    expect_connected(others);
    const auto nameless = engine::try_client(trusting_context(), "");
    ASSERT_FALSE(nameless);
    EXPECT_EQ(nameless.error().code(), priz::errc::value_error);
}

TEST(engine, without_a_protocol_in_common_there_is_no_connection) {
    context client = trusting_context();
    client.set_alpn_protocols({"h2"});
    context server = serving_context();
    server.set_alpn_protocols({"http/1.1"});
    auto both = between(client, server);
    const shaken got = shake(both);
    EXPECT_EQ(cause_of(got.server), errc::no_shared_alpn);
    EXPECT_EQ(cause_of(got.client), errc::no_shared_alpn);
}

TEST(engine, versions_that_do_not_meet_make_no_connection) {
    context client = trusting_context();
    client.set_minimum_version(protocol::tls_1_3);
    auto both = between(client, serving_context());
    expect_connected(both);
    // A ClientHello of TLS 1.1, with all that one has.
    engine server = engine::server(serving_context());
    const unsigned char hello[] = {0x16, 0x03, 0x01, 0x00, 0x2d, 0x01, 0x00, 0x00, 0x29, 0x03,
                                   0x02, 1,    2,    3,    4,    5,    6,    7,    8,    9,
                                   10,   11,   12,   13,   14,   15,   16,   17,   18,   19,
                                   20,   21,   22,   23,   24,   25,   26,   27,   28,   29,
                                   30,   31,   32,   0x00, 0x00, 0x02, 0xc0, 0x13, 0x01, 0x00};
    server.feed(hello);
    const auto refused = server.try_do_handshake();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::wrong_version) << refused.error().message();
}

TEST(engine, what_is_not_tls_is_called_so) {
    engine server = engine::server(serving_context());
    server.feed("GET / HTTP/1.1\r\nHost: server.test\r\n\r\n");
    const auto refused = server.try_do_handshake();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), errc::not_tls) << refused.error().message();
    engine client = engine::client(trusting_context(), "server.test");
    client.feed("220 mail.server.test ESMTP\r\n");
    const auto mistaken = client.try_do_handshake();
    ASSERT_FALSE(mistaken);
    EXPECT_EQ(mistaken.error().code(), errc::not_tls) << mistaken.error().message();
}

TEST(engine, each_bit_of_a_record_counts) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{5}, std::size_t{20}}) {
        auto both = between(trusting_context(), serving_context());
        expect_connected(both);
        both.client.write("the sum is 100");
        std::string record = both.client.take();
        record[at] = static_cast<char>(record[at] ^ 1);
        both.server.feed(record);
        char some[100];
        const auto got = both.server.try_read(some);
        ASSERT_FALSE(got) << at;
        EXPECT_EQ(got.error().code().category(), category()) << got.error().message();
        if (at >= 5) {
            EXPECT_EQ(got.error().code(), errc::bad_record);
        }
        EXPECT_FALSE(both.server.try_read(some)) << "once more";
    }
}

TEST(engine, an_end_that_the_peer_did_not_tell_is_an_error) {
    auto both = between(trusting_context(), serving_context());
    expect_connected(both);
    both.client.write("all");
    carry(both.client, both.server);
    both.server.feed_eof();
    char some[100];
    EXPECT_EQ(both.server.read(some), 3U);
    for (int i = 0; i < 2; ++i) {
        const auto end = both.server.try_read(some);
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().code(), errc::truncated);
        EXPECT_EQ(end.error().code(), std::errc::connection_aborted);
    }
}

TEST(engine, unwrap_ends_both_sides_and_leaves_what_comes_behind) {
    auto both = between(trusting_context(), serving_context());
    expect_connected(both);
    EXPECT_FALSE(both.client.unwrap());
    EXPECT_FALSE(both.client.try_write("more"));
    both.server.feed(both.client.take() + "in the open");
    char some[100];
    EXPECT_EQ(both.server.read(some), 0U);
    EXPECT_TRUE(both.server.unwrap());
    EXPECT_EQ(both.server.rest(), "in the open");
    carry(both.server, both.client);
    EXPECT_TRUE(both.client.unwrap());
}

TEST(engine, unwrap_is_no_place_for_data) {
    auto both = between(trusting_context(), serving_context());
    expect_connected(both);
    both.server.write("data");
    carry(both.server, both.client);
    const auto ended = both.client.try_unwrap();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), errc::protocol_error);
}

TEST(engine, a_second_connection_goes_on_where_the_first_one_was) {
    const context client = trusting_context();
    const context server = serving_context();
    for (const bool is_first : {true, false, false}) {
        auto both = between(client, server);
        expect_connected(both);
        EXPECT_EQ(both.client.info().is_resumed, !is_first);
        EXPECT_EQ(both.server.info().is_resumed, !is_first);
        EXPECT_EQ(both.client.info().peer->subject, "CN=a test");
        // The tickets come with the first bytes.
        both.server.write("x");
        carry(both.server, both.client);
        EXPECT_EQ(all_of(both.client), "x");
    }
}

TEST(engine, sessions_belong_to_a_context_and_a_name) {
    const context server = serving_context({.names = "DNS:one.test, DNS:two.test"});
    const context client = trusting_context();
    for (const char* const name : {"one.test", "two.test"}) {
        auto both = between(client, server, name);
        expect_connected(both);
        EXPECT_FALSE(both.client.info().is_resumed);
        all_of(both.client);
    }
    auto another = between(trusting_context(), server, "one.test");
    expect_connected(another);
    EXPECT_FALSE(another.client.info().is_resumed);
    auto again = between(client, server, "one.test");
    expect_connected(again);
    EXPECT_TRUE(again.client.info().is_resumed);
}

TEST(engine, a_server_shows_the_certificate_of_the_name_it_is_asked_for) {
    context server = serving_context({.subject = "one", .names = "DNS:one.test"});
    const auto two = the_authority().issue({.subject = "two", .names = "DNS:*.two.test"});
    server.load_cert_chain(two.certificate, two.key);
    const context client = trusting_context();
    auto first = between(client, server, "one.test");
    expect_connected(first);
    EXPECT_EQ(first.client.info().peer->subject, "CN=one");
    auto second = between(client, server, "www.two.test");
    expect_connected(second);
    EXPECT_EQ(second.client.info().peer->subject, "CN=two");
    expect_refused(client, server, errc::hostname_mismatch, "three.test", "three.test");
}

TEST(engine, clients_show_their_certificate_where_it_is_wanted) {
    context server = serving_context();
    server.load_verify_locations(the_authority().file());
    server.set_client_certificate(client_certificate::required);
    context client = trusting_context();
    const auto own = the_authority().issue({.subject = "a client", .names = ""});
    client.load_cert_chain(own.certificate, own.key);
    auto both = between(client, server);
    expect_connected(both);
    ASSERT_TRUE(both.server.info().peer);
    EXPECT_EQ(both.server.info().peer->subject, "CN=a client");

    auto without = between(trusting_context(), server);
    const shaken got = shake(without);
    EXPECT_EQ(cause_of(got.server), errc::certificate_verify_failed);
    // In TLS 1.3 the client's handshake is over by then: its first read tells.
    char some[1];
    const auto told = without.client.try_read(some);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code(), errc::certificate_refused) << told.error().message();

    const test_authority other("another");
    const auto foreign = other.issue({.subject = "a stranger"});
    context stranger = trusting_context();
    stranger.load_cert_chain(foreign.certificate, foreign.key);
    auto refused = between(stranger, server);
    EXPECT_EQ(cause_of(shake(refused).server), errc::unknown_authority);
}

TEST(engine, a_client_certificate_that_is_optional_may_be_missing) {
    context server = serving_context();
    server.load_verify_locations(the_authority().file());
    server.set_client_certificate(client_certificate::optional);
    auto both = between(trusting_context(), server);
    expect_connected(both);
    EXPECT_FALSE(both.server.info().peer);
}

TEST(engine, a_context_of_the_other_side_is_refused) {
    const auto client = engine::try_client(serving_context(), "server.test");
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().code(), priz::errc::value_error);
    const auto server = engine::try_server(trusting_context());
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code(), priz::errc::value_error);
}

TEST(engine, a_client_that_is_reloaded_resumes_nothing_of_before) {
    context client = trusting_context();
    const context server = serving_context();
    auto both = between(client, server);
    expect_connected(both);
    client.reload();
    // Its tickets come late.
    both.server.write("x");
    carry(both.server, both.client);
    EXPECT_EQ(all_of(both.client), "x");
    for (const bool is_resumed : {false, true}) {
        auto next = between(client, server);
        expect_connected(next);
        EXPECT_EQ(next.client.info().is_resumed, is_resumed);
        next.server.write("x");
        carry(next.server, next.client);
        EXPECT_EQ(all_of(next.client), "x");
    }
    client.reload();
    auto last = between(client, server);
    expect_connected(last);
    EXPECT_FALSE(last.client.info().is_resumed);
}

}  // namespace
}  // namespace priz::tls
