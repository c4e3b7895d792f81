#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "scene.hpp"

namespace faults {
namespace {

using priz::socket;

priz::result<std::size_t> whole(const priz::result<void>& r) {
    if (!r) return std::unexpected(r.error());
    return text.size();
}

outcome sendfile_from(stage& now, int file, std::optional<priz::duration> timeout) {
    const priz::unique_fd owner(file);
    return sending(now, timeout, [&](socket& s) { return s.try_sendfile(file); });
}

int pipe_with_text() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const priz::unique_fd writer(ends[1]);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<::ssize_t>(text.size()));
    return ends[0];
}

std::vector<scenario> transfers(bool timed) {
    const auto timeout = timed ? std::optional<priz::duration>(60) : std::nullopt;
    const std::string suffix = timed ? "_with_timeout" : "";
    return {
        receive("recv", timed,
                [](socket& s, std::string& got) {
                    auto r = s.try_recv(text.size());
                    if (r) got = *r;
                    return r;
                }),
        receive("recv_large", timed,
                [](socket& s, std::string& got) {
                    auto r = s.try_recv(100'000);
                    if (r) got = *r;
                    return r;
                }),
        receive("recv_into", timed,
                [](socket& s, std::string& got) {
                    char buffer[64];
                    auto r = s.try_recv_into(buffer);
                    if (r) got.assign(buffer, *r);
                    return r;
                }),
        receive("recv_into_throwing", timed,
                [](socket& s, std::string& got) -> priz::result<void> {
                    char buffer[64];
                    try {
                        got.assign(buffer, s.recv_into(buffer));
                    } catch (const priz::error& caught) {
                        return std::unexpected(caught.why());
                    }
                    return {};
                }),
        receive("recvfrom", timed,
                [](socket& s, std::string& got) {
                    auto r = s.try_recvfrom(64);
                    if (r) got = r->data;
                    return r;
                }),
        receive("recvfrom_into", timed,
                [](socket& s, std::string& got) {
                    char buffer[64];
                    auto r = s.try_recvfrom_into(buffer);
                    if (r) got.assign(buffer, r->size);
                    return r;
                }),
        receive("recv_exactly", timed,
                [](socket& s, std::string& got) {
                    char buffer[12];
                    auto r = s.try_recv_exactly_into(buffer);
                    got.assign(buffer, r ? sizeof buffer : r.error().transferred());
                    return r;
                }),
        send("send", timed, [](socket& s) { return s.try_send(text); }),
        send("send_throwing", timed,
             [](socket& s) -> priz::result<std::size_t> {
                 try {
                     return s.send(text);
                 } catch (const priz::error& caught) {
                     return std::unexpected(caught.why());
                 }
             }),
        send("sendall", timed, [](socket& s) { return whole(s.try_sendall(text)); }),
        {"sendfile" + suffix,
         [=](stage& now) { return sendfile_from(now, file_with_text(), timeout); },
         {"lseek"},
         true,
         timed},
        {"sendfile_of_an_old_kernel" + suffix,
         [=](stage& now) { return sendfile_from(now, file_with_text(), timeout); },
         {"lseek"},
         true,
         timed,
         "sendfile"},
        {"sendfile_of_a_pipe" + suffix,
         [=](stage& now) { return sendfile_from(now, pipe_with_text(), timeout); },
         {"lseek"},
         true,
         timed},
    };
}

std::vector<scenario> datagrams() {
    return {
        {"sendto",
         [](stage& now) {
             socket receiver(AF_INET, SOCK_DGRAM);
             receiver.bind(loopback());
             socket sender(AF_INET, SOCK_DGRAM);
             const priz::address where = receiver.getsockname();
             const auto sent = now([&] { return sender.try_sendto(text, where); });
             receiver.setblocking(false);
             EXPECT_EQ(receiver.try_recv(64).value_or(""), sent ? text : "");
             return outcome_of(sent);
         },
         {},
         false},
    };
}

std::vector<scenario> connections() {
    return {
        {"connect",
         [](stage& now) {
             socket server = listener();
             socket client;
             const priz::address where = server.getsockname();
             return outcome_of(now([&] { return client.try_connect(where); }));
         }},
        {"connect_with_timeout",
         [](stage& now) {
             socket server = listener();
             socket client;
             client.settimeout(60);
             const priz::address where = server.getsockname();
             return outcome_of(now([&] { return client.try_connect(where); }));
         }},
        {"accept",
         [](stage& now) {
             socket server = listener();
             socket client;
             client.connect(server.getsockname());
             const auto got = now([&] { return server.try_accept(); });
             // A connection that was not handed over is still to be had.
             server.setblocking(false);
             EXPECT_EQ(server.try_accept().has_value(), !got.has_value());
             return outcome_of(got);
         }},
        {"accept_with_timeout",
         [](stage& now) {
             socket server = listener();
             server.settimeout(60);
             socket client;
             client.connect(server.getsockname());
             return outcome_of(now([&] { return server.try_accept(); }));
         }},
        {"bind",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] { return s.try_bind(loopback()); }));
         }},
        {"listen",
         [](stage& now) {
             socket s;
             s.bind(loopback());
             return outcome_of(now([&] { return s.try_listen(); }));
         }},
        {"shutdown",
         [](stage& now) {
             auto [left, right] = pair();
             return outcome_of(now([&left] { return left.try_shutdown(SHUT_WR); }));
         }},
    };
}

