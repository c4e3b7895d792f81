#include "priz/io/detail/frame_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace priz::io::detail {
namespace {

TEST(frame_pool, aligns_every_size_to_64_bytes) {
    for (std::size_t size = 1; size < 5000; size += 37) {
        void* const block = allocate_frame(size);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0U) << size;
        std::memset(block, 0x5a, size);
        free_frame(block, size);
    }
}

TEST(frame_pool, gives_blocks_that_do_not_overlap) {
    std::vector<unsigned char*> blocks;
    for (int i = 0; i < 500; ++i) {
        auto* const block = static_cast<unsigned char*>(allocate_frame(200));
        std::memset(block, i & 0xff, 200);
        blocks.push_back(block);
    }
    for (int i = 0; i < 500; ++i) {
        unsigned char* const block = blocks[static_cast<std::size_t>(i)];
        for (std::size_t at = 0; at < 200; ++at) ASSERT_EQ(block[at], i & 0xff);
        free_frame(block, 200);
    }
}

TEST(frame_pool, takes_back_what_another_thread_made) {
    std::vector<void*> made;
    std::thread([&] {
        for (int i = 0; i < 100; ++i) made.push_back(allocate_frame(100));
    }).join();
    for (void* const block : made) free_frame(block, 100);
    std::thread([] { free_frame(allocate_frame(100), 100); }).join();
}

TEST(frame_pool, gives_again_what_was_freed_last) {
    if (!frames_are_pooled()) GTEST_SKIP() << "every block is the C library's";
    void* const first = allocate_frame(300);
    free_frame(first, 300);
    void* const second = allocate_frame(300);
    EXPECT_EQ(second, first);
    free_frame(second, 300);
}

// Sizes of their own, so that no other test has left blocks of them.
TEST(frame_pool, cuts_blocks_one_after_the_other_from_a_batch) {
    if (!frames_are_pooled()) GTEST_SKIP() << "every block is the C library's";
    std::vector<char*> made;
    for (int i = 0; i < 8; ++i) made.push_back(static_cast<char*>(allocate_frame(1900)));
    for (std::size_t i = 1; i < made.size(); ++i) EXPECT_EQ(made[i] - made[i - 1], 1920);
    for (char* const block : made) free_frame(block, 1900);
}

TEST(frame_pool, has_for_others_what_an_ended_thread_had) {
    if (!frames_are_pooled()) GTEST_SKIP() << "every block is the C library's";
    void* left = nullptr;
    std::thread([&] { free_frame(left = allocate_frame(1800), 1800); }).join();
    bool is_found = false;
    std::thread([&] {
        std::vector<void*> made;
        for (int i = 0; i < 8; ++i) made.push_back(allocate_frame(1800));
        is_found = std::ranges::find(made, left) != made.end();
        for (void* const block : made) free_frame(block, 1800);
    }).join();
    EXPECT_TRUE(is_found);
}

// One that only frees gives them back to one that only allocates.
TEST(frame_pool, blocks_that_always_go_one_way_are_used_again) {
    if (!frames_are_pooled()) GTEST_SKIP() << "every block is the C library's";
    constexpr int rounds = 1000;
    constexpr int each = 500;
    std::set<void*> seen;
    std::vector<void*> on_the_way;
    std::mutex lock;
    std::condition_variable moved;
    std::thread there([&] {
        for (int round = 0; round < rounds; ++round) {
            std::unique_lock hold(lock);
            moved.wait(hold, [&] { return !on_the_way.empty(); });
            for (void* const block : on_the_way) free_frame(block, 1700);
            on_the_way.clear();
            moved.notify_one();
        }
    });
    for (int round = 0; round < rounds; ++round) {
        std::unique_lock hold(lock);
        moved.wait(hold, [&] { return on_the_way.empty(); });
        for (int i = 0; i < each; ++i) on_the_way.push_back(allocate_frame(1700));
        seen.insert(on_the_way.begin(), on_the_way.end());
        moved.notify_one();
    }
    there.join();
    // 500 on the way, fewer than 512 kept at either side.
    EXPECT_LT(seen.size(), 2000U);
}

}  // namespace
}  // namespace priz::io::detail
