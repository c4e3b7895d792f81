#include "priz/io/detail/frame_pool.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
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

}  // namespace
}  // namespace priz::io::detail