std::vector<scenario> lives() {
    return {
        {"make", [](stage& now) { return outcome_of(now([] { return socket::try_make(); })); }},
        {"make_pair",
         [](stage& now) { return outcome_of(now([] { return priz::try_socketpair(); })); }},
        {"adopt",
         [](stage& now) {
             const int fd = socket().detach();
             auto adopted = now([&] { return socket::try_adopt(fd); });
             // On failure the descriptor stays the caller's.
             if (!adopted) priz::close(fd);
             return outcome_of(adopted);
         }},
        {"fromfd",
         [](stage& now) {
             const socket s;
             return outcome_of(
                 now([&] { return priz::try_fromfd(s.fileno(), AF_INET, SOCK_STREAM); }));
         },
         {"getsockname"}},
        {"dup",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return s.try_dup(); }));
         }},
        {"close",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] { return s.try_close(); }));
         }},
        {"dup_of_a_descriptor",
         [](stage& now) {
             const socket s;
             const auto copy = now([&] { return priz::try_dup(s.fileno()); });
             const priz::unique_fd owner(copy.value_or(-1));
             return outcome_of(copy);
         }},
        {"close_of_a_descriptor",
         [](stage& now) {
             const int fd = socket().detach();
             return outcome_of(now([&] { return priz::try_close(fd); }));
         }},
        {"setblocking",
         [](stage& now) {
             socket s;
             const auto set = now([&] { return s.try_setblocking(false); });
             EXPECT_EQ(s.getblocking(), !set.has_value());
             return outcome_of(set);
         }},
        {"settimeout",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] { return s.try_settimeout(1); }));
         }},
        {"inheritable",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] { return s.try_set_inheritable(true); }));
         }},
        {"get_inheritable",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return s.try_get_inheritable(); }));
         }},
        {"getsockname",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return s.try_getsockname(); }));
         }},
        {"getpeername",
         [](stage& now) {
             auto [left, right] = pair();
             return outcome_of(now([&left] { return left.try_getpeername(); }));
         }},
        {"getsockopt",
         [](stage& now) {
             const socket s;
             return outcome_of(now([&] { return s.try_getsockopt(SOL_SOCKET, SO_TYPE); }));
         }},
        {"setsockopt",
         [](stage& now) {
             socket s;
             return outcome_of(now([&] { return s.try_setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1); }));
         }},
    };
}

}  // namespace

std::vector<scenario> socket_scenarios() {
    std::vector<scenario> every;
    for (auto&& some : {transfers(false), transfers(true), datagrams(), connections(), lives()})
        every.insert(every.end(), some.begin(), some.end());
    return every;
}

namespace {

class socket_faults : public testing::TestWithParam<scenario> {};

TEST_P(socket_faults, strike_every_call_without_loss_or_leak) { strike_everywhere(GetParam()); }

INSTANTIATE_TEST_SUITE_P(verbs, socket_faults, testing::ValuesIn(socket_scenarios()), test_name);

}  // namespace
}  // namespace faults
