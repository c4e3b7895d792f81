#include "tls/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "tls/certificates_fixture.hpp"

namespace priz::tls::detail {
namespace {

// One end of a connection in memory: counts what is asked of it.
struct counting_wire final : wire {
    std::ptrdiff_t receive(void* target, std::size_t size) noexcept override {
        ++receives;
        const std::size_t count = std::min(size, in.size());
        if (count == 0) return -EAGAIN;
        std::memcpy(target, in.data(), count);
        in.erase(0, count);
        return static_cast<std::ptrdiff_t>(count);
    }
    std::ptrdiff_t send(const void* source, std::size_t size) noexcept override {
        const std::size_t count = std::min(size, room);
        if (count == 0) return -EAGAIN;
        ++sends;
        room -= count;
        peer->in.append(static_cast<const char*>(source), count);
        return static_cast<std::ptrdiff_t>(count);
    }

    counting_wire* peer = nullptr;
    std::string in;
    std::size_t room = static_cast<std::size_t>(-1);
    int receives = 0;
    int sends = 0;
};

class session_pair : public ::testing::Test {
protected:
    void connect(bool reads_ahead) {
        near.peer = &far;
        far.peer = &near;
        context trusting;
        trusting.load_verify_locations(the_authority().file());
        const auto files = the_authority().issue();
        const context serving = context::server(files.certificate, files.key);
        client = value_or_throw(session::make(
            trusting.native_state(), {.server_name = "server.test", .reads_ahead = reads_ahead},
            near, "test"));
        server = value_or_throw(session::make(
            serving.native_state(), {.is_server = true, .reads_ahead = reads_ahead}, far, "test"));
        int outcome[2] = {-1, -1};
        for (int i = 0; i < 4; ++i) {
            outcome[0] = client->handshake();
            outcome[1] = server->handshake();
        }
        ASSERT_EQ(outcome[0], 0);
        ASSERT_EQ(outcome[1], 0);
    }
    int receives_of_one_record() {
        EXPECT_EQ(client->write("a record", 8), 8);
        far.receives = 0;
        char some[100];
        EXPECT_EQ(server->read(some, sizeof some, false), 8);
        return far.receives;
    }

