// Bugs, planted in a transport around a memory pair's, and each noticed by check_stream().
#include <gmock/gmock.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "priz/io/detail/loop_core.hpp"
#include "priz/testing/check_stream.hpp"
#include "priz/testing/run.hpp"
#include "testing/memory_transport.hpp"

namespace priz::testing {
namespace {

using io::detail::endpoint;
using io::detail::transport;

// A memory pair's end that does as it should, where a bug does not change it.
class plain_end : public transport {
public:
    explicit plain_end(transport& inner) : inner_(inner) {}

    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& m, int flags) noexcept override {
        return inner_.recvmsg(e, m, flags);
    }
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& m, int flags) noexcept override {
        return inner_.sendmsg(e, m, flags);
    }
    int shutdown(endpoint& e, int how) noexcept override { return inner_.shutdown(e, how); }
    void close(endpoint& e) noexcept override {
        inner_.close(e);
        delete this;
    }
    int getname(endpoint& e, bool peer, address& name) noexcept override {
        return inner_.getname(e, peer, name);
    }
    int getsockopt(endpoint& e, int level, int option, void* value,
                   ::socklen_t& size) noexcept override {
        return inner_.getsockopt(e, level, option, value, size);
    }

protected:
    static std::ptrdiff_t size(const ::msghdr& m) noexcept {
        return static_cast<std::ptrdiff_t>(m.msg_iov[0].iov_len);
    }

    std::ptrdiff_t count_ = 0;

private:
    transport& inner_;
};

// What a bug makes of the outcome of a receive that went right.
template <std::ptrdiff_t (*Change)(std::ptrdiff_t outcome, ::msghdr& m, std::ptrdiff_t& count)>
class receives_wrong final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& m, int flags) noexcept override {
        return Change(plain_end::recvmsg(e, m, flags), m, count_);
    }
};

char* bytes_of(const ::msghdr& m) { return static_cast<char*>(m.msg_iov[0].iov_base); }

std::ptrdiff_t lose_a_byte(std::ptrdiff_t n, ::msghdr&, std::ptrdiff_t& count) {
    if (n > 0) count += n;
    return n > 1 && count > 500 ? n - 1 : n;
}
std::ptrdiff_t corrupt_a_late_byte(std::ptrdiff_t n, ::msghdr& m, std::ptrdiff_t& count) {
    if (n > 0) count += n;
    if (n > 0 && count > 200'000) bytes_of(m)[0] = static_cast<char>(bytes_of(m)[0] ^ 1);
    return n;
}
std::ptrdiff_t exchange_bytes(std::ptrdiff_t n, ::msghdr& m, std::ptrdiff_t&) {
    if (n > 1) std::swap(bytes_of(m)[0], bytes_of(m)[1]);
    return n;
}
std::ptrdiff_t end_when_empty(std::ptrdiff_t n, ::msghdr&, std::ptrdiff_t&) {
    return n == -EAGAIN ? 0 : n;
}
std::ptrdiff_t tell_the_end_once(std::ptrdiff_t n, ::msghdr&, std::ptrdiff_t& count) {
    return n == 0 && count++ > 0 ? -EAGAIN : n;
}
std::ptrdiff_t fail_at_the_end(std::ptrdiff_t n, ::msghdr&, std::ptrdiff_t&) {
    return n == 0 ? -ECONNRESET : n;
}
std::ptrdiff_t take_a_reset_for_the_end(std::ptrdiff_t n, ::msghdr&, std::ptrdiff_t&) {
    return n == -ECONNRESET ? 0 : n;
}

template <std::ptrdiff_t (*Change)(std::ptrdiff_t outcome, const ::msghdr& m)>
class sends_wrong final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& m, int flags) noexcept override {
        return Change(plain_end::sendmsg(e, m, flags), m);
    }
};

