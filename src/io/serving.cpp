#include "io/serving.hpp"

#include <cerrno>
#include <utility>

#include "io/accept_error.hpp"
#include "io/is_cancellation.hpp"
#include "io/socket_calls.hpp"
#include "priz/error.hpp"

namespace priz::io::detail {

namespace {

// A network that fails this often in a row is waited for like descriptors that have run out.
constexpr int aborted_in_a_row_max = 16;
constexpr int backlog_max = 4096;

// A scope around what is left of a coroutine.
class inside_of {
public:
    inside_of(cancel_scope& around, loop_core& loop) noexcept : around_(around) {
        around.enter(loop);
    }
    inside_of(const inside_of&) = delete;
    inside_of& operator=(const inside_of&) = delete;
    ~inside_of() { around_.leave(); }

private:
    cancel_scope& around_;
};

}  // namespace

serving::serving(server& face, const connection_handler& handler, const serve_options& options)
    : face_(face),
      counts_(face.counts_),
      handler_(handler),
      options_(options),
      loop_(this_loop_core()),
      inherits_(!options.nodelay) {
    if (face.running_ != nullptr) {
        failure why(errc::value_error, "serve");
        why.with_hint("the server object belongs to a server that runs").raise();
    }
    if (!options.drain_timeout.is_valid() || options.drain_timeout < duration()) {
        failure why(errc::value_error, "serve");
        why.with_hint("drain_timeout is a number of seconds, 0 or more").raise();
    }
    counts_ = {};
    face.running_ = this;
    if (face.is_draining_) stop_accepting();
    if (face.is_cancelled_) cut();
}

serving::~serving() {
    face_.running_ = nullptr;
    face_.where_ = {};
}

task<> serving::run(listener from) {
    if (!inherits_) set_nodelay(*from.native_endpoint());
    face_.where_ = from.try_getsockname().value_or(address());
    handlers_.enter(loop_);
    std::exception_ptr error;
    try {
        co_await accept_until_end(from.native_endpoint());
        if (!has_successor_) accept_what_has_come(*from.native_endpoint());
    } catch (...) {
        error = std::current_exception();
        handlers_.cancel();
        face_.drain();
    }
    from.reset();
    handlers_.set_deadline(after_on_this_loop(options_.drain_timeout));
    co_await join_wait(*this);
    handlers_.leave();
    if (error != nullptr) std::rethrow_exception(error);
}

task<> serving::accept_until_end(endpoint* from) {
    const inside_of here(accepting_, loop_);
    int aborted = 0;
    while (!loop_.is_cancelled()) {
        if (!inherits_) inherits_ = accept_what_has_come(*from);
        if (is_full()) {
            ++counts_.held;
            co_await ended_wait(*this);
            continue;
        }
        auto next = co_await trying<accept_wait>(from);
        if (next) {
            aborted = 0;
            start(**next);
        } else if (next.error().code() != errc::cancelled &&
                   is_worth_a_pause(next.error(), aborted)) {
            co_await move_on_after(shortage_pause_s, ended_wait(*this));
        }
    }
    if (!accepting_.is_cancelled()) failure(errc::cancelled, "serve").raise();
}

// Whether to wait for better times before accept() is called again; throws when there are none.
bool serving::is_worth_a_pause(const failure& why, int& aborted) {
    switch (meaning_of_accept(why.code().value())) {
        case accept_error::connection_is_gone:
            ++counts_.aborted;
            return ++aborted > aborted_in_a_row_max;
        case accept_error::shortage:
            ++counts_.shortages;
            options_.on_shortage(std::make_exception_ptr(error(why)));
            return true;
        case accept_error::fatal:
            break;
    }
    why.raise();
}

// Takes what is in the backlog; true when that is empty. At the end, because for its peer a
// connection there has been made, and closing the listener would reset it; at the beginning,
// because it was made before the listener had an option to inherit.
bool serving::accept_what_has_come(endpoint& from) noexcept {
    for (int left = backlog_max; left > 0 && !is_full(); --left) {
        endpoint* made = nullptr;
        const int error = -accept_now(from, made);
        if (error == 0)
            start(*made);
        else if (meaning_of_accept(error) == accept_error::connection_is_gone)
            ++counts_.aborted;
        else
            return error == EAGAIN;
    }
    return false;
}

bool serving::is_full() const noexcept {
    return options_.connections_max && counts_.active >= *options_.connections_max;
}

void serving::start(endpoint& connection) noexcept {
    ++counts_.accepted;
    if (!inherits_) set_nodelay(connection);
    try {
        // The frame has the connection from here on, and this has the frame.
        const auto frame = handler_.serve(handler_.handler, connection).release();
        frame.promise().set_owner(*this);
        ++counts_.active;
        loop_.ready.push(frame, &handlers_);
    } catch (...) {
        note_failure(std::current_exception());
    }
}

void serving::note_failure(const std::exception_ptr& why) noexcept {
    ++counts_.failed;
    options_.on_error(why);
}

void serving::child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept {
    child.destroy();
    --counts_.active;
    if (why != nullptr) {
        if (handlers_.ends_waits() && is_cancellation(why))
            ++counts_.cut;
        else
            note_failure(why);
    }
    if (idle_ != nullptr) loop_.make_ready(*std::exchange(idle_, nullptr));
    if (counts_.active == 0 && joiner_ != nullptr)
        loop_.ready.push(std::exchange(joiner_, nullptr), &handlers_);
}

void serving::yield_to_successor() noexcept {
    has_successor_ = true;
    face_.drain();
}

constexpr waiter_kind serving::ended_wait::kind_of_wait{nullptr, withdraw};

void serving::ended_wait::await_suspend(std::coroutine_handle<> self) noexcept {
    whose_->loop_.park(*this, self);
    whose_->idle_ = this;
}

void serving::ended_wait::withdraw(waiter& w) noexcept {
    serving& whose = *static_cast<ended_wait&>(w).whose_;
    whose.idle_ = nullptr;
    whose.loop_.make_ready_unlinked(w);
}

}  // namespace priz::io::detail
