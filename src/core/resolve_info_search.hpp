// resolve_info_search.hpp: getaddrinfo(), cut where it would wait.
#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "core/resolve_infos.hpp"
#include "core/resolve_libc.hpp"
#include "core/resolve_search.hpp"
#include "priz/resolve.hpp"

namespace priz::detail {

// Once made it is done, or needs the C library, or waits for name servers.
class info_search {
public:
    info_search(const info_query& query, const lookup& how, const char* op);
    info_search(const info_search&) = delete;
    info_search& operator=(const info_search&) = delete;

    bool is_done() const noexcept { return found_.has_value(); }

    // Name servers that have to be waited for; go_on() when they are done.
    dns_query* pending() noexcept { return hosts_ ? hosts_->pending() : nullptr; }
    void go_on();

    // Waits no longer, for this reason.
    void stop(std::error_code why) { hear(std::unexpected(why)); }

    // What only the C library can answer; null where nothing is. take_answer() when it has.
    const libc_question* for_libc() const noexcept { return needs_libc_ ? &question_ : nullptr; }
    void take_answer(libc_answer&& answer);

    // Once, when it is done.
    result<std::vector<address_info>> take() { return *std::move(found_); }

private:
    void begin();
    void begin_with_name();
    void seek(int family);
    void hear(record_result&& record);
    void hear_mapped(record_result&& v4);
    void finish(const record_result& record);
    void fail(std::error_code cause);
    void end() noexcept;

    lookup how_;
    const char* op_;
    std::string name_ = {};
    std::string port_ = {};
    libc_question question_ = {};  // its texts are these two
    bool needs_libc_ = false;
    std::vector<address_info> kinds_ = {};
    std::optional<record_result> v6_ = {};  // while IPv4 addresses are sought, to be mapped
    std::optional<host_search> hosts_ = {};
    std::optional<result<std::vector<address_info>>> found_ = {};
};

}  // namespace priz::detail
