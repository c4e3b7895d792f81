// io_test_support.hpp: words that the unit tests of this room share.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "io/virtual_backend.hpp"
#include "priz/duration.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/sleep.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

using detail::run_virtually;

// Knows how many there are, and whether each is destroyed once, where it was made: a copy that the
// compiler made bit by bit is found out.
class counted {
public:
    explicit counted(int given = 0) noexcept : value(given) { ++alive; }
    counted(const counted& other) noexcept : value(other.value) { ++alive; }
    counted(counted&& other) noexcept : value(std::exchange(other.value, -1)) { ++alive; }
    counted& operator=(const counted& other) noexcept = default;
    counted& operator=(counted&& other) noexcept {
        value = std::exchange(other.value, -1);
        return *this;
    }
    ~counted() {
        EXPECT_EQ(self_.address, this) << "destroyed where it was not made, or twice";
        self_.address = nullptr;
        --alive;
    }

    int value;  // -1 after it was moved from

    static inline int alive = 0;

private:
    // An object's own address, which assignments leave alone.
    struct place {
        explicit place(const void* where) noexcept : address(where) {}
        place& operator=(const place&) noexcept { return *this; }
        place(const place&) = delete;
        ~place() = default;
        const void* address;
    };
    place self_{this};
};

// Seconds that have passed on the loop's virtual clock.
inline double seconds_passed() {
    const std::int64_t now = loop::current().now().monotonic_ns();
    return duration::from_nanoseconds(now - detail::virtual_backend::beginning).seconds();
}

// Lets everything that can go on do so, until nothing can but by time.
inline task<> everything_else() {
    for (int i = 0; i < 20; ++i) co_await yield();
}

}  // namespace priz::io
