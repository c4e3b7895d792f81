#include "server_client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t stream_part = 64 * 1024;
constexpr std::size_t message_room = 256 * 1024;

// For a peer that takes nothing of what is left, and for one that does not end after we have.
constexpr duration progress_patience = 30;
constexpr duration close_patience = 2;

}  // namespace

server_client::server_client(server& owner, socket connection, const address& remote,
                             std::uint64_t id, std::unique_ptr<conversation> talk)
    : server_(owner),
      socket_(std::move(connection)),
      remote_(remote),
      id_(id),
      talk_(std::move(talk)),
      unsent_(socket_.type() == SOCK_SEQPACKET),
      limit_(deadline::after(talk_->time_limit())) {
    socket_.setblocking(false);
    moved();
}

server_client::~server_client() {
    if (timer_) server_.loop().cancel(*timer_);
    server_.loop().forget(socket_.fileno());
}

report& server_client::out() { return server_.out(); }

void server_client::begin() {
    out().event("connected", {{"client", id_}, {"remote", remote_.str()}},
                fmt::format("client {}: connected from {}", id_, remote_.str()));
    server_.loop().watch(socket_.fileno(), interest::none, [this](interest what) { ready(what); });
    set_timer();
    talk_->begin(*this);
    rearm();
}

void server_client::ready(interest what) {
    if (wants(what, interest::read)) receive();
    if (wants(what, interest::write)) flush();
    rearm();
}

void server_client::rearm() {
    if (state_ == state::gone) return;
    const bool room = state_ != state::talking || (!unsent_.is_full() && server_.may_read());
    server_.loop().change(socket_.fileno(),
                          (room && !peer_ended_ ? interest::read : interest::none) |
                              (unsent_.empty() ? interest::none : interest::write));
}

void server_client::receive() {
    if (state_ == state::talking && (unsent_.is_full() || !server_.may_read())) return;
    auto& buffer = server_.buffer();
    buffer.resize(socket_.type() == SOCK_STREAM ? stream_part : message_room);
    const auto count = socket_.try_recv_into(buffer);
    if (!count) return failed(count.error());
    if (*count == 0) return peer_has_ended();
    moved();
    received_ += *count;
    if (state_ == state::talking)
        talk_->received(*this, std::string_view(buffer).substr(0, *count));
}

void server_client::peer_has_ended() {
    peer_ended_ = true;
    if (state_ == state::talking) talk_->ended(*this);
    if (state_ == state::draining) drop(why_);
}

void server_client::send(std::string_view data) {
    if (state_ != state::talking) return;
    unsent_.put(data);
    flush();
}

void server_client::flush() {
    if (state_ == state::gone) return;
    const auto count = unsent_.flush(socket_);
    if (!count) return failed(count.error());
    sent_ += *count;
    if (*count > 0) moved();
    if (state_ == state::finishing && unsent_.empty()) begin_to_drain();
}

void server_client::finish(const std::string& why) {
    if (state_ != state::talking) return;
    state_ = state::finishing;
    why_ = why;
    moved();
    set_timer();
    flush();
}

void server_client::begin_to_drain() {
    state_ = state::draining;
    const auto told = socket_.try_shutdown(SHUT_WR);
    if (peer_ended_ || !told) return drop(why_);
    close_ = deadline::after(close_patience);
    set_timer();
}

void server_client::failed(const failure& why) {
    if (why.would_block() || state_ == state::gone) return;
    const bool over = state_ == state::draining;  // all was said; how the peer goes is its affair
    drop(over ? why_ : why.code().message());
}

void server_client::drop(const std::string& why) {
    if (state_ == state::gone) return;
    state_ = state::gone;
    server_.loop().forget(socket_.fileno());
    talk_->closed(*this);
    out().event(
        "disconnected",
        {{"client", id_}, {"reason", why}, {"received", received_}, {"sent", sent_}},
        fmt::format("client {}: {} ({} bytes received, {} sent)", id_, why, received_, sent_));
    server_.closed(id_);
}

void server_client::stop_server(const std::string& why) {
    drop(why);
    server_.stop(why, exit_code::ok);
}

deadline server_client::due() const {
    if (state_ == state::draining) return close_;
    return std::min(limit_, idle_);
}

// One timer. Time only grows while bytes move, so that it looks, when it expires, whether that was
// too early.
void server_client::set_timer() {
    if (timer_) server_.loop().cancel(*timer_);
    timer_.reset();
    if (state_ != state::gone && !due().is_never())
        timer_ = server_.loop().at(due(), [this] { time_is_over(); });
}

void server_client::time_is_over() {
    timer_.reset();
    if (!due().has_passed()) return set_timer();
    drop(state_ == state::draining ? why_
         : limit_.has_passed()     ? "took too long"
                                   : "idle for too long");
}

void server_client::moved() {
    if (state_ == state::finishing)
        idle_ = deadline::after(progress_patience);
    else if (server_.options().idle)
        idle_ = deadline::after(server_.options().idle);
}

}  // namespace priz::cli
