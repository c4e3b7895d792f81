// serving.hpp: a server at work: its listener, its handlers, its end.
//
// Scopes: the handlers run in one of their own, so that draining is a deadline on it; accepting has
// one inside of that, so that it can be ended alone. A handler's frame is the only thing that a
// connection costs besides its endpoint: this class is the owner of them all, is told by each that
// it has ended, and counts.
#pragma once

#include <coroutine>
#include <exception>

#include "priz/io/cancel_scope.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "priz/io/detail/waiter.hpp"
#include "priz/io/serve.hpp"

namespace priz::io::detail {

class serving final : task_owner {
public:
    serving(server& face, const connection_handler& handler, const serve_options& options);
    serving(const serving&) = delete;
    serving& operator=(const serving&) = delete;
    ~serving();

    // Serves until the end.
    task<> run(listener from);

    // The two stages of the end, as the server object has them begin.
    void stop_accepting() noexcept { accepting_.cancel(); }
    void cut() noexcept { handlers_.cancel(); }

    // The listener is the successor's now: drains, and leaves to it who has come.
    void yield_to_successor() noexcept;
    bool has_successor() const noexcept { return has_successor_; }

private:
    // Until a handler has ended.
    class ended_wait : waiter {
    public:
        explicit ended_wait(serving& whose) noexcept : waiter(kind_of_wait), whose_(&whose) {}
        bool await_ready() const noexcept { return whose_->loop_.is_cancelled(); }
        void await_suspend(std::coroutine_handle<> self) noexcept;
        void await_resume() const noexcept {}

    private:
        friend class serving;
        static void withdraw(waiter& w) noexcept;
        static const waiter_kind kind_of_wait;

        serving* whose_;
    };

    // Until all of them have; nothing cancels this.
    class join_wait {
    public:
        explicit join_wait(serving& whose) noexcept : whose_(whose) {}
        bool await_ready() const noexcept { return whose_.counts_.active == 0; }
        void await_suspend(std::coroutine_handle<> self) noexcept { whose_.joiner_ = self; }
        void await_resume() const noexcept {}

    private:
        serving& whose_;
    };

    task<> accept_until_end(endpoint* from);
    bool is_worth_a_pause(const failure& why, int& aborted);
    bool accept_what_has_come(endpoint& from) noexcept;
    bool is_full() const noexcept;
    void start(endpoint& connection) noexcept;
    void note_failure(const std::exception_ptr& why) noexcept;
    void child_ended(std::coroutine_handle<> child, std::exception_ptr why) noexcept override;

    server& face_;
    serve_statistics& counts_;
    connection_handler handler_;
    const serve_options& options_;
    loop_core& loop_;
    bool inherits_;  // connections have TCP_NODELAY as far as they are to have it
    cancel_scope handlers_;
    cancel_scope accepting_;
    ended_wait* idle_ = nullptr;
    std::coroutine_handle<> joiner_;
    bool has_successor_ = false;
};

}  // namespace priz::io::detail
