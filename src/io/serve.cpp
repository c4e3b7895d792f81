#include "priz/io/serve.hpp"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/serving.hpp"
#include "priz/error.hpp"
#include "priz/io/event.hpp"
#include "priz/io/handover.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/service_manager.hpp"

namespace priz::io {

void server::drain() noexcept {
    if (is_draining_) return;
    is_draining_ = true;
    if (running_ != nullptr) running_->stop_accepting();
    for (detail::drain_link* at = waits_.after; at != &waits_; at = at->after) at->scope->cancel();
}

void server::cancel() noexcept {
    is_cancelled_ = true;
    drain();
    if (running_ != nullptr) running_->cut();
}

void server::link(detail::drain_link& wait) noexcept {
    if (is_draining_) wait.scope->cancel();
    wait.before = waits_.before;
    wait.after = &waits_;
    waits_.before->after = &wait;
    waits_.before = &wait;
}

serving_place::part::part(const name_or_number& given)
    : what(given.what()), text(given.text()), number(given.number()) {}

template <class As>
As serving_place::part::refer() const {
    using form = name_or_number::form;
    if (what == form::text) return As(std::string_view(text));
    return what == form::number ? As(number) : As(nullptr);
}

serving_place::serving_place(const host_port& given)
    : what_(pair{part(given.host), part(given.service)}) {}

bool serving_place::is_address() const noexcept {
    return !std::holds_alternative<listener>(what_) && !std::holds_alternative<socket>(what_);
}

listener serving_place::take(const listen_options& options) {
    if (auto* const given = std::get_if<listener>(&what_)) return std::move(*given);
    if (auto* const given = std::get_if<socket>(&what_)) return listener(std::move(*given));
    if (const auto* const exact = std::get_if<address>(&what_)) return listen(*exact, options);
    if (const auto* const text = std::get_if<std::string>(&what_)) return listen(*text, options);
    const auto& both = std::get<pair>(what_);
    return listen({both.host.refer<host>(), both.service.refer<service>()}, options);
}

namespace detail {

namespace {

constexpr double handover_limit_s = 10;

// A manager that cannot be told does not keep a server from serving.
void tell(const serve_options& options, const std::string& state) {
    if (!options.notify_service_manager) return;
    // There is nobody else to be told of it.
    static_cast<void>(try_sd_notify(state));
}

// The first signal and the second.
task<> heed(signal_set& signals, server& face) {
    co_await signals.wait();
    face.drain();
    co_await signals.wait();
    face.cancel();
}

// The manager is told that the end has begun, unless a successor goes on.
task<> announce_end(server& face, serving& work, const serve_options& options) {
    event nothing;  // the drain alone ends the wait
    co_await face.until_drain(nothing.wait());
    if (!work.has_successor()) tell(options, "STOPPING=1");
}

task<> offer(handover_point point, int descriptor, server& face, serving& work) {
    std::vector<int> all(1, descriptor);
    if (co_await face.until_drain(point.wait_successor(std::move(all)))) work.yield_to_successor();
}

task<std::optional<predecessor>> find_predecessor(const serving_place& where,
                                                  const serve_options& options) {
    if (options.handover.empty()) co_return std::nullopt;
    if (!where.is_address()) {
        failure why(errc::value_error, "serve");
        why.with_hint("hand-over is for a server that is told an address").raise();
    }
    auto found = co_await fail_after(handover_limit_s, take_over(std::string(options.handover)));
    if (found && found->listening.size() != 1) {
        failure why(errc::value_error, "serve");
        why.with_hint("the predecessor handed over more than one socket").raise();
    }
    co_return found;
}

std::string ready_state(const listener& from, bool has_predecessor) {
    std::string state = "READY=1\nSTATUS=Serving at ";
    state += from.try_getsockname().value_or(address()).str();
    if (has_predecessor) state += "\nMAINPID=" + std::to_string(::getpid());
    return state;
}

}  // namespace

task<> serve_all(serving_place where, connection_handler handler, serve_options options) {
    server unseen;
    server& face = options.control != nullptr ? *options.control : unseen;
    serving work(face, handler, options);
    std::optional<signal_set> signals;
    if (!options.signals.empty()) signals.emplace(options.signals);
    auto before = co_await find_predecessor(where, options);
    listener from = before ? listener(std::move(before->listening.front()))
                           : where.take({options.backlog, options.reuse_port});
    co_await with_scope([&](scope& helpers) -> task<> {
        if (signals) helpers.spawn(heed(*signals, face));
        if (!options.handover.empty())
            helpers.spawn(
                offer(handover_point(std::string(options.handover)), from.fileno(), face, work));
        if (before) co_await before->dismiss();
        helpers.spawn(announce_end(face, work, options));
        tell(options, ready_state(from, before.has_value()));
        co_await work.run(std::move(from));
        helpers.cancel();
    });
}

}  // namespace detail

}  // namespace priz::io
