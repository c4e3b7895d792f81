// connect_attempts.hpp: connections to the addresses of a host, tried beside each other on a loop.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/connection_race.hpp"
#include "io/kept_arguments.hpp"
#include "priz/attempt.hpp"
#include "priz/io/connect.hpp"
#include "priz/io/event.hpp"
#include "priz/io/scope.hpp"
#include "priz/resolve.hpp"

namespace priz::io::detail {

struct loop_core;

// connect_options, kept.
struct connect_terms {
    explicit connect_terms(const connect_options& given) : options(given) {
        if (given.source_address)
            source.emplace(given.source_address->host, given.source_address->service);
        options.source_address.reset();
    }

    connect_options options;  // without its source address
    std::optional<kept_host_port> source;
};

// One attempt at one address. Errors: as connect(2), bind(2), gaierror for the source address.
task<result<stream>> connect_once(const address_info& target, const connect_terms& terms);

// The attempts that a connection_race asks for, each in a task of its own. Cancelled, they close
// their sockets.
class connect_attempts {
public:
    connect_attempts(std::span<const address_info> targets, const connect_terms& terms);

    // The first connection. On failure the cause of the last attempt to fail, or `cancelled`.
    task<std::expected<stream, std::error_code>> run();

    // Every attempt that was made, in the order of their starts; after run().
    std::vector<attempt> report() const;

private:
    struct one {
        stream connection = {};
        std::int64_t started = 0;
        std::int64_t ended = 0;
        std::error_code cause = {};
    };

    task<> drive(scope& group);
    task<> try_target(std::size_t index);

    loop_core& loop_;
    std::span<const address_info> targets_;
    const connect_terms& terms_;
    priz::detail::connection_race race_;
    std::vector<one> attempts_;
    std::error_code last_cause_ = {};
    event has_ended_;
};

}  // namespace priz::io::detail
