#include "connect_session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "dial.hpp"
#include "support/descriptor.hpp"
#include "support/duration_text.hpp"
#include "support/exit_code.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t stream_part = 64 * 1024;
constexpr std::size_t udp_payload_max = 65507;
constexpr std::size_t message_room = 256 * 1024;

// What one read of the input may give: on sockets that keep messages apart it becomes one message.
std::size_t input_part(const socket& s) {
    return s.type() == SOCK_DGRAM && s.family() != AF_UNIX ? udp_payload_max : stream_part;
}

}  // namespace

connect_session::connect_session(socket line, const session_options& options, report& out)
    : line_(std::move(line)),
      options_(options),
      report_(out),
      output_(out.out(), loop_, [this] { rearm(); }),
      unsent_(line_.type() != SOCK_STREAM),
      keeps_messages_(line_.type() != SOCK_STREAM),
      datagrams_(line_.type() == SOCK_DGRAM) {}

int connect_session::run() {
    announce();
    loop_.watch(signals_.fileno(), interest::read, [this](interest) { signalled(); });
    loop_.watch(STDIN_FILENO, interest::read, [this](interest) { input_ready(); });
    loop_.watch(line_.fileno(), interest::read, [this](interest ready) { line_ready(ready); });
    watch_idleness();
    const int code = loop_.run();
    output_.finish();
    return code;
}

void connect_session::announce() {
    const auto local = line_.try_getsockname();
    const auto remote = line_.try_getpeername();
    const auto to = remote ? remote->str() : std::string();
    report_.event("connected",
                  {{"transport", transport_name(line_)},
                   {"local", local ? local->str() : std::string()},
                   {"remote", to}},
                  fmt::format("connected to {} {}", transport_name(line_), to));
}

void connect_session::input_ready() {
    const auto [count, error] = read_some(STDIN_FILENO, buffer_, input_part(line_));
    if (error == std::errc::operation_would_block || error == std::errc::interrupted) return;
    if (error)
        throw stop_here(exit_code::read_error, fmt::format("standard input: {}", error.message()));
    if (count == 0) return input_has_ended();
    moved();
    unsent_.put(buffer_);
    flush();
    refresh();
}

void connect_session::line_ready(interest ready) {
    if (wants(ready, interest::read)) receive();
    if (wants(ready, interest::write)) flush();
    refresh();
}

void connect_session::receive() {
    buffer_.resize(keeps_messages_ ? message_room : stream_part);
    const auto count = line_.try_recv_into(buffer_);
    if (!count && count.error().would_block()) return;
    if (!count) throw stop_here(count.error(), phase::receiving);
    if (*count == 0 && !datagrams_) return peer_has_ended();
    moved();
    received_ += *count;
    received(std::string_view(buffer_).substr(0, *count));
}

void connect_session::received(std::string_view data) {
    if (!report_.as_json()) return report_.remote(data, escaper_);
    json fields = {{"size", data.size()}};
    put_bytes(fields, data);
    report_.event("received", fields, "");
}

void connect_session::flush() {
    const auto sent = unsent_.flush(line_);
    if (!sent) throw stop_here(sent.error(), phase::sending);
    sent_ += *sent;
    if (*sent > 0) moved();
}

void connect_session::input_has_ended() {
    input_ended_ = true;
    refresh();
}

void connect_session::peer_has_ended() {
    peer_ended_ = true;
    if (is_terminal(STDIN_FILENO)) input_ended_ = true;
}

// What to wait for, and whether there is anything left to wait for, after whatever happened.
void connect_session::refresh() {
    if (input_ended_ && unsent_.empty() && !end_told_ && !peer_ended_ && !datagrams_) {
        end_told_ = true;
        // A peer that is gone already is heard of by the next receive.
        if (const auto told = line_.try_shutdown(SHUT_WR); !told) receive();
    }
    if (peer_ended_ && input_ended_ && unsent_.empty()) return finish();
    rearm();
    wait_for_a_pause();
}

void connect_session::rearm() {
    const bool read_input = !input_ended_ && !unsent_.is_full();
    const bool read_line = !peer_ended_ && !report_.out().is_full();
    loop_.change(STDIN_FILENO, read_input ? interest::read : interest::none);
    loop_.change(line_.fileno(), (read_line ? interest::read : interest::none) |
                                     (unsent_.empty() ? interest::none : interest::write));
}

// A pause of that length is the end: datagrams have no other, and an input may stay open for ever.
void connect_session::wait_for_a_pause() {
    if (waiting_) loop_.cancel(*waiting_);
    waiting_.reset();
    if (!unsent_.empty() || !(datagrams_ ? input_ended_ : peer_ended_)) return;
    const auto end = deadline::after(options_.wait.value_or(duration(1)));
    waiting_ = loop_.at(end, [this] { finish(); });
}

void connect_session::finish() {
    report_.remote(escaper_.finish());
    report_.event("ended", {{"sent", sent_}, {"received", received_}},
                  fmt::format("ended: {} bytes sent, {} received", sent_, received_));
    loop_.stop(static_cast<int>(exit_code::ok));
}

void connect_session::signalled() {
    const int number = signals_.take();
    if (number == 0) return;
    report_.event("stopped",
                  {{"reason", signal_name(number)}, {"sent", sent_}, {"received", received_}},
                  fmt::format("stopped by {}", signal_name(number)));
    output_.hurry();
    loop_.stop(128 + number);
}

void connect_session::moved() {
    if (options_.idle) idle_until_ = deadline::after(options_.idle);
}

// One timer, which looks when it expires whether it has become too early.
void connect_session::watch_idleness() {
    if (!options_.idle) return;
    if (idle_until_.is_never()) moved();
    loop_.at(idle_until_, [this] {
        if (!idle_until_.has_passed()) return watch_idleness();
        throw stop_here(exit_code::timed_out,
                        fmt::format("nothing moved for {}", duration_text(*options_.idle)));
    });
}

}  // namespace priz::cli
