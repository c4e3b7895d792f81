#include "server.hpp"

#include <fmt/format.h>

#include <utility>

#include "dial.hpp"
#include "support/exit_code.hpp"

namespace priz::cli {

namespace {

constexpr int accepts_a_turn = 64;
constexpr duration accept_pause = 1;

// The process or the machine has run out of something: it passes when clients leave.
bool is_shortage(std::error_code code) {
    return code == std::errc::too_many_files_open ||
           code == std::errc::too_many_files_open_in_system || code == std::errc::no_buffer_space ||
           code == std::errc::not_enough_memory;
}

}  // namespace

server::server(const server_options& options, report& out)
    : options_(options), report_(out), output_(out.out(), loop_, [this] { resume(); }) {}

void server::listen(const endpoint& where, const deadline& until) {
    for (auto& one : listen_on(where, until)) listening_.push_back(std::move(one));
}

int server::run() {
    announce();
    loop_.watch(signals_.fileno(), interest::read, [this](interest) { signalled(); });
    if (options_.run_for)
        loop_.at(deadline::after(options_.run_for),
                 [this] { stop("timeout", exit_code::timed_out); });
    for (auto& one : listening_) {
        if (one.is_datagram())
            datagrams_.push_back(std::make_unique<datagram_service>(*this, one));
        else
            loop_.watch(one.sock().fileno(), interest::read,
                        [this, &one](interest) { accept_from(one); });
    }
    for (auto& one : datagrams_) one->begin();
    const int code = loop_.run();
    output_.finish();
    return code;
}

void server::announce() {
    for (auto& one : listening_) {
        const auto* transport = transport_name(one.sock());
        const auto where = one.where().str();
        report_.event("listening", {{"transport", transport}, {"address", where}},
                      fmt::format("listening on {} {}", transport, where));
    }
}

void server::accept_from(listening& from) {
    for (int i = 0; i < accepts_a_turn && clients_.size() < options_.clients_max; ++i)
        if (!accept_one(from)) break;
    rearm_listening();
}

// False when there is none to accept now. A client that left before its turn came is no reason to
// stop.
bool server::accept_one(listening& from) {
    auto next = from.sock().try_accept();
    if (!next && next.error().would_block()) return false;
    if (!next && is_shortage(next.error().code())) return pause_accepting(next.error()), false;
    if (!next) return true;
    shortage_told_ = false;
    const auto id = ++last_client_;
    auto made = std::make_unique<server_client>(*this, std::move(next->connection), next->remote,
                                                id, make_conversation(options_.talk));
    auto& client = *clients_.emplace(id, std::move(made)).first->second;
    client.begin();
    return true;
}

void server::pause_accepting(const failure& why) {
    spare_.give();
    if (!std::exchange(shortage_told_, true))
        report_.event("problem", {{"message", why.message()}},
                      fmt::format("{}; new clients wait", why.message()));
    paused_ = true;
    loop_.at(deadline::after(accept_pause), [this] { accept_again(); });
}

void server::accept_again() {
    spare_.take();
    paused_ = false;
    rearm_listening();
}

void server::rearm_listening() {
    const bool open = !paused_ && clients_.size() < options_.clients_max;
    for (auto& one : listening_)
        if (!one.is_datagram())
            loop_.change(one.sock().fileno(), open ? interest::read : interest::none);
}

// Standard output has room again.
void server::resume() {
    for (auto& [id, client] : clients_) client->rearm();
    for (auto& one : datagrams_) one->rearm();
}

// A client may say so in the middle of its own callback: it lives until the next turn.
void server::closed(std::uint64_t client) {
    const auto found = clients_.find(client);
    dead_.push_back(std::move(found->second));
    clients_.erase(found);
    if (dead_.size() == 1) loop_.at(deadline::at(0), [this] { bury(); });
}

void server::bury() {
    dead_.clear();
    accept_again();
}

void server::stop(const std::string& why, exit_code code) {
    report_.event("stopped", {{"reason", why}}, fmt::format("stopped: {}", why));
    loop_.stop(static_cast<int>(code));
}

void server::signalled() {
    const int number = signals_.take();
    if (number == 0) return;
    output_.hurry();
    stop(signal_name(number), exit_code::ok);
}

}  // namespace priz::cli
