#include "priz/tls/context.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "priz/tls/engine.hpp"
#include "priz/tls/error.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::tls {
namespace {

using ::testing::HasSubstr;

// The subject of the certificate that a client is shown.
std::string subject_shown(const context& client, const context& server) {
    engine one = engine::client(client, "server.test");
    engine other = engine::server(server);
    for (int i = 0; i < 4; ++i) {
        one.do_handshake();
        other.feed(one.take());
        other.do_handshake();
        one.feed(other.take());
    }
    const auto peer = one.info().peer;
    return peer ? peer->subject : "nobody";
}

TEST(context, a_file_that_is_not_there_is_named) {
    const auto made = context::try_server("/nowhere/cert.pem");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), std::errc::no_such_file_or_directory);
    EXPECT_THAT(made.error().message(), HasSubstr("/nowhere/cert.pem"));
    context client;
    const auto loaded = client.try_load_verify_locations("/nowhere/ca.pem");
    ASSERT_FALSE(loaded);
    EXPECT_THAT(loaded.error().message(), HasSubstr("/nowhere/ca.pem"));
    EXPECT_THROW(client.load_verify_locations("/nowhere/ca.pem"), file_not_found);
}

TEST(context, a_file_that_holds_something_else_is_named) {
    const auto files = the_authority().issue();
    const auto swapped = context::try_server(files.key, files.certificate);
    ASSERT_FALSE(swapped);
    EXPECT_EQ(swapped.error().code(), errc::bad_certificate_file);
    EXPECT_THAT(swapped.error().message(), HasSubstr(files.key));
    const auto keyless = context::try_server(files.certificate);
    ASSERT_FALSE(keyless);
    EXPECT_EQ(keyless.error().code(), errc::bad_certificate_file);
    context client;
    const auto loaded = client.try_load_verify_locations(files.key);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), errc::bad_certificate_file);
}

TEST(context, a_key_of_another_certificate_is_refused) {
    const auto made =
        context::try_server(the_authority().issue().certificate, the_authority().issue().key);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), errc::key_mismatch);
}

TEST(context, a_key_that_is_too_weak_is_refused_where_it_is_loaded) {
    const auto files = the_authority().issue({.has_weak_key = true});
    const auto made = context::try_server(files.certificate, files.key);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), errc::bad_certificate_file);
    EXPECT_THAT(made.error().message(), HasSubstr(files.certificate));
    EXPECT_THAT(made.error().hint(), HasSubstr("too small"));
}

TEST(context, a_server_name_is_a_host_name_or_an_address) {
    const context client = trusting_context();
    for (const char* const wrong :
         {".server.test", "server..test", "server.test..", "server%eth0", "10.0.0.1%eth0"}) {
        const auto made = engine::try_client(client, wrong);
        ASSERT_FALSE(made) << wrong;
        EXPECT_EQ(made.error().code(), priz::errc::value_error) << wrong;
    }
    for (const char* const right : {"server.test.", "fe80::1%eth0", "::1", "10.0.0.1"})
        EXPECT_TRUE(engine::try_client(client, right)) << right;
}

TEST(context, a_key_with_a_password_wants_it) {
    const auto files = the_authority().issue();
    const std::string locked = the_authority().folder.file("locked.key");
    {
        const detail::owned<BIO> from(BIO_new_file(files.key.c_str(), "r"));
        const detail::owned<EVP_PKEY> key(
            PEM_read_bio_PrivateKey(from.get(), nullptr, nullptr, nullptr));
        const detail::owned<BIO> to(BIO_new_file(locked.c_str(), "w"));
        std::string password = "secret";
        PEM_write_bio_PKCS8PrivateKey(to.get(), key.get(), EVP_aes_128_cbc(), password.data(),
                                      static_cast<int>(password.size()), nullptr, nullptr);
    }
    EXPECT_TRUE(context::try_server(files.certificate, locked, "secret"));
    for (const char* const wrong : {"", "wrong"}) {
        const auto made = context::try_server(files.certificate, locked, wrong);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code(), errc::bad_certificate_file);
    }
}

