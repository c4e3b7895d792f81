// server_state.hpp: what the connections of a server have in common.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/networks.hpp"
#include "http/server/router.hpp"
#include "http/server/told_client.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/server.hpp"

namespace priz::http::detail {

// What a connection needs while requests are under way; a connection that is idle has none.
struct workspace {
    explicit workspace(const limits& most) : places(most.fields), parser(places, most) {}

    std::vector<field_place> places;
    request_parser parser;
    std::string out;                 // replies that have not been sent
    std::vector<field_view> fields;  // of the reply being written
    // The request that is answered: replies may refer to it until they are sent.
    std::optional<request> asked;
    // Whose it is, where the connection is a trusted proxy's and it says that.
    std::optional<told_client> client;
};

// What is known of a connection from its beginning on.
struct connection_facts {
    bool is_secure = false;
    bool is_of_proxy = false;  // that is trusted: what its requests say of their clients counts
};

class server_state {
public:
    explicit server_state(server_options given)
        : options(std::move(given)), trusted(options.proxies.networks) {}

    // Counts it, and tells the observer.
    void note(refusal why);

    const server_options options;
    const networks trusted;
    router routes;

    // Several loops count.
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> late{0};
    std::atomic<std::uint64_t> failed{0};
};

// The same for the connections of one loop.
class loop_state {
public:
    loop_state(server_state& of, io::server* accepting) noexcept : server(of), accepts(accepting) {}
    loop_state(const loop_state&) = delete;
    loop_state& operator=(const loop_state&) = delete;
    ~loop_state() = default;

    std::unique_ptr<workspace> take_workspace();
    void give_back(std::unique_ptr<workspace> used) noexcept;
    // "Tue, 01 Dec 2026 00:00:00 GMT", within a second.
    std::string_view date();
    bool is_draining() const noexcept { return accepts != nullptr && accepts->is_draining(); }

    server_state& server;
    io::server* accepts;  // null: a connection by itself

private:
    static constexpr std::size_t kept_max = 64;

    std::vector<std::unique_ptr<workspace>> free_;
    std::string date_;
    std::int64_t date_until_ = 0;  // nanoseconds of the loop's clock
};

}  // namespace priz::http::detail
