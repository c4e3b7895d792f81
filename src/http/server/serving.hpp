// serving.hpp: what the connections of HTTP/1 and HTTP/2 do alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/server/server_state.hpp"
#include "priz/http/handler.hpp"
#include "priz/io/stream.hpp"

namespace priz::http::detail {

// How long a connection that is over is kept, so that what is still on its way to the client
// arrives: to close at once would reset it where bytes come that nobody receives.
inline constexpr double linger_time = 2;
// How much of a request's content that no handler has read is received in order to keep the
// connection, or to let the client notice its answer.
inline constexpr std::uint64_t skipped_max = std::uint64_t{64} * 1024;

// What a reply without a type of its own has.
inline constexpr std::string_view text_type = "text/plain; charset=utf-8";

// Whether a reply of that status has content at all, to whichever method.
bool may_have_content(int status) noexcept;

// What answers where no handler does.
reply reply_without_handler(const router::found& found);

// The reply to what a handler has thrown, in the catch block of that: cancellations go on.
reply reply_of_error(server_state& of, const request& r);

// What a head is refused for that is answered so.
inline refusal refusal_of(int status) noexcept {
    return status == 414 || status == 431 ? refusal::too_long : refusal::bad_request;
}

// Which hosts a connection may be asked for (server_options::hosts).
class host_rule {
public:
    host_rule(const server_options& options, io::stream& connection) noexcept
        : options_(options), connection_(connection) {}

    // `host` as the client gave it, with a port or without; empty: it gave none.
    bool allows(std::string_view host) {
        if (!host.empty() && host == last_) return true;
        if (!looks_at(host)) return false;
        // Of a length that needs no memory.
        if (host.size() <= remembered_max) last_ = host;
        return true;
    }

private:
    static constexpr std::size_t remembered_max = 15;

    bool looks_at(std::string_view host);

    const server_options& options_;
    io::stream& connection_;
    std::optional<bool> is_loopback_;  // our end; not asked yet
    std::string last_;                 // that was allowed
};

}  // namespace priz::http::detail