std::ptrdiff_t claim_all(std::ptrdiff_t n, const ::msghdr& m) {
    return n > 0 ? static_cast<std::ptrdiff_t>(m.msg_iov[0].iov_len) : n;
}
std::ptrdiff_t claim_less(std::ptrdiff_t n, const ::msghdr&) { return n > 1 ? n - 1 : n; }
std::ptrdiff_t drop_what_does_not_fit(std::ptrdiff_t n, const ::msghdr& m) {
    return n == -EAGAIN ? static_cast<std::ptrdiff_t>(m.msg_iov[0].iov_len) : n;
}
std::ptrdiff_t never_fail(std::ptrdiff_t n, const ::msghdr& m) {
    return n == -EPIPE || n == -ECONNRESET ? static_cast<std::ptrdiff_t>(m.msg_iov[0].iov_len) : n;
}
std::ptrdiff_t wait_instead_of_failing(std::ptrdiff_t n, const ::msghdr&) {
    return n == -EPIPE || n == -ECONNRESET ? -EAGAIN : n;
}
std::ptrdiff_t fail_instead_of_waiting(std::ptrdiff_t n, const ::msghdr&) {
    return n == -EAGAIN ? -ENOBUFS : n;
}

// The bytes are there, and nobody is told so.
class misses_a_wake_up final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& m, int flags) noexcept override {
        return ++count_ == 2 ? -EAGAIN : plain_end::recvmsg(e, m, flags);
    }
};

class peeks_for_good final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& m, int flags) noexcept override {
        return plain_end::recvmsg(e, m, flags & ~MSG_PEEK);
    }
};

class ends_with_an_empty_send final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& m, int flags) noexcept override {
        if (size(m) == 0) return shutdown(e, SHUT_WR);
        return plain_end::sendmsg(e, m, flags);
    }
};

// Says that it has to wait, and has taken a byte: the cancelled send did something.
class takes_before_it_waits final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& m, int flags) noexcept override {
        const std::ptrdiff_t n = plain_end::sendmsg(e, m, flags);
        if (n <= 0 || n == size(m)) return n;
        plain_end::sendmsg(e, m, flags);
        return -EAGAIN;
    }
};

template <int Wrong, int Instead>
class shuts_down_wrong final : public plain_end {
public:
    using plain_end::plain_end;
    int shutdown(endpoint& e, int how) noexcept override {
        if (how != Wrong) return plain_end::shutdown(e, how);
        return Instead < 0 ? 0 : plain_end::shutdown(e, Instead);
    }
};

class closes_politely final : public plain_end {
public:
    using plain_end::plain_end;
    void close(endpoint& e) noexcept override {
        char unread[4096];
        ::iovec part{unread, sizeof unread};
        ::msghdr m{};
        m.msg_iov = &part;
        m.msg_iovlen = 1;
        while (plain_end::recvmsg(e, m, 0) > 0) {
        }
        plain_end::close(e);
    }
};

// No bug: a call may find that there is nothing after all, as long as it is told when there is.
class is_woken_too_often final : public plain_end {
public:
    using plain_end::plain_end;
    std::ptrdiff_t recvmsg(endpoint& e, ::msghdr& m, int flags) noexcept override {
        if (++count_ % 3 != 0) return plain_end::recvmsg(e, m, flags);
        e.loop->report_later(e, endpoint::may_read);
        return -EAGAIN;
    }
    std::ptrdiff_t sendmsg(endpoint& e, const ::msghdr& m, int flags) noexcept override {
        if (++count_ % 5 != 0) return plain_end::sendmsg(e, m, flags);
        e.loop->report_later(e, endpoint::may_write);
        return -EAGAIN;
    }
};

template <class End>
stream_pair pair_with(std::size_t capacity) {
    const auto [one, other] = detail::memory_endpoints({.capacity = capacity});
    one->via = new End(*one->via);
    other->via = new End(*other->via);
    return {io::stream(one), io::stream(other)};
}

// What check_stream() says about a stream with that bug; empty for praise.
template <class End>
std::string broken_promise() {
    try {
        testing::run(check_stream([] { return pair_with<End>(64 * 1024); },
                                  [] { return pair_with<End>(100); }));
    } catch (const check_failed& why) {
        return why.promise();
    }
    return "";
}

TEST(planted_bugs, without_a_bug_nothing_is_found) {
    EXPECT_EQ(broken_promise<plain_end>(), "");
    EXPECT_EQ(broken_promise<is_woken_too_often>(), "");
}

TEST(planted_bugs, a_byte_that_is_lost) {
    EXPECT_NE(broken_promise<receives_wrong<lose_a_byte>>(), "");
}

