// Datagrams: a receive that is cancelled takes none with it.
#include <cerrno>
#include <map>

#include "priz/error.hpp"
#include "priz/sim/network.hpp"
#include "trial.hpp"

namespace law {

namespace {

constexpr std::uint16_t port = 5000;
constexpr std::size_t senders = 2;

struct post {
    std::size_t sending = senders;
    std::map<std::string, priz::address> sent;  // by content: from where
    std::map<std::string, int> received;
};

// The receiver's socket is IPv6's.
bool is_mapped_from(const priz::address& seen, const priz::address& sender) {
    return seen.host() == "::ffff:" + sender.host() && seen.port() == sender.port();
}

io::task<> collect(trial& t, post& of) {
    io::datagram d = io::bind("udp://any:5000");
    for (;;) {
        const bool was_all = of.sending == 0;
        const std::optional<message> got = co_await t.use.recvfrom(t, d, t.moment());
        if (!got) {
            if (was_all) break;
            continue;
        }
        ++of.received[got->data];
        const auto sent = of.sent.find(got->data);
        t.expect(sent != of.sent.end(), "a datagram came that nobody sent");
        t.expect(sent == of.sent.end() || is_mapped_from(got->from, sent->second),
                 "a datagram came from somebody else");
    }
    for (const auto& [data, from] : of.sent)
        t.expect(of.received.contains(data), "a datagram was lost");
    for (const auto& [data, times] : of.received)
        t.expect(times == 1, "a datagram came " + std::to_string(times) + " times");
}

io::task<> post_all(trial& t, priz::address to, post& of, std::string name, priz::address from) {
    co_await io::sleep(0.1);
    io::datagram d = io::bind(from);
    const priz::address whence = d.getsockname();
    for (std::size_t i = 0, count = t.between(1, 40); i < count; ++i) {
        const std::string data = name + std::to_string(i) + std::string(t.below(300), '.');
        of.sent[data] = whence;
        for (bool is_sent = false; !is_sent;) {
            const auto outcome = co_await io::fail_after(t.moment(), d.try_sendto(data, to));
            is_sent = outcome.has_value();
            const bool may_be = is_sent || is_system(outcome.error(), ENOBUFS) ||
                                outcome.error().code() == priz::errc::timed_out;
            t.expect(may_be, "a datagram could not be sent");
        }
        if (t.happens(0.5)) co_await io::sleep(t.moment());
    }
    // Until the last one has arrived.
    co_await io::sleep(2);
    --of.sending;
}

void play_datagrams(trial& t) {
    sim::host& server = t.add_host("server", "10.0.0.1");
    const auto of = std::make_shared<post>();
    server.spawn([&t, of] { return collect(t, *of); });
    const priz::address where = server.at(port);
    for (std::size_t i = 0; i < senders; ++i) {
        const std::string name = "client " + std::to_string(i) + " ";
        sim::host& client = t.add_host(name, "10.0.1." + std::to_string(i));
        const priz::address from = client.at(0);
        client.spawn([&t, of, where, name, from] { return post_all(t, where, *of, name, from); });
    }
}

constexpr scenario scenarios[] = {
    {"datagrams", play_datagrams, {.loss = false, .no_buffers = true}},
};

}  // namespace

std::span<const scenario> datagram_scenarios() { return scenarios; }

}  // namespace law
