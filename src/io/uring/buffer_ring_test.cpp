#include "io/uring/buffer_ring.hpp"

#include <cerrno>
#include <random>

#include "io/uring/ring_fixture.hpp"

namespace priz::io::uring {
namespace {

using lease = buffer_ring::lease;

constexpr std::uint64_t receive = 1;

std::string kind(const ::testing::TestParamInfo<bool>& chosen) {
    return chosen.param ? "incremental" : "plain";
}

// A ring, buffers, and a stream that is received from.
class buffers : public ::testing::TestWithParam<bool> {
protected:
    void SetUp() override {
        if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
        result<ring> made = ring::make();
        ASSERT_TRUE(made) << made.error().message();
        if (!made->can().multishot_recv) GTEST_SKIP() << "no multishot receive";
        if (GetParam() && !made->can().buf_ring_incremental) GTEST_SKIP() << "not incremental";
        ring_.emplace(*std::move(made));
    }

    void make(unsigned entries, unsigned buffer_size) {
        buffers_ = value_or_throw(buffer_ring::make(*ring_, {.group = 5,
                                                             .entries = entries,
                                                             .buffer_size = buffer_size,
                                                             .incremental = GetParam()}));
        EXPECT_EQ(buffers_->incremental(), GetParam());
    }
    void arm(std::uint32_t credit = 0) {
        prep::recv_multishot(ring_->next_sqe(), ends_.left.get(), {.group = 5, .credit = credit},
                             receive);
        armed_ = true;
    }
    // One turn that waits for nothing; what it brings stands in leases_, ends_with_ and text().
    void turn() {
        ASSERT_EQ(ring_->enter(0, never), 0);
        ring_->for_each_cqe([&](const ::io_uring_cqe& done) {
            ASSERT_EQ(done.user_data, receive);
            lease brought = buffers_->take(done);
            EXPECT_EQ(brought.size(), static_cast<std::size_t>(std::max(done.res, 0)));
            if (brought.size() > 0) leases_.push_back(std::move(brought));
            if ((done.flags & IORING_CQE_F_MORE) != 0) return;
            armed_ = false;
            ended_with_ = done.res;
        });
    }
    std::string text() const {
        std::string all;
        for (const lease& each : leases_) all += each.bytes().text();
        return all;
    }

    std::optional<ring> ring_;
    std::unique_ptr<buffer_ring> buffers_;
    test::pair ends_;
    std::vector<lease> leases_;  // in the order of the stream
    bool armed_ = false;
    int ended_with_ = 1;
};
INSTANTIATE_TEST_SUITE_P(rings, buffers, ::testing::Bool(), kind);

TEST_P(buffers, bring_what_was_written) {
    make(8, 256);
    arm();
    turn();
    EXPECT_EQ(text(), "");
    ends_.write("hello");
    turn();
    ends_.write(", you");
    turn();
    EXPECT_EQ(text(), "hello, you");
    EXPECT_TRUE(armed_);
}

TEST_P(buffers, several_receives_share_a_buffer_where_the_kernel_can) {
    make(8, 256);
    arm();
    for (int round = 0; round < 4; ++round) {
        ends_.write("four");
        turn();
    }
    EXPECT_EQ(leases_.size(), 4U);
    EXPECT_EQ(leases_[1].data() == leases_[0].data() + 4, GetParam());
    EXPECT_EQ(buffers_->available(), GetParam() ? 8U : 4U);
}

TEST_P(buffers, a_buffer_is_back_when_its_last_lease_has_ended) {
    make(1, 8);
    arm();
    ends_.write("four");
    turn();
    if (GetParam()) {
        ends_.write("more");
        turn();
    }
    EXPECT_EQ(buffers_->available(), 0U);
    while (!leases_.empty()) {
        EXPECT_EQ(buffers_->available(), 0U);
        leases_.erase(leases_.begin());
    }
    EXPECT_EQ(buffers_->available(), 1U);
    if (!armed_) arm();
    ends_.write("again");
    turn();
    EXPECT_EQ(text(), "again");
}

TEST_P(buffers, a_lease_that_moves_ends_once) {
    make(1, 4);
    arm();
    ends_.write("four");
    turn();
    lease moved = std::move(leases_.front());
    leases_.clear();
    EXPECT_EQ(buffers_->available(), 0U);
    EXPECT_EQ(moved.bytes().text(), "four");
    lease other;
    other = std::move(moved);
    EXPECT_EQ(buffers_->available(), 0U);
    other = lease();
    EXPECT_EQ(buffers_->available(), 1U);
}

TEST_P(buffers, the_end_of_the_stream_uses_up_none) {
    make(2, 256);
    arm();
    ends_.right.reset();
    turn();
    EXPECT_FALSE(armed_);
    EXPECT_EQ(ended_with_, 0);
    EXPECT_EQ(buffers_->available(), 2U);
}

// A kernel may say of a receive of nothing that it names a buffer, and not that it goes on with it.
// A buffer that were given back then would be there twice, and take the 20 bytes.
TEST_P(buffers, a_receive_of_nothing_gives_no_buffer_back_twice) {
    if (!GetParam()) GTEST_SKIP() << "where buffers are taken whole, the kernel means what it says";
    make(2, 8);
    ::io_uring_cqe nothing{};
    nothing.flags = IORING_CQE_F_BUFFER;
    EXPECT_EQ(buffers_->take(nothing).size(), 0U);
    EXPECT_EQ(buffers_->available(), 2U);
    arm();
    ends_.write("0123456789abcdefghij");
    turn();
    EXPECT_EQ(text(), "0123456789abcdef");
    EXPECT_EQ(ended_with_, -ENOBUFS);
}

TEST_P(buffers, that_are_all_leased_end_the_receive_which_then_goes_on) {
    make(2, 8);
    arm();
    ends_.write("0123456789abcdefghij");
    turn();
    EXPECT_FALSE(armed_);
    EXPECT_EQ(ended_with_, -ENOBUFS);
    EXPECT_EQ(text(), "0123456789abcdef");
    EXPECT_EQ(buffers_->available(), 0U);

    leases_.clear();
    EXPECT_EQ(buffers_->available(), 2U);
    arm();
    turn();
    EXPECT_EQ(text(), "ghij");
    EXPECT_TRUE(armed_);
}

TEST_P(buffers, a_credit_ends_the_receive_by_itself) {
    if (!ring_->can().recv_credit) GTEST_SKIP() << "no credit";
    make(8, 64);
    arm(100);
    ends_.write(std::string(1000, 'x'));
    turn();
    EXPECT_FALSE(armed_);
    EXPECT_GT(ended_with_, 0);
    EXPECT_GE(text().size(), 100U);
    EXPECT_LT(text().size(), 100U + 64U);
    const std::size_t before = text().size();
    turn();
    EXPECT_EQ(text().size(), before);
}

// A stream of 1 MiB in pieces of any size, whose leases are kept for a while and end in any order.
class long_stream : public buffers {
protected:
    static constexpr std::size_t total = 1 << 20;