TEST(context, settings_stay_once_it_is_used) {
    context client = trusting_context();
    EXPECT_EQ(engine::client(client, "server.test").info().version, "");
    for (const auto& late :
         {client.try_load_verify_locations(the_authority().file()),
          client.try_dangerous_accept_any_certificate(), client.try_load_default_certs(),
          client.try_set_minimum_version(protocol::tls_1_2)}) {
        ASSERT_FALSE(late);
        EXPECT_EQ(late.error().code(), priz::errc::value_error);
    }
}

TEST(context, names_of_protocols_have_1_to_255_bytes) {
    context client;
    const std::string too_long(256, 'x');
    for (const std::string_view wrong : {std::string_view(), std::string_view(too_long)}) {
        const auto set = client.try_set_alpn_protocols(std::span(&wrong, 1));
        ASSERT_FALSE(set);
        EXPECT_EQ(set.error().code(), priz::errc::value_error);
    }
}

TEST(context, a_reload_is_for_new_connections_and_fails_as_a_whole) {
    const auto files = the_authority().issue({.subject = "before"});
    context server = context::server(files.certificate, files.key);
    EXPECT_EQ(subject_shown(trusting_context(), server), "CN=before");
    engine running = engine::server(server);
    the_authority().issue_to(files, {.subject = "after"});
    EXPECT_EQ(subject_shown(trusting_context(), server), "CN=before");
    server.reload();
    EXPECT_EQ(subject_shown(trusting_context(), server), "CN=after");
    std::ofstream(files.certificate) << "half a file";
    EXPECT_FALSE(server.try_reload());
    EXPECT_EQ(subject_shown(trusting_context(), server), "CN=after");
}

TEST(context, several_threads_use_it_while_it_is_reloaded) {
    const auto files = the_authority().issue({.subject = "before"});
    context server = context::server(files.certificate, files.key);
    const context client = trusting_context();
    std::vector<std::thread> threads;
    std::vector<int> good(2, 0);
    constexpr int rounds = 30;
    for (std::size_t i = 0; i < good.size(); ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < rounds; ++n) {
                const std::string shown = subject_shown(client, server);
                good[i] += shown == "CN=before" || shown == "CN=after" ? 1 : 0;
            }
        });
    the_authority().issue_to(files, {.subject = "after"});
    for (int n = 0; n < rounds; ++n) server.reload();
    for (auto& one : threads) one.join();
    EXPECT_EQ(good, std::vector<int>(2, rounds));
    EXPECT_EQ(subject_shown(trusting_context(), server), "CN=after");
}

TEST(context, secrets_are_written_where_they_are_asked_for) {
    const temporary_folder folder;
    const auto files = the_authority().issue();
    const context server = context::server(files.certificate, files.key);
    context client = trusting_context();
    client.set_keylog_file(folder.file("said"));
    subject_shown(client, server);
    EXPECT_THAT(read_file(folder.file("said")), HasSubstr("CLIENT_TRAFFIC_SECRET_0 "));
    EXPECT_EQ(std::filesystem::status(folder.file("said")).permissions() &
                  (std::filesystem::perms::group_all | std::filesystem::perms::others_all),
              std::filesystem::perms::none);

    ::setenv("SSLKEYLOGFILE", folder.file("by environment").c_str(), 1);
    subject_shown(trusting_context(), server);
    ::unsetenv("SSLKEYLOGFILE");
    EXPECT_THAT(read_file(folder.file("by environment")), HasSubstr("CLIENT_TRAFFIC_SECRET_0 "));
    context nowhere;
    EXPECT_THROW(nowhere.set_keylog_file("/nowhere/secrets"), file_not_found);
}

TEST(context, the_system_authorities_are_those_of_the_environment) {
    const auto files = the_authority().issue();
    const context server = context::server(files.certificate, files.key);
    EXPECT_THROW(subject_shown(context(), server), error);
    ::setenv("SSL_CERT_FILE", the_authority().file().c_str(), 1);
    EXPECT_EQ(subject_shown(context(), server), "CN=a test");
    // Who names authorities trusts no others.
    const test_authority other("another");
    context picky;
    picky.load_verify_locations(other.file());
    EXPECT_THROW(subject_shown(picky, server), error);
    context both;
    both.load_verify_locations(other.file());
    both.load_default_certs();
    EXPECT_EQ(subject_shown(both, server), "CN=a test");
    ::unsetenv("SSL_CERT_FILE");
}

}  // namespace
}  // namespace priz::tls
