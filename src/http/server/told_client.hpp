// told_client.hpp: whose a request is, as the proxies say that it came through: Forwarded (RFC
// 7239) and X-Forwarded-For.
//
// Each proxy appends what it knows of the one before it. So the list is read from its end, and as
// far as the one who wrote an element is trusted: further to the left stands what anybody may have
// sent.
#pragma once

#include <optional>
#include <string_view>

#include "http/server/networks.hpp"
#include "priz/address.hpp"
#include "priz/http/field.hpp"
#include "priz/http/trusted_proxies.hpp"

namespace priz::http::detail {

struct told_client {
    address who;                         // empty: it is hidden, or not known
    std::optional<bool> is_secure = {};  // nothing: not told
};

struct told_client_read {
    bool is_good = true;                     // false: a field that is none
    std::optional<told_client> client = {};  // nothing: no proxy says anything
};

// For a request whose connection is a trusted proxy's.
told_client_read read_told_client(const field_list& fields, trusted_proxies::client_field which,
                                  const networks& trusted);

}  // namespace priz::http::detail
