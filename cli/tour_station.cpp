#include <fmt/format.h>

#include <csignal>

#include "support/escape.hpp"
#include "support/text.hpp"
#include "tour_programs.hpp"
#include "tour_steps.hpp"

namespace priz::cli {

namespace {

// `0.0.0.0` and `::` are for listening; a client reaches the same server on the loopback.
address reachable(const address& where) {
    if (!where.is_unspecified()) return where;
    const auto port = static_cast<std::uint16_t>(where.port());
    return where.family() == AF_INET6 ? address::ipv6("::1", port)
                                      : address::ipv4("127.0.0.1", port);
}

address first_address(std::string_view line) {
    while (!line.empty()) {
        const auto space = std::min(line.find(' '), line.size());
        if (const auto found = try_parse_address(line.substr(0, space));
            found && found->port() != 0)
            return reachable(*found);
        line.remove_prefix(std::min(space + 1, line.size()));
    }
    return {};
}

}  // namespace

std::unique_ptr<child> station::start(const std::string& program,
                                      std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {tour_argument, program});
    return std::make_unique<child>(program, arguments);
}

std::string station::run(const std::string& program, std::vector<std::string> arguments) {
    const auto one = start(program, std::move(arguments));
    const auto output = one->rest(until_);
    const int code = one->wait(until_);
    if (code != 0)
        throw std::runtime_error(fmt::format("{} ended with {}: {}", program, code, output));
    std::string_view lines = output;
    while (!lines.empty()) say(program, take_line(lines));
    return output;
}

void station::end(child& server) {
    server.signal(SIGTERM);
    const int code = server.wait(until_);
    check(code == 0 || code == 128 + SIGTERM, server.name() + " ends when it is asked to");
}

address station::announced(child& server, std::string_view part) {
    const auto line = hear(server, part);
    const auto where = first_address(line);
    check(!where.empty(), server.name() + " says on which address it listens");
    return where;
}

std::string station::hear(child& program, std::string_view part) {
    auto line = program.line_with(part, until_);
    say(program.name(), line);
    return line;
}

void station::say(const std::string& who, std::string_view what) {
    const auto text = stripped(what);
    if (!text.empty()) transcript_.push_back(fmt::format("{:<16} {}", who, escaped(text)));
}

void station::check(bool holds, const std::string& claim) const {
    if (!holds) throw std::runtime_error("this does not hold: " + claim);
}

}  // namespace priz::cli
