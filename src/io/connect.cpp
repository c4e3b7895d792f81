#include "priz/io/connect.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "core/connect_targets.hpp"
#include "core/destination.hpp"
#include "io/connect_attempts.hpp"
#include "io/look_up.hpp"
#include "io/told.hpp"
#include "priz/io/detail/loop_core.hpp"

namespace priz::io {

using priz::detail::destination;

namespace {

constexpr const char* op = "connect";

using targets_or_failure = result<std::vector<address_info>>;

task<targets_or_failure> targets_of(const destination& to, const resolver* through) {
    if (to.what == destination::kind::exact)
        co_return std::vector{
            address_info{.family = to.exact.family(), .type = to.type, .address = to.exact}};
    detail::question asked(to.name, to.port);
    asked.type = to.type;
    co_return co_await detail::look_up(asked, through, op);
}

// With a single address there is nothing to race.
task<result<stream>> connect_to_only(const address_info& target,
                                     const detail::connect_terms& terms) {
    auto& loop = detail::this_loop_core();
    const std::int64_t began = loop.now();
    auto made = co_await detail::connect_once(target, terms);
    if (made) co_return made;
    const std::array all{attempt{target.address, made.error().code(),
                                 duration::from_nanoseconds(loop.now() - began)}};
    co_return std::unexpected(failure(made.error()).with_attempts(all));
}

task<result<stream>> connect_to_any(std::span<const address_info> targets, const destination& to,
                                    const detail::connect_terms& terms) {
    detail::connect_attempts attempts(targets, terms);
    auto winner = co_await attempts.run();
    if (winner) co_return *std::move(winner);
    co_return std::unexpected(
        priz::detail::connect_failure(winner.error(), op, to, attempts.report()));
}

task<result<stream>> connect_to(const destination& to, const detail::connect_terms& terms) {
    const auto sane = priz::detail::check_duration(terms.options.attempt_delay, op);
    if (!sane) co_return std::unexpected(sane.error());
    if (detail::is_cancelled_here())
        co_return std::unexpected(failure(errc::cancelled, op).with_subject(to.text));
    if (to.type == SOCK_DGRAM) {
        failure why(errc::value_error, op);
        co_return std::unexpected(
            why.with_subject(to.text).with_hint("datagrams have no connections: see "
                                                "io::connect_datagram"));
    }
    auto targets = co_await targets_of(to, terms.options.through);
    if (!targets) co_return std::unexpected(targets.error());
    if (targets->size() == 1) co_return co_await connect_to_only(targets->front(), terms);
    if (terms.options.race) targets = priz::detail::interleaved(*targets);
    co_return co_await connect_to_any(*targets, to, terms);
}

task<result<stream>> connect_to_place(detail::kept_place remote, detail::connect_terms terms) {
    const address_like where = remote.get();
    try {
        std::optional<endpoint> read;
        std::optional<destination> to;
        switch (where.what()) {
            case address_like::form::address:
                to = destination::of(where.exact());
                break;
            case address_like::form::host_port:
                to = destination::of(where.host_part(), where.service_part());
                break;
            case address_like::form::text: {
                auto parsed = try_parse_endpoint(where.text());
                if (!parsed) co_return std::unexpected(parsed.error());
                to = destination::of(read.emplace(*std::move(parsed)));
            }
        }
        co_return co_await connect_to(*to, terms);
    } catch (...) {
        co_return std::unexpected(detail::failure_told(op));
    }
}

task<result<stream>> connect_to_endpoint(endpoint remote, detail::connect_terms terms) {
    try {
        const destination to = destination::of(remote);
        co_return co_await connect_to(to, terms);
    } catch (...) {
        co_return std::unexpected(detail::failure_told(op));
    }
}

task<stream> or_throw(task<result<stream>> tried) {
    auto made = co_await std::move(tried);
    co_return value_or_throw(std::move(made));
}

}  // namespace

task<result<stream>> try_connect(const address_like& remote, const connect_options& options) {
    return connect_to_place(remote, detail::connect_terms(options));
}

task<result<stream>> try_connect(const host& name, const service& port,
                                 const connect_options& options) {
    return try_connect(address_like(name, port), options);
}

task<result<stream>> try_connect(const endpoint& remote, const connect_options& options) {
    return connect_to_endpoint(remote, detail::connect_terms(options));
}

task<stream> connect(const address_like& remote, const connect_options& options) {
    return or_throw(try_connect(remote, options));
}

task<stream> connect(const host& name, const service& port, const connect_options& options) {
    return or_throw(try_connect(name, port, options));
}

task<stream> connect(const endpoint& remote, const connect_options& options) {
    return or_throw(try_connect(remote, options));
}

}  // namespace priz::io