TEST(planted_bugs, a_late_byte_that_is_wrong) {
    EXPECT_EQ(broken_promise<receives_wrong<corrupt_a_late_byte>>(),
              "a large transfer arrives whole, both ways at once");
}

TEST(planted_bugs, bytes_out_of_order) {
    EXPECT_NE(broken_promise<receives_wrong<exchange_bytes>>(), "");
}

TEST(planted_bugs, an_end_that_is_none) {
    EXPECT_NE(broken_promise<receives_wrong<end_when_empty>>(), "");
}

TEST(planted_bugs, an_end_that_is_told_once) {
    EXPECT_EQ(broken_promise<receives_wrong<tell_the_end_once>>(),
              "after SHUT_WR the peer receives what was sent, then the end, again and again");
}

TEST(planted_bugs, an_end_that_is_an_error) {
    EXPECT_NE(broken_promise<receives_wrong<fail_at_the_end>>(), "");
}

TEST(planted_bugs, a_reset_that_looks_like_the_end) {
    EXPECT_EQ(broken_promise<receives_wrong<take_a_reset_for_the_end>>(),
              "who closes with bytes not received resets the connection");
}

TEST(planted_bugs, a_close_that_hides_what_was_not_read) {
    EXPECT_EQ(broken_promise<closes_politely>(),
              "who closes with bytes not received resets the connection");
}

TEST(planted_bugs, a_wake_up_that_is_missed) { EXPECT_NE(broken_promise<misses_a_wake_up>(), ""); }

TEST(planted_bugs, a_peek_that_takes) {
    EXPECT_EQ(broken_promise<peeks_for_good>(), "MSG_PEEK leaves what it shows");
}

TEST(planted_bugs, a_send_that_claims_more_than_it_took) {
    EXPECT_NE(broken_promise<sends_wrong<claim_all>>(), "");
}

TEST(planted_bugs, a_send_that_claims_less_than_it_took) {
    EXPECT_NE(broken_promise<sends_wrong<claim_less>>(), "");
}

TEST(planted_bugs, a_send_that_does_not_wait) {
    EXPECT_NE(broken_promise<sends_wrong<drop_what_does_not_fit>>(), "");
    EXPECT_NE(broken_promise<sends_wrong<fail_instead_of_waiting>>(), "");
}

TEST(planted_bugs, a_send_that_never_fails) {
    EXPECT_EQ(broken_promise<sends_wrong<never_fail>>(), "after SHUT_WR a send fails with EPIPE");
}

TEST(planted_bugs, a_send_that_waits_for_ever_instead_of_failing) {
    EXPECT_EQ(broken_promise<sends_wrong<wait_instead_of_failing>>(),
              "after SHUT_WR a send fails with EPIPE");
}

TEST(planted_bugs, a_send_that_takes_bytes_and_says_that_it_has_to_wait) {
    EXPECT_NE(broken_promise<takes_before_it_waits>(), "");
}

TEST(planted_bugs, an_empty_send_that_ends_the_stream) {
    EXPECT_EQ(broken_promise<ends_with_an_empty_send>(),
              "an empty send sends nothing and ends nothing");
}

TEST(planted_bugs, a_shutdown_that_does_something_else) {
    EXPECT_NE((broken_promise<shuts_down_wrong<SHUT_WR, -1>>()), "");
    EXPECT_NE((broken_promise<shuts_down_wrong<SHUT_WR, SHUT_RDWR>>()), "");
    EXPECT_EQ((broken_promise<shuts_down_wrong<SHUT_RD, -1>>()),
              "SHUT_RD ends a receive that waits");
}

TEST(planted_bugs, the_message_says_what_was_promised_and_what_happened) {
    try {
        testing::run(check_stream([] { return pair_with<peeks_for_good>(100); },
                                  [] { return pair_with<peeks_for_good>(100); }));
        FAIL();
    } catch (const check_failed& why) {
        EXPECT_STREQ(why.what(),
                     "a stream promises: MSG_PEEK leaves what it shows; but MSG_PEEK took what it "
                     "showed");
    }
}

}  // namespace
}  // namespace priz::testing
