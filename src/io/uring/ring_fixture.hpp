// ring_fixture.hpp: rings of this kernel and of the older ones that it can play, for tests.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "io/uring/permission_fixture.hpp"
#include "io/uring/prep.hpp"
#include "io/uring/ring.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io::uring::test {

inline std::int64_t now_ns() {
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
// Long after a test that works has ended.
inline std::int64_t late() { return now_ns() + std::int64_t{30} * 1'000'000'000; }

struct completion {
    std::uint64_t tag;
    int result;
    bool more;

    bool operator==(const completion&) const = default;
};
inline void PrintTo(const completion& c, std::ostream* out) {
    *out << "{tag " << c.tag << ", " << c.result << (c.more ? ", more}" : "}");
}

// What is there now.
inline std::vector<completion> reap(ring& r) {
    std::vector<completion> found;
    r.for_each_cqe([&](const ::io_uring_cqe& done) {
        found.push_back({done.user_data, done.res, (done.flags & IORING_CQE_F_MORE) != 0});
    });
    return found;
}

// Turns the ring until there have been `count` completions.
inline std::vector<completion> turn_until(ring& r, std::size_t count) {
    std::vector<completion> found;
    const std::int64_t until = late();
    while (found.size() < count && now_ns() < until) {
        const int error = r.enter(1, until);
        if (error != 0 && error != -EINTR) break;
        for (const completion& each : reap(r)) found.push_back(each);
    }
    return found;
}

// What there is without waiting.
inline std::vector<completion> turn_once(ring& r) {
    EXPECT_EQ(r.enter(0, never), 0);
    return reap(r);
}

// Two ends of a stream.
struct pair {
    unique_fd left, right;

    pair() {
        std::array<int, 2> fds{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
        left.reset(fds[0]);
        right.reset(fds[1]);
    }
    void write(const std::string& text) const {
        EXPECT_EQ(::send(right.get(), text.data(), text.size(), MSG_NOSIGNAL), ssize(text));
    }
    std::string read() const {
        std::array<char, 4096> text{};
        const ::ssize_t size = ::recv(left.get(), text.data(), text.size(), MSG_DONTWAIT);
        return {text.data(), static_cast<std::size_t>(std::max<::ssize_t>(size, 0))};
    }
    static ::ssize_t ssize(const std::string& text) { return static_cast<::ssize_t>(text.size()); }
};

// A kernel, by what it lets us use.
struct kernel {
    const char* name;
    unsigned setup_flags;
    unsigned enter_flags;
};

inline void PrintTo(const kernel& k, std::ostream* out) { *out << k.name; }

inline constexpr std::array kernels{
    kernel{"newest", wishes().setup_flags, wishes().enter_flags},
    kernel{"linux_6_1", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
           IORING_ENTER_REGISTERED_RING},
    kernel{"linux_5_19", IORING_SETUP_COOP_TASKRUN, IORING_ENTER_REGISTERED_RING},
    kernel{"linux_5_18", 0, 0},
};

// Tests that hold on every kernel. Skipped where there is no io_uring.
class on_kernel : public ::testing::TestWithParam<kernel> {
protected:
    void SetUp() override {
        if (!kernel_has_io_uring()) GTEST_SKIP() << "the kernel has no io_uring for us";
        result<ring> made = ring::make(wishes_of(256, 4096));
        ASSERT_TRUE(made) << made.error().message();
        made_.emplace(*std::move(made));
    }
    wishes wishes_of(unsigned sq_entries, unsigned cq_entries) const {
        return {.sq_entries = sq_entries,
                .cq_entries = cq_entries,
                .setup_flags = GetParam().setup_flags,
                .enter_flags = GetParam().enter_flags};
    }
    // One of other sizes.
    ring ring_of(unsigned sq_entries, unsigned cq_entries) const {
        return value_or_throw(ring::make(wishes_of(sq_entries, cq_entries)));
    }
    ring& r() { return *made_; }

private:
    std::optional<ring> made_;
};

inline std::string name_of(const ::testing::TestParamInfo<kernel>& info) { return info.param.name; }

}  // namespace priz::io::uring::test
