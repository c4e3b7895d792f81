#include "server_client.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "server.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t message_room = 256 * 1024;

// For a peer that takes nothing of what is left, and for one that does not end after we have.
constexpr duration progress_patience = 30;
constexpr duration close_patience = 2;

}  // namespace

server_client::server_client(server& owner, io::stream connection, int type, const address& remote,
                             std::uint64_t id, std::unique_ptr<conversation> talk)
    : server_(owner),
      line_(std::move(connection)),
      type_(type),
      remote_(remote),
      id_(id),
      talk_(std::move(talk)),
      unsent_(type == SOCK_SEQPACKET),
      limit_(deadline::after(talk_->time_limit())) {
    server_.joined(*this);
    moved();
}

server_client::~server_client() { server_.left(*this); }

report& server_client::out() { return server_.out(); }

io::task<> server_client::run() {
    out().event("connected", {{"client", id_}, {"remote", remote_.str()}},
                fmt::format("client {}: connected from {}", id_, remote_.str()));
    co_await io::with_scope([this](io::scope& group) -> io::task<> {
        tasks_ = &group;
        group.spawn(send_all());
        if (!due().is_never()) look_at_time();
        talk_->begin(*this);
        co_await receive_all();
    });
    tasks_ = nullptr;
    if (is_quiet_) co_return;
    talk_->closed(*this);
    out().event(
        "disconnected",
        {{"client", id_}, {"reason", why_}, {"received", received_}, {"sent", sent_}},
        fmt::format("client {}: {} ({} bytes received, {} sent)", id_, why_, received_, sent_));
}

// Receiving.

io::task<> server_client::receive_all() {
    const auto packet = type_ == SOCK_SEQPACKET
                            ? std::make_unique_for_overwrite<char[]>(message_room)
                            : std::unique_ptr<char[]>();
    while (state_ != state::gone && !peer_ended_) {
        if (state_ == state::talking) co_await wait_for_room();
        if (packet) {
            const auto count = co_await line_.try_recv_into(bytes_span(packet.get(), message_room));
            if (!count) co_return failed(count.error());
            received({packet.get(), *count});
        } else {
            const auto data = co_await line_.try_recv();
            if (!data) co_return failed(data.error());
            received(data->text());
        }
    }
}

// Nothing is read while the answers wait, or what was read.
io::task<> server_client::wait_for_room() {
    while (state_ == state::talking && (unsent_.is_full() || !server_.may_read())) {
        if (unsent_.is_full()) {
            room_.clear();
            co_await room_.wait();
        } else {
            co_await server_.wait_for_room();
        }
    }
}

void server_client::received(std::string_view data) {
    if (data.empty()) return peer_has_ended();
    moved();
    received_ += data.size();
    if (state_ == state::talking) talk_->received(*this, data);
}

void server_client::peer_has_ended() {
    peer_ended_ = true;
    if (state_ == state::talking) talk_->ended(*this);
    if (state_ == state::draining) drop(why_);
}

// Sending.

void server_client::send(std::string_view data) {
    if (state_ != state::talking) return;
    unsent_.put(data);
    wanted_.set();
}

io::task<> server_client::send_all() {
    for (;;) {
        while (unsent_.empty() && state_ == state::talking) {
            wanted_.clear();
            co_await wanted_.wait();
        }
        if (unsent_.empty()) break;
        const auto part = unsent_.take();
        std::string_view rest = part;
        do {
            const auto count = co_await line_.try_send(rest);
            if (!count) co_return failed(count.error());
            rest.remove_prefix(*count);
            sent_ += *count;
            unsent_.sent(*count);
            moved();
            room_.set();
        } while (!rest.empty());
    }
    if (state_ == state::gone) co_return;
    state_ = state::draining;
    const auto told = co_await line_.try_shutdown(SHUT_WR);
    if (peer_ended_ || !told) co_return drop(why_);
    close_ = deadline::after(close_patience);
    look_at_time();
}

// The end.

void server_client::finish(const std::string& why) {
    if (state_ != state::talking) return;
    state_ = state::finishing;
    why_ = why;
    moved();
    look_at_time();
    wanted_.set();
    room_.set();
}

void server_client::failed(const failure& why) {
    if (why.code() == errc::cancelled || state_ == state::gone) return;
    const bool over = state_ == state::draining;  // all was said; how the peer goes is its affair
    drop(over ? why_ : why.code().message());
}

void server_client::drop(const std::string& why) {
    if (state_ == state::gone) return;
    state_ = state::gone;
    why_ = why;
    tasks_->cancel();
}

void server_client::stop_server(const std::string& why) {
    drop(why);
    server_.stop(why, exit_code::ok);
}

void server_client::server_stops() {
    if (state_ == state::gone || tasks_ == nullptr) return;
    is_quiet_ = true;
    if (state_ != state::talking) return;
    if (unsent_.size() != 0 || has_unread()) return finish(why_);
    drop(why_);
}

// What to close now would make a reset of, which could destroy answers on their way.
bool server_client::has_unread() const noexcept {
    int count = 0;
    return ::ioctl(line_.fileno(), FIONREAD, &count) == 0 && count > 0;
}

// Time.

deadline server_client::due() const {
    if (state_ == state::draining) return close_;
    return std::min(limit_, idle_);
}

void server_client::look_at_time() {
    changed_.set();
    if (!is_watched_) tasks_->spawn(watch_time());
    is_watched_ = true;
}

// Time only grows while bytes move, so that it looks, when it expires, whether that was too early.
io::task<> server_client::watch_time() {
    for (;;) {
        changed_.clear();
        co_await io::move_on_at(due(), changed_.wait());
        if (due().has_passed()) break;
    }
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
