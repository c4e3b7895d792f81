#include "server.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "dial.hpp"
#include "support/exit_code.hpp"
#include "support/signals.hpp"

namespace priz::cli {

namespace {

// For clients to take what is left for them, when the server stops.
constexpr duration drain_patience = 5;

}  // namespace

server::server(const server_options& options, report& out)
    : options_(options), report_(out), output_(out.out()), turns_(options.clients_max) {}

void server::listen(const endpoint& where, const deadline& until) {
    for (auto& one : listen_on(where, until)) listening_.push_back(std::move(one));
}

int server::run() {
    io::run(serve_all());
    if (failure_) std::rethrow_exception(failure_);
    output_.finish();
    return static_cast<int>(code_);
}

// The signals are heard before anybody can know that there is a server.
io::task<> server::serve_all() {
    io::signal_set numbers{SIGINT, SIGTERM, SIGHUP};
    announce();
    co_await io::with_scope([&](io::scope& beside) -> io::task<> {
        beside.spawn(output_.run());
        beside.spawn(heed(numbers));
        if (options_.run_for) beside.spawn(stop_later(*options_.run_for));
        co_await serve_sockets();
        beside.cancel();
    });
    report_.event("stopped", {{"reason", why_}}, fmt::format("stopped: {}", why_));
}

void server::announce() {
    for (auto& one : listening_) {
        const auto* transport = transport_name(one.sock());
        const auto where = one.where().str();
        report_.event("listening", {{"transport", transport}, {"address", where}},
                      fmt::format("listening on {} {}", transport, where));
    }
}

io::task<> server::serve_sockets() {
    co_await io::with_scope([this](io::scope& sockets) {
        for (auto& one : listening_)
            sockets.spawn(one.is_datagram() ? serve_datagrams(*this, one.release())
                                            : serve_clients(one, servers_.emplace_back()));
    });
}

io::task<> server::serve_clients(listening& from, io::server& control) {
    const auto told_of_shortage = [this](const std::exception_ptr& why) { note_shortage(why); };
    const auto told_of_failure = [this](const std::exception_ptr& why) { note_failure(why); };
    const io::serve_options options{.connections_max = options_.clients_max,
                                    .drain_timeout = drain_patience,
                                    .signals = {},
                                    .on_error = told_of_failure,
                                    .on_shortage = told_of_shortage,
                                    .control = &control,
                                    .notify_service_manager = false};
    const auto handler = [this, &control, type = from.type()](io::stream s, address remote) {
        return talk(std::move(s), remote, type, control);
    };
    io::serving_place place(from.release());
    co_await io::serve(std::move(place), handler, options);
}

io::task<> server::talk(io::stream connection, address remote, int type, io::server& control) {
    shortage_told_ = false;
    const auto turn = co_await control.until_drain(turns_.acquire());
    if (!turn || stopped_.is_set()) co_return;
    if (remote.empty()) remote = connection.try_getpeername().value_or(address());
    server_client client(*this, std::move(connection), type, remote, ++last_client_,
                         make_conversation(options_.talk));
    co_await client.run();
}

// Without any descriptor left not even the text of an error can be had.
void server::note_shortage(const std::exception_ptr& why) {
    if (std::exchange(shortage_told_, true)) return;
    spare_.give();
    try {
        std::rethrow_exception(why);
    } catch (const std::exception& shortage) {
        report_.event("problem", {{"message", shortage.what()}},
                      fmt::format("{}; new clients wait", shortage.what()));
    }
    spare_.take();
}

// What is wrong with a client ends that client; this is something else.
void server::note_failure(const std::exception_ptr& why) {
    if (!failure_) failure_ = why;
    stop("failure", exit_code::failed);
}

io::task<> server::heed(io::signal_set& numbers) {
    const int first = co_await numbers.wait();
    output_.hurry();
    stop(signal_name(first), exit_code::ok);
    co_await numbers.wait();
    for (auto& one : servers_) one.cancel();
}

io::task<> server::stop_later(duration when) {
    co_await io::sleep(when);
    stop("timeout", exit_code::timed_out);
}

void server::stop(const std::string& why, exit_code code) {
    if (stopped_.is_set()) return;
    why_ = why;
    code_ = code;
    stopped_.set();
    for (auto& one : servers_) one.drain();
    const auto all = clients_;
    for (auto* one : all) one->server_stops();
}

}  // namespace priz::cli