    static char byte_at(std::size_t position) {
        return static_cast<char>((position * 2654435761U) >> 13);
    }
    struct held {
        std::size_t from;
        lease what;
    };

    std::size_t some(std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(1, most)(random_);
    }
    void send_some() {
        std::string piece(std::min(some(700), total - sent_), '\0');
        for (std::size_t at = 0; at < piece.size(); ++at) piece[at] = byte_at(sent_ + at);
        const ::ssize_t count =
            ::send(ends_.right.get(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) sent_ += static_cast<std::size_t>(count);
    }
    void hold_all() {
        for (lease& each : leases_) {
            const std::size_t from = std::exchange(received_, received_ + each.size());
            held_.push_back({from, std::move(each)});
        }
        leases_.clear();
    }
    // Ends one of those held, when it still has the bytes that it had.
    void end_one() {
        std::swap(held_[some(held_.size()) - 1], held_.back());
        const std::string_view bytes = held_.back().what.bytes().text();
        for (std::size_t at = 0; at < bytes.size(); ++at)
            ASSERT_EQ(bytes[at], byte_at(held_.back().from + at)) << held_.back().from;
        held_.pop_back();
    }

    std::mt19937 random_{7};
    std::vector<held> held_;
    std::size_t sent_ = 0, received_ = 0;
    int armings_ = 0;
};
INSTANTIATE_TEST_SUITE_P(rings, long_stream, ::testing::Bool(), kind);

TEST_P(long_stream, comes_whole_and_in_order) {
    make(16, 1024);
    while (received_ < total && !HasFatalFailure()) {
        if (!armed_) {
            arm();
            ++armings_;
        }
        send_some();
        turn();
        hold_all();
        // Now and then so many are kept that the kernel runs out of buffers.
        const std::size_t kept = some(40);
        while (held_.size() > kept || (!armed_ && buffers_->available() == 0)) end_one();
    }
    while (!held_.empty()) end_one();
    EXPECT_EQ(received_, total);
    EXPECT_GT(armings_, 1) << "the buffers never ran out";
    EXPECT_EQ(buffers_->available(), 16U);
}

TEST(buffer_ring, that_makes_no_sense_is_refused) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    result<ring> made = ring::make();
    ASSERT_TRUE(made) << made.error().message();
    for (const buffer_ring::shape& bad : {buffer_ring::shape{.entries = 3},
                                          {.entries = 0},
                                          {.entries = 65'536},
                                          {.buffer_size = 0}}) {
        const auto refused = buffer_ring::make(*made, bad);
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().code(), errc::value_error);
    }
}

TEST(buffer_ring, has_its_group_for_itself_while_it_lives) {
    if (!test::kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
    result<ring> made = ring::make();
    ASSERT_TRUE(made) << made.error().message();
    if (!made->can().buf_ring) GTEST_SKIP();
    const buffer_ring::shape small{.entries = 2, .buffer_size = 64};
    for (int round = 0; round < 2; ++round) {
        const auto first = buffer_ring::make(*made, small);
        ASSERT_TRUE(first.has_value());
        const auto second = buffer_ring::make(*made, small);
        ASSERT_FALSE(second.has_value());
        EXPECT_EQ(second.error().message(), "io_uring_register of a buffer ring: file exists");
    }
}

}  // namespace
}  // namespace priz::io::uring
