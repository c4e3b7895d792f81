// scene.hpp: what scenarios play on: pairs, listeners, files, and the text that has to come through
// whole.
#pragma once

#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "scenario.hpp"

namespace faults {

inline const std::string text = "twelve bytes";

inline priz::address loopback() { return priz::address::ipv4(INADDR_LOOPBACK, 0); }

inline priz::socket listener() {
    priz::socket s;
    s.bind(loopback());
    s.listen();
    return s;
}

inline std::pair<priz::socket, priz::socket> pair(int type = SOCK_STREAM) {
    auto ends = priz::socketpair(AF_UNIX, type);
    return ends;
}

// What is left to receive, the writing end having been shut down.
inline std::string rest_of(priz::socket& from, priz::socket& to) {
    from.shutdown(SHUT_WR);
    std::string all;
    char part[64];
    while (const std::size_t count = to.recv_into(part)) all.append(part, count);
    return all;
}

// A receiving verb: what it returned and what was left make up the text, whatever happened.
template <class Verb>
outcome receiving(stage& now, std::optional<priz::duration> timeout, Verb&& verb) {
    auto [left, right] = pair();
    left.sendall(text);
    right.settimeout(timeout);
    std::string got;
    const outcome came = now([&] { return outcome_of(verb(right, got)); });
    EXPECT_EQ(got + rest_of(left, right), text);
    return came;
}

// A sending verb: what it says was sent is what came.
template <class Verb>
outcome sending(stage& now, std::optional<priz::duration> timeout, Verb&& verb) {
    auto [left, right] = pair();
    left.settimeout(timeout);
    const priz::result<std::size_t> sent = now([&] { return verb(left); });
    const std::size_t count = sent ? *sent : sent.error().transferred();
    EXPECT_EQ(rest_of(left, right), text.substr(0, count));
    return outcome_of(sent);
}

scenario receive(const std::string& name, bool timed, auto verb) {
    const auto timeout = timed ? std::optional<priz::duration>(60) : std::nullopt;
    return {name + (timed ? "_with_timeout" : ""),
            [=](stage& now) { return receiving(now, timeout, verb); },
            {},
            true,
            timed};
}

scenario send(const std::string& name, bool timed, auto verb) {
    const auto timeout = timed ? std::optional<priz::duration>(60) : std::nullopt;
    return {name + (timed ? "_with_timeout" : ""),
            [=](stage& now) { return sending(now, timeout, verb); },
            {},
            true,
            timed};
}

inline int file_with_text() {
    char path[] = "/tmp/priz-test-XXXXXX";
    const int file = ::mkstemp(path);
    EXPECT_EQ(::unlink(path), 0);
    EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<::ssize_t>(text.size()));
    return file;
}

}  // namespace faults
