// nsswitch.hpp: where nsswitch.conf(5) says that hosts are to be sought.
#pragma once

#include <string_view>
#include <vector>

namespace priz::detail {

enum class host_source { files, dns };

struct host_sources {
    std::vector<host_source> order;
    // The line has a source other than files, dns and myhostname, or says when to stop:
    // `mdns4_minimal [NOTFOUND=return]`. `order` then means nothing.
    bool needs_libc = false;
    bool myhostname = false;
    friend bool operator==(const host_sources&, const host_sources&) = default;
};

// The `hosts:` line of the file's text; files, then dns where it has none.
host_sources parse_nsswitch(std::string_view text);

}  // namespace priz::detail
