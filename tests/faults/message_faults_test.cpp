#include <priz/batch.hpp>
#include <priz/message.hpp>

#include "scene.hpp"

namespace faults {
namespace {

using priz::socket;

std::vector<scenario> streams(bool timed) {
    return {
        receive("recvmsg", timed,
                [](socket& s, std::string& got) {
                    auto r = s.try_recvmsg(64);
                    if (r) got = r->data;
                    return r;
                }),
        receive("recvmsg_into", timed,
                [](socket& s, std::string& got) {
                    char first[4];
                    char second[64];
                    const std::vector<priz::bytes_span> targets{first, second};
                    auto r = s.try_recvmsg_into(targets);
                    if (r) got = (std::string(first, 4) + second).substr(0, r->size);
                    return r;
                }),
        send("sendmsg", timed,
             [](socket& s) {
                 const std::vector<priz::bytes_view> pieces{"twelve ", "bytes"};
                 return s.try_sendmsg(pieces);
             }),
        send("send_fds", timed,
             [](socket& s) {
                 const priz::bytes_view whole(text);
                 const std::vector<int> fds{s.fileno(), s.fileno()};
                 return priz::try_send_fds(s, std::span(&whole, 1), fds);
             }),
    };
}

// Descriptors come with the first byte, or stay where they are; the rest of the text follows.
template <class Verb>
scenario descriptors(const std::string& name, bool timed, Verb verb) {
    const auto run = [=](stage& now) {
        auto [left, right] = pair();
        priz::send_fds(left, text, {left.fileno(), right.fileno()});
        if (timed) right.settimeout(60);
        auto got = now([&] { return verb(right); });
        if (!got) return outcome_of(got);
        auto [data, count] = *got;
        EXPECT_EQ(count, 2U);
        EXPECT_EQ(data + rest_of(left, right), text);
        return outcome();
    };
    return {name + (timed ? "_with_timeout" : ""), run, {"close"}, true, timed};
}

using data_and_count = priz::result<std::pair<std::string, std::size_t>>;

std::vector<scenario> passed(bool timed) {
    return {
        descriptors("recv_fds", timed,
                    [](socket& s) -> data_and_count {
                        auto r = priz::try_recv_fds(s, 64, 2);
                        if (!r) return std::unexpected(r.error());
                        return std::pair(r->data, r->fds.size());
                    }),
        descriptors("descriptors_that_nobody_takes", timed,
                    [](socket& s) -> data_and_count {
                        auto r = s.try_recvmsg(64, priz::cmsg_space(2 * sizeof(int)));
                        if (!r) return std::unexpected(r.error());
                        return std::pair(r->data, r->control.descriptor_count());
                    }),
    };
}

const std::vector<std::string> datagrams{"one", "two", "three"};

// What is there without waiting.
std::vector<std::string> rest_of(socket& from) {
    from.setblocking(false);
    std::vector<std::string> all;
    while (auto one = from.try_recv(64)) all.push_back(*one);
    return all;
}

outcome receive_batch(stage& now, std::optional<priz::duration> timeout) {
    auto [left, right] = pair(SOCK_DGRAM);
    for (const auto& one : datagrams) left.send(one);
    right.settimeout(timeout);
    priz::receive_batch batch(8, 64);
    const auto count = now([&right, &batch] { return priz::try_recvmmsg(right, batch); });
    std::vector<std::string> all;
    for (const auto& one : batch) all.emplace_back(one.data.text());
    EXPECT_EQ(all.size(), count.value_or(0));
    for (const auto& one : rest_of(right)) all.push_back(one);
    EXPECT_EQ(all, datagrams);
    return outcome_of(count);
}

outcome send_batch(stage& now, std::optional<priz::duration> timeout) {
    auto [left, right] = pair(SOCK_DGRAM);
    left.settimeout(timeout);
    priz::send_batch batch;
    for (const auto& one : datagrams) batch.add(one);
    const auto count = now([&left, &batch] { return priz::try_sendmmsg(left, batch); });
    const std::size_t sent = count.value_or(0);
    EXPECT_EQ(batch.size(), datagrams.size() - sent);
    while (!batch.empty()) priz::sendmmsg(left, batch);
    EXPECT_EQ(rest_of(right), datagrams);
    return outcome_of(count);
}

std::vector<scenario> batches() {
    return {
        {"recvmmsg", [](stage& now) { return receive_batch(now, std::nullopt); }},
        {"recvmmsg_with_timeout",
         [](stage& now) { return receive_batch(now, 60); },
         {},
         true,
         true},
        {"sendmmsg", [](stage& now) { return send_batch(now, std::nullopt); }},
        {"sendmmsg_with_timeout", [](stage& now) { return send_batch(now, 60); }, {}, true, true},
    };
}

}  // namespace

std::vector<scenario> message_scenarios() {
    std::vector<scenario> every;
    for (auto&& some : {streams(false), streams(true), passed(false), passed(true), batches()})
        every.insert(every.end(), some.begin(), some.end());
    return every;
}

namespace {

class message_faults : public testing::TestWithParam<scenario> {};

TEST_P(message_faults, strike_every_call_without_loss_or_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, message_faults, testing::ValuesIn(message_scenarios()), test_name);

}  // namespace
}  // namespace faults
