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

}  // namespace
}  // namespace priz::tls::detail
