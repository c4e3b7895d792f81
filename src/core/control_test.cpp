#include "priz/control.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "core/socket_fixture.hpp"

namespace priz {
namespace {

using test::open_descriptors;

// A control message as the kernel lays it out, stating the length `stated`.
std::string raw_message(int level, int type, const std::string& data, std::size_t stated) {
    ::cmsghdr header{};
    header.cmsg_len = stated;
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::string text(reinterpret_cast<const char*>(&header), sizeof header);
    text += data;
    text.resize(CMSG_ALIGN(text.size()));
    return text;
}

std::string raw_message(int level, int type, const std::string& data) {
    return raw_message(level, type, data, CMSG_LEN(data.size()));
}

template <class... Numbers>
std::string ints(Numbers... numbers) {
    const int all[] = {numbers...};
    return {reinterpret_cast<const char*>(all), sizeof all};
}

struct walk {
    std::vector<control_bytes> items;
    bool malformed = false;
};

// The same walk by the C library's macros, with the truncation rule of CPython's recvmsg().
walk libc_walk(std::string buffer) {
    walk found;
    ::msghdr header{};
    header.msg_control = buffer.data();
    header.msg_controllen = buffer.size();
    for (::cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr && !found.malformed;
         at = CMSG_NXTHDR(&header, at)) {
        const auto* data = reinterpret_cast<const char*>(CMSG_DATA(at));
        const auto room = static_cast<std::size_t>(buffer.data() + buffer.size() - data);
        found.malformed = at->cmsg_len < CMSG_LEN(0) || at->cmsg_len - CMSG_LEN(0) > room;
        if (at->cmsg_len < CMSG_LEN(0)) break;
        const std::size_t size = found.malformed ? room : at->cmsg_len - CMSG_LEN(0);
        found.items.push_back({at->cmsg_level, at->cmsg_type, std::string(data, size)});
    }
    return found;
}

void expect_same_as_libc(const std::string& buffer) {
    const walk expected = libc_walk(buffer);
    const control_view view{buffer};
    ASSERT_EQ(view.size(), expected.items.size());
    EXPECT_EQ(view.malformed(), expected.malformed);
    std::size_t i = 0;
    for (const auto& message : view) {
        EXPECT_EQ(message.level(), expected.items[i].level);
        EXPECT_EQ(message.type(), expected.items[i].type);
        EXPECT_EQ(message.data().text(), expected.items[i].data);
        ++i;
    }
}

TEST(control, the_walk_agrees_with_libc_at_every_cut_and_every_stated_length) {
    int malformed = 0;
    int sound = 0;
    for (std::size_t stated = 0; stated < 64; ++stated) {
        const std::string whole =
            raw_message(IPPROTO_IP, IP_TTL, ints(64)) + raw_message(1, 2, ints(1, 2, 3), stated);
        for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
            const std::string buffer = whole.substr(0, cut);
            expect_same_as_libc(buffer);
            ++(libc_walk(buffer).malformed ? malformed : sound);
        }
    }
    EXPECT_GT(malformed, 100);
    EXPECT_GT(sound, 100);
}

TEST(control, a_length_near_the_largest_number_is_malformed_and_does_not_wrap) {
    for (std::size_t below = 0; below < 40; ++below) {
        const std::string buffer = raw_message(1, 1, ints(5, 6), SIZE_MAX - below);
        expect_same_as_libc(buffer);
        EXPECT_TRUE(control_view(buffer).malformed());
    }
}

TEST(control, a_length_shorter_than_a_header_ends_the_list) {
    const std::string buffer =
        raw_message(IPPROTO_IP, IP_TTL, ints(64)) + raw_message(1, 2, ints(1), 15);
    const control_view view{buffer};
    EXPECT_EQ(view.size(), 1U);
    EXPECT_TRUE(view.malformed());
    EXPECT_EQ(view.hop_limit(), 64);
}

TEST(control, cut_data_gives_the_bytes_there_are_and_no_typed_value) {
    const std::string buffer = raw_message(SOL_SOCKET, SCM_CREDENTIALS, ints(1, 2, 3));
    const control_view view{bytes_view(buffer.data(), CMSG_LEN(7))};
    ASSERT_EQ(view.size(), 1U);
    EXPECT_EQ(view.begin()->data().size(), 7U);
    EXPECT_EQ(view.credentials(), std::nullopt);
}

TEST(control, lengths_are_those_of_the_c_macros) {
    for (std::size_t size = 0; size <= 256; ++size) {
        EXPECT_EQ(cmsg_len(size), CMSG_LEN(size));
        EXPECT_EQ(cmsg_space(size), CMSG_SPACE(size));
    }
    constexpr std::size_t most = 0x7fffffff;
    EXPECT_EQ(cmsg_len(most - CMSG_LEN(0)), most);
    EXPECT_THROW(cmsg_len(most), overflow_error);
    EXPECT_THROW(cmsg_len(SIZE_MAX), overflow_error);
    EXPECT_EQ(cmsg_space(most - CMSG_SPACE(1)), CMSG_SPACE(most - CMSG_SPACE(1)));
    EXPECT_THROW(cmsg_space(most), overflow_error);
    EXPECT_THROW(cmsg_space(SIZE_MAX), overflow_error);
}

TEST(control, readers_ignore_messages_of_other_kinds) {
    const std::string buffer = raw_message(IPPROTO_IP, IP_TTL, ints(64));
    const control_view view{buffer};
    EXPECT_EQ(view.traffic_class(), std::nullopt);
    EXPECT_EQ(view.credentials(), std::nullopt);
    EXPECT_FALSE(view.packet_info());
    EXPECT_FALSE(view.timestamp());
    EXPECT_FALSE(view.timestamping());
    EXPECT_EQ(view.segment_size(), std::nullopt);
    EXPECT_EQ(view.dropped(), std::nullopt);
    EXPECT_FALSE(view.extended_error());
    EXPECT_EQ(view.descriptor_count(), 0U);
}

TEST(control, ecn_is_the_low_two_bits_of_a_traffic_class_of_one_byte) {
    const std::string buffer = raw_message(IPPROTO_IP, IP_TOS, std::string(1, '\xbb'));
    EXPECT_EQ(control_view(buffer).traffic_class(), 0xbb);
    EXPECT_EQ(control_view(buffer).ecn(), 3);
}

TEST(control, times_come_in_microseconds_and_in_nanoseconds) {
    const std::int64_t pair[] = {1'700'000'000, 5};
    const std::string data(reinterpret_cast<const char*>(pair), sizeof pair);
    const std::string micro = raw_message(SOL_SOCKET, SCM_TIMESTAMP, data);
    const std::string nano = raw_message(SOL_SOCKET, SO_TIMESTAMPNS, data);
    EXPECT_EQ(control_view(micro).timestamp()->nanoseconds(), 1'700'000'000'000'005'000);
    EXPECT_EQ(control_view(nano).timestamp()->nanoseconds(), 1'700'000'000'000'000'005);
}

TEST(control, a_time_past_all_counting_is_the_longest_duration) {
    const std::int64_t pair[] = {INT64_MAX, INT64_MAX};
    const std::string data(reinterpret_cast<const char*>(pair), sizeof pair);
    const std::string buffer = raw_message(SOL_SOCKET, SO_TIMESTAMPNS, data);
    EXPECT_EQ(control_view(buffer).timestamp(), duration::max());
}

TEST(control, the_builder_writes_what_the_macros_read) {
    outgoing_control built;
    built.tos(0xb8).ttl(3).segment_size(1200).raw(300, 301, "any").credentials({1, 2, 3});
    const walk read = libc_walk(std::string(built.buffer().text()));
    ASSERT_EQ(read.items.size(), 5U);
    EXPECT_FALSE(read.malformed);
    EXPECT_EQ(read.items[0].data, ints(0xb8));
    EXPECT_EQ(read.items[1].type, IP_TTL);
    const std::uint16_t size = 1200;
    EXPECT_EQ(read.items[2].data, std::string(reinterpret_cast<const char*>(&size), 2));
    EXPECT_EQ(read.items[3].level, 300);
    EXPECT_EQ(read.items[3].data, "any");
    EXPECT_EQ(read.items[4].data, ints(1, 2, 3));
}

TEST(control, padding_is_zero_also_where_memory_is_used_again) {
    outgoing_control built;
    built.raw(1, 2, std::string(64, '\xff'));
    built.clear();
    built.raw(1, 2, "x");
    EXPECT_EQ(built.buffer().text().substr(CMSG_LEN(1)),
              std::string(CMSG_SPACE(1) - CMSG_LEN(1), '\0'));
}

TEST(control, the_builder_refuses_what_has_no_place) {
    outgoing_control built;
    EXPECT_THROW(built.segment_size(65536), overflow_error);
    EXPECT_THROW(built.packet_info(address::unix_unnamed()), type_error);
    EXPECT_TRUE(built.empty());
}

// Two descriptors in a buffer as recvmsg(2) would have left it.
class owned_descriptors : public testing::Test {
protected:
    owned_descriptors() {
        int fds[2];
        EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
        buffer_ = raw_message(SOL_SOCKET, SCM_RIGHTS, ints(fds[0], fds[1]));
    }
    std::size_t before_ = open_descriptors();
    std::string buffer_;
};

TEST_F(owned_descriptors, are_closed_with_the_list) {
    { const incoming_control list(buffer_); }
    EXPECT_EQ(open_descriptors(), before_);
}

TEST_F(owned_descriptors, are_closed_once_after_moves) {
    incoming_control first(buffer_);
    incoming_control second(std::move(first));
    EXPECT_TRUE(first.empty());
    EXPECT_EQ(second.descriptor_count(), 2U);
    first = std::move(second);
    EXPECT_EQ(open_descriptors(), before_ + 2);
    first = incoming_control();
    EXPECT_EQ(open_descriptors(), before_);
}

TEST_F(owned_descriptors, belong_to_whoever_took_them) {
    std::vector<unique_fd> taken;
    {
        incoming_control list(buffer_);
        taken = list.take_descriptors();
        EXPECT_TRUE(list.take_descriptors().empty());
        EXPECT_EQ(list.begin()->data().text(), ints(-1, -1));
    }
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(open_descriptors(), before_ + 2);
    taken.clear();
    EXPECT_EQ(open_descriptors(), before_);
}

TEST_F(owned_descriptors, are_the_callers_after_release_bytes) {
    std::vector<control_bytes> plain;
    {
        incoming_control list(buffer_);
        plain = list.release_bytes();
        EXPECT_TRUE(list.empty());
    }
    ASSERT_EQ(plain.size(), 1U);
    EXPECT_EQ(open_descriptors(), before_ + 2);
    int fds[2];
    ASSERT_EQ(plain[0].data.size(), sizeof fds);
    std::memcpy(fds, plain[0].data.data(), sizeof fds);
    for (const int fd : fds) EXPECT_EQ(::close(fd), 0);
    EXPECT_EQ(open_descriptors(), before_);
}

TEST_F(owned_descriptors, cut_in_the_middle_count_only_when_whole) {
    int fds[2];
    std::memcpy(fds, buffer_.data() + CMSG_LEN(0), sizeof fds);
    { const incoming_control list(buffer_.substr(0, CMSG_LEN(7))); }
    EXPECT_EQ(open_descriptors(), before_ + 1);
    EXPECT_EQ(::close(fds[1]), 0);
}

}  // namespace
}  // namespace priz
