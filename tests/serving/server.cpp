// An echo server, for tests that see it from outside:
//
//     serving_server ADDRESS|passed [threads=N] [handover=PATH] [max=N] [drain=SECONDS] [backlog=N]
//
// A connection that says "fail" has a handler that throws; one that says "flood" is sent bytes for
// as long as it takes them. At its end the server prints how many handlers failed, how often
// descriptors had run out, what was told of it, and of what kinds the failures were.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "priz/error.hpp"
#include "priz/io/run.hpp"
#include "priz/io/serve.hpp"
#include "priz/io/service_manager.hpp"

namespace io = priz::io;

namespace {

struct settings {
    std::string where;
    unsigned threads = 1;
    std::string handover;
    io::serve_options serve;
};

settings read_settings(int count, char** arguments) {
    settings read;
    read.where = arguments[1];
    for (int i = 2; i < count; ++i) {
        const std::string_view argument = arguments[i];
        const std::string value(argument.substr(argument.find('=') + 1));
        if (argument.starts_with("threads="))
            read.threads = static_cast<unsigned>(std::stoi(value));
        if (argument.starts_with("handover=")) read.handover = value;
        if (argument.starts_with("max=")) read.serve.connections_max = std::stoul(value);
        if (argument.starts_with("backlog=")) read.serve.backlog = std::stoi(value);
        if (argument.starts_with("drain=")) read.serve.drain_timeout = std::stod(value);
    }
    read.serve.handover = read.handover;
    read.serve.reuse_port = read.threads > 1;
    return read;
}

io::task<> flood(io::stream& s) {
    const std::string much(1'000'000, 'x');
    for (;;) co_await s.sendall(much);
}

io::task<> echo(io::stream s) {
    while (auto data = co_await s.recv()) {
        if (data.text() == "fail") throw std::runtime_error("a peer asked for it");
        if (data.text() == "flood") co_await flood(s);
        co_await s.sendall(data);
    }
}

std::string text_of(const std::exception_ptr& why) {
    if (why == nullptr) return {};
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& error) {
        return error.what();
    }
}

// Without the addresses, which are others each time.
std::string cause_of(const std::exception_ptr& why) {
    try {
        std::rethrow_exception(why);
    } catch (const priz::error& error) {
        return error.code().message();
    } catch (const std::exception& error) {
        return error.what();
    }
}

io::task<> serve_once(settings given) {
    io::server server;
    given.serve.control = &server;
    // Made text of when there are descriptors again: UBSan needs some to look at objects.
    std::exception_ptr shortage;
    const auto told = [&](const std::exception_ptr& why) { shortage = why; };
    given.serve.on_shortage = told;
    std::set<std::string> failures;
    const auto failed = [&](const std::exception_ptr& why) { failures.insert(cause_of(why)); };
    given.serve.on_error = failed;
    auto passed = io::listeners_from_environment();
    if (passed.empty()) {
        co_await io::serve(given.where, echo, given.serve);
    } else {
        std::cout << "passed " << passed.size() << ' ' << passed.front().name << std::endl;
        co_await io::serve(std::move(passed.front().listening), echo, given.serve);
    }
    std::cout << "accepted " << server.statistics().accepted << " failed "
              << server.statistics().failed << " shortages " << server.statistics().shortages << ' '
              << text_of(shortage) << std::endl;
    for (const std::string& each : failures) std::cout << "failure: " << each << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
    const settings given = read_settings(count, arguments);
    if (given.threads == 1)
        io::run(serve_once(given));
    else
        io::run(given.threads, [&] { return io::serve(given.where, echo, given.serve); });
}