    counting_wire near;
    counting_wire far;
    std::unique_ptr<session> client;
    std::unique_ptr<session> server;
};

TEST_F(session_pair, a_record_is_one_receive_when_it_reads_ahead) {
    connect(true);
    EXPECT_EQ(receives_of_one_record(), 1);
}

TEST_F(session_pair, a_record_is_two_receives_when_it_does_not) {
    connect(false);
    EXPECT_EQ(receives_of_one_record(), 2);
}

TEST_F(session_pair, a_record_is_one_send) {
    connect(true);
    near.sends = 0;
    const std::string text(16'000, 'x');
    EXPECT_EQ(client->write(text.data(), text.size()), 16'000);
    EXPECT_EQ(near.sends, 1);
}

TEST_F(session_pair, a_record_that_has_begun_is_sent_whatever_is_written_next) {
    connect(true);
    near.room = 10;
    EXPECT_EQ(client->write("first", 5), 5);
    EXPECT_TRUE(client->has_rest());
    EXPECT_EQ(client->write("second", 6), -EAGAIN);
    char some[100];
    EXPECT_EQ(server->read(some, sizeof some, false), -EAGAIN);
    near.room = 1000;
    EXPECT_EQ(client->write("another", 7), 7);
    EXPECT_FALSE(client->has_rest());
    EXPECT_EQ(server->read(some, sizeof some, false), 5);
    EXPECT_EQ(std::string(some, 5), "first");
    EXPECT_EQ(server->read(some, sizeof some, false), 7);
    EXPECT_EQ(std::string(some, 7), "another");
}

TEST_F(session_pair, the_last_word_stands_behind_what_is_left) {
    connect(true);
    near.room = 10;
    EXPECT_EQ(client->write("first", 5), 5);
    EXPECT_EQ(client->end_writing(), 0);
    EXPECT_EQ(client->write("more", 4), -EPIPE);
    near.room = 1000;
    EXPECT_EQ(client->flush(), 0);
    char some[100];
    EXPECT_EQ(server->read(some, sizeof some, false), 5);
    EXPECT_EQ(server->read(some, sizeof some, false), 0);
}

TEST_F(session_pair, what_was_sent_on_is_not_kept) {
    connect(true);
    near.room = 0;
    const std::string text(16'000, 'x');
    EXPECT_EQ(client->write(text.data(), text.size()), 16'000);
    near.room = 15'000;
    EXPECT_EQ(client->flush(), -EAGAIN);
    near.room = 10'000;
    EXPECT_EQ(client->flush(), 0);
    std::string got(text.size(), ' ');
    EXPECT_EQ(server->read(got.data(), got.size(), false), 16'000);
    EXPECT_EQ(got, text);
}

// A session whose peer is OpenSSL itself, so that it can be told to say what we never say.
class raw_peer : public ::testing::Test {
protected:
    raw_peer() {
        mine.peer = &its;
        const auto files = the_authority().issue();
        settings.reset(SSL_CTX_new(TLS_server_method()));
        SSL_CTX_use_certificate_chain_file(settings.get(), files.certificate.c_str());
        SSL_CTX_use_PrivateKey_file(settings.get(), files.key.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_set_num_tickets(settings.get(), 0);
        ssl.reset(SSL_new(settings.get()));
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl.get());
        context trusting;
        trusting.load_verify_locations(the_authority().file());
        client = value_or_throw(session::make(trusting.native_state(),
                                              {.server_name = "server.test", .reads_ahead = true},
                                              mine, "test"));
        for (int i = 0; i < 4; ++i) {
            client->handshake();
            give();
            SSL_do_handshake(ssl.get());
            mine.in += take();
        }
        EXPECT_TRUE(client->is_set_up());
        EXPECT_EQ(SSL_is_init_finished(ssl.get()), 1);
    }
    void give() {
        if (its.in.empty()) return;
        BIO_write(SSL_get_rbio(ssl.get()), its.in.data(), static_cast<int>(its.in.size()));
        its.in.clear();
    }
    // What it has sent.
    std::string take() {
        char* data = nullptr;
        const auto size =
            static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(ssl.get()), &data));
        std::string taken(data, size);
        EXPECT_EQ(BIO_reset(SSL_get_wbio(ssl.get())), 1);
        return taken;
    }
    void renew_keys(int times) {
        for (int i = 0; i < times; ++i) {
            EXPECT_EQ(SSL_key_update(ssl.get(), SSL_KEY_UPDATE_NOT_REQUESTED), 1);
            EXPECT_EQ(SSL_do_handshake(ssl.get()), 1);
        }
    }
    // A ticket that is too long for one record.
    std::string ticket_in_records() {
        constexpr auto fill = [](SSL* of, void*) {
            static const std::string load(1000, 'x');
            return SSL_SESSION_set1_ticket_appdata(SSL_get_session(of), load.data(), load.size());
        };
        SSL_CTX_set_session_ticket_cb(settings.get(), fill, nullptr, nullptr);
        EXPECT_EQ(SSL_set_max_send_fragment(ssl.get(), 512), 1);
        EXPECT_EQ(SSL_new_session_ticket(ssl.get()), 1);
        EXPECT_EQ(SSL_do_handshake(ssl.get()), 1);
        return take();
    }
    static std::string first_record(const std::string& of) {
        constexpr std::size_t header = 5;
        const std::size_t high = static_cast<unsigned char>(of[3]);
        const std::size_t low = static_cast<unsigned char>(of[4]);
        EXPECT_LT(header + high * 256 + low, of.size());
        return of.substr(0, header + high * 256 + low);
    }
    void say(const char* what) {
        EXPECT_EQ(SSL_write(ssl.get(), what, static_cast<int>(std::strlen(what))),
                  static_cast<int>(std::strlen(what)));
    }
    std::ptrdiff_t read() { return client->read(some, sizeof some, false); }

    counting_wire mine;
    counting_wire its;
    owned<SSL_CTX> settings;
    owned<SSL> ssl;
    std::unique_ptr<session> client;
    char some[100];
};

TEST_F(raw_peer, one_read_takes_no_more_than_so_much_of_what_is_no_data) {
    while (mine.in.size() < 3 * session::in_max) {
        ASSERT_EQ(SSL_new_session_ticket(ssl.get()), 1);
        ASSERT_EQ(SSL_do_handshake(ssl.get()), 1);
        mine.in += take();
    }
    say("data");
    mine.in += take();
    const std::size_t before = mine.in.size();
    EXPECT_EQ(read(), -EAGAIN);
    EXPECT_TRUE(client->has_more_to_take());
    EXPECT_LE(before - mine.in.size(), session::in_max + std::size_t{32} * 1024);
    int reads = 1;
    std::ptrdiff_t outcome = -EAGAIN;
    while (outcome == -EAGAIN && reads < 10) {
        outcome = read();
        ++reads;
    }
    EXPECT_EQ(outcome, 4);
    EXPECT_GE(reads, 3);
    EXPECT_EQ(read(), -EAGAIN);
    EXPECT_FALSE(client->has_more_to_take());
}

TEST_F(raw_peer, key_updates_between_data_are_no_harm) {
    for (int i = 0; i < 3; ++i) {
        renew_keys(session::messages_max);
        say("data");
        mine.in += take();
        EXPECT_EQ(read(), 4);
    }
}

TEST_F(raw_peer, key_updates_without_end_are_an_error) {
    renew_keys(session::messages_max);
    mine.in += take();
    EXPECT_EQ(read(), -EAGAIN);
    renew_keys(1);
    mine.in += take();
    EXPECT_EQ(read(), -EPROTO);
    EXPECT_EQ(client->failed().code, errc::protocol_error);
    EXPECT_EQ(client->write("x", 1), -EPROTO);
}

TEST_F(raw_peer, nothing_is_read_while_too_much_is_to_be_sent) {
    mine.room = 0;
    const std::string text(16'000, 'x');
    EXPECT_EQ(client->write(text.data(), text.size()), 16'000);
    say("data");
    mine.in += take();
    // A record is not too much.
    EXPECT_FALSE(client->is_backed_up());
    EXPECT_EQ(read(), 4);
}

TEST_F(raw_peer, the_last_word_waits_for_the_rest_of_a_message) {
    const std::string message = ticket_in_records();
    mine.in += first_record(message);
    EXPECT_EQ(read(), -EAGAIN);
    EXPECT_TRUE(client->is_amid_message());
    EXPECT_EQ(client->write("x", 1), -EAGAIN);
    EXPECT_FALSE(client->has_rest());
    EXPECT_EQ(client->end_writing(), 0);
    EXPECT_EQ(client->write("x", 1), -EPIPE);
    EXPECT_TRUE(its.in.empty());
    mine.in += message.substr(first_record(message).size());
    EXPECT_EQ(read(), -EAGAIN);
    EXPECT_FALSE(client->is_amid_message());
    give();
    char one = 0;
    EXPECT_EQ(SSL_read(ssl.get(), &one, 1), 0);
    EXPECT_EQ(SSL_get_error(ssl.get(), 0), SSL_ERROR_ZERO_RETURN);
}

}  // namespace
}  // namespace priz::tls::detail
