// cli/tour_steps.hpp: the stations of `priz tour`.
#pragma once

#include <priz/deadline.hpp>
#include <priz/socket.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/child.hpp"

namespace priz::cli {

// One program of the documents, while it runs: what was said, and the means to check it. A check
// that fails throws.
class station {
public:
    explicit station(const deadline& until) : until_(until) {}

    const deadline& until() const noexcept { return until_; }

    std::unique_ptr<child> start(const std::string& program,
                                 std::vector<std::string> arguments = {});
    // Starts, awaits the end with exit code 0, and returns all that was printed.
    std::string run(const std::string& program, std::vector<std::string> arguments = {});
    // Ends a server that has no end of its own.
    void end(child& server);

    // The first line of a server that holds an address, and that address.
    address announced(child& server, std::string_view part);
    // Awaits a line of a program and writes it down.
    std::string hear(child& program, std::string_view part);

    void say(const std::string& who, std::string_view what);
    void check(bool holds, const std::string& claim) const;

    const std::vector<std::string>& transcript() const noexcept { return transcript_; }

private:
    deadline until_;
    std::vector<std::string> transcript_;
};

// Begun before the tour's first station, because it needs the five seconds after which a line
// server gives up.
class silent_client {
public:
    explicit silent_client(station& at);
    void expect_end(station& at);

private:
    std::unique_ptr<child> server_;
    socket line_;
};

void tour_echo(station& at);
void tour_web_client(station& at);
void tour_lines(station& at);
void tour_hello(station& at);
void tour_greeting(station& at);
void tour_lookup(station& at);

}  // namespace priz::cli
