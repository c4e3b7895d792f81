#include "outbox.hpp"

#include <gtest/gtest.h>

namespace priz::cli {

namespace {

class outbox_to_a_peer : public testing::Test {
protected:
    void connect(int type) {
        auto [a, b] = socketpair(AF_UNIX, type);
        ours = std::move(a);
        theirs = std::move(b);
        ours.setblocking(false);
        theirs.setblocking(false);
    }
    std::size_t flush(outbox& box) {
        const auto sent = box.flush(ours);
        EXPECT_TRUE(sent) << sent.error().message();
        return sent.value_or(0);
    }

    socket ours{closed};
    socket theirs{closed};
};

TEST_F(outbox_to_a_peer, a_full_socket_keeps_what_does_not_fit_in_order) {
    connect(SOCK_STREAM);
    outbox box(false);
    std::string all;
    for (int i = 0; !box.is_full(); ++i) {
        const auto part = std::to_string(i) + "-";
        all += part;
        box.put(part);
        flush(box);
    }
    EXPECT_EQ(flush(box), 0U);
    std::string came;
    while (came.size() < all.size()) {
        came += theirs.recv(100'000);
        flush(box);
    }
    EXPECT_EQ(came, all);
    EXPECT_TRUE(box.empty());
    EXPECT_EQ(box.size(), 0U);
}

TEST_F(outbox_to_a_peer, messages_keep_their_borders) {
    connect(SOCK_SEQPACKET);
    outbox box(true);
    box.put("one");
    box.put("two");
    EXPECT_EQ(flush(box), 6U);
    EXPECT_EQ(theirs.recv(100), "one");
    EXPECT_EQ(theirs.recv(100), "two");
}

TEST_F(outbox_to_a_peer, an_empty_datagram_is_sent_and_an_empty_piece_of_a_stream_is_nothing) {
    connect(SOCK_DGRAM);
    outbox messages(true);
    messages.put("");
    EXPECT_FALSE(messages.empty());
    flush(messages);
    EXPECT_EQ(theirs.recv(100), "");
    outbox stream(false);
    stream.put("");
    EXPECT_TRUE(stream.empty());
}

TEST_F(outbox_to_a_peer, a_peer_that_is_gone_is_an_error_and_no_signal) {
    connect(SOCK_STREAM);
    theirs.close();
    outbox box(false);
    box.put("x");
    const auto sent = box.flush(ours);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), std::errc::broken_pipe);
}

TEST(outbox, what_was_taken_counts_until_it_is_sent) {
    outbox box(false);
    box.put(std::string(outbox::limit, 'x'));
    const auto part = box.take();
    EXPECT_EQ(part.size(), outbox::limit);
    EXPECT_TRUE(box.empty());
    EXPECT_TRUE(box.is_full());
    box.sent(1);
    EXPECT_FALSE(box.is_full());
    EXPECT_EQ(box.size(), outbox::limit - 1);
}

TEST(outbox, parts_are_taken_in_order_and_messages_one_by_one) {
    outbox stream(false);
    outbox messages(true);
    for (auto* box : {&stream, &messages})
        for (const char* text : {"one", "", "two"}) box->put(text);
    EXPECT_EQ(stream.take(), "onetwo");
    EXPECT_EQ(messages.take(), "one");
    EXPECT_EQ(messages.take(), "");
    EXPECT_EQ(messages.take(), "two");
}

}  // namespace

}  // namespace priz::cli
