#include "priz/tls/engine.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "tls/causes.hpp"
#include "tls/session.hpp"

namespace priz::tls {

namespace detail {

class engine_state final : public wire {
public:
    std::ptrdiff_t receive(void* target, std::size_t size) noexcept override {
        const std::size_t count = std::min(size, in.size() - taken);
        if (count == 0) return has_ended ? 0 : -EAGAIN;
        std::memcpy(target, in.data() + taken, count);
        taken += count;
        return static_cast<std::ptrdiff_t>(count);
    }
    std::ptrdiff_t send(const void* source, std::size_t size) noexcept override try {
        out.append(static_cast<const char*>(source), size);
        return static_cast<std::ptrdiff_t>(size);
    } catch (const std::bad_alloc&) {
        return -ENOMEM;
    }

    // All that was fed is taken: nobody else waits for their turn.
    std::ptrdiff_t read(void* target, std::size_t size, bool looks_only) noexcept {
        std::ptrdiff_t outcome = -EAGAIN;
        do outcome = tls->read(target, size, looks_only);
        while (outcome == -EAGAIN && tls->has_more_to_take());
        return outcome;
    }

    void feed(bytes_view encrypted) {
        in.erase(0, taken);
        taken = 0;
        in += encrypted.text();
    }

    bytes in;
    std::size_t taken = 0;  // of in
    bool has_ended = false;
    bytes out;
    std::unique_ptr<session> tls;
};

}  // namespace detail

using detail::engine_state;

namespace {

result<std::unique_ptr<engine_state>> make(const context& with, detail::session_options options) {
    auto state = std::make_unique<engine_state>();
    auto over = detail::session::make(with.native_state(), std::move(options), *state, "engine");
    if (!over) return std::unexpected(over.error());
    state->tls = *std::move(over);
    return state;
}

}  // namespace

engine::engine(std::unique_ptr<engine_state> state) noexcept : state_(std::move(state)) {}
engine::engine(engine&&) noexcept = default;
engine& engine::operator=(engine&&) noexcept = default;
engine::~engine() = default;

result<engine> engine::try_client(const context& with, std::string_view server_name) noexcept try {
    auto made = make(with, {.server_name = std::string(server_name)});
    if (!made) return std::unexpected(made.error());
    return engine(*std::move(made));
} catch (const std::bad_alloc&) {
    return detail::no_memory("engine");
}

result<engine> engine::try_server(const context& with) noexcept try {
    auto made = make(with, {.is_server = true});
    if (!made) return std::unexpected(made.error());
    return engine(*std::move(made));
} catch (const std::bad_alloc&) {
    return detail::no_memory("engine");
}

engine engine::client(const context& with, std::string_view server_name) {
    return value_or_throw(try_client(with, server_name));
}

engine engine::server(const context& with) { return value_or_throw(try_server(with)); }

result<void> engine::try_feed(bytes_view encrypted) noexcept try {
    state_->feed(encrypted);
    return {};
} catch (const std::bad_alloc&) {
    return detail::no_memory("feed");
}

void engine::feed(bytes_view encrypted) { value_or_throw(try_feed(encrypted)); }

void engine::feed_eof() noexcept { state_->has_ended = true; }

bytes engine::take() noexcept { return std::exchange(state_->out, bytes()); }

bool engine::has_output() const noexcept { return !state_->out.empty(); }

result<bool> engine::try_do_handshake() noexcept {
    const int outcome = state_->tls->handshake();
    if (outcome == 0) return true;
    if (outcome == -EAGAIN) return false;
    return std::unexpected(state_->tls->why(-outcome, "do_handshake"));
}

bool engine::do_handshake() { return value_or_throw(try_do_handshake()); }

result<std::optional<std::size_t>> engine::try_read(bytes_span target) noexcept {
    using count_or_none = std::optional<std::size_t>;
    if (target.empty()) return count_or_none(0);
    const std::ptrdiff_t outcome = state_->read(target.data(), target.size(), false);
    if (outcome == -EAGAIN) return count_or_none();
    if (outcome < 0) return std::unexpected(state_->tls->why(static_cast<int>(-outcome), "read"));
    return count_or_none(static_cast<std::size_t>(outcome));
}

std::optional<std::size_t> engine::read(bytes_span target) {
    return value_or_throw(try_read(target));
}

result<void> engine::try_write(bytes_view source) noexcept {
    while (!source.empty()) {
        const std::ptrdiff_t outcome = state_->tls->write(source.data(), source.size());
        if (outcome < 0)
            return std::unexpected(state_->tls->why(static_cast<int>(-outcome), "write"));
        source = source.subview(static_cast<std::size_t>(outcome));
    }
    return {};
}

void engine::write(bytes_view source) { value_or_throw(try_write(source)); }

result<bool> engine::try_unwrap() noexcept {
    if (const int outcome = state_->tls->end_writing(); outcome != 0)
        return std::unexpected(state_->tls->why(-outcome, "unwrap"));
    char one = 0;
    const std::ptrdiff_t outcome = state_->read(&one, sizeof one, true);
    if (outcome == 0) return true;
    if (outcome == -EAGAIN) return false;
    if (outcome < 0) return std::unexpected(state_->tls->why(static_cast<int>(-outcome), "unwrap"));
    return std::unexpected(
        failure(errc::protocol_error, "unwrap").with_hint("the peer has sent data instead"));
}

bool engine::unwrap() { return value_or_throw(try_unwrap()); }

bytes engine::rest() noexcept {
    bytes all = std::exchange(state_->in, bytes());
    all.erase(0, std::exchange(state_->taken, 0));
    return all;
}

connection_info engine::info() const { return state_->tls->info(); }

}  // namespace priz::tls
