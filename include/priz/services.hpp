// priz/services.hpp: the names of ports and protocols, as services(5) and protocols(5) list them.
//
// Any thread may call these. Verbs that take a port take a service's name as well, and need none of
// this. Python: socket.getservbyname(), getservbyport(), getprotobyname()
#pragma once

#include <string>
#include <string_view>

#include "priz/error.hpp"
#include "priz/export.hpp"

namespace priz {

// The port of a service: `getservbyname("http", "tcp")` is 80. Without a protocol, any will do.
// Errors: error (ENOENT) where none is known.
PRIZ_API int getservbyname(std::string_view name, std::string_view protocol = {});
PRIZ_API result<int> try_getservbyname(std::string_view name,
                                       std::string_view protocol = {}) noexcept;

// The service of a port: `getservbyport(80, "tcp")` is "http". Errors: ENOENT where none is known;
// overflow_error outside 0 to 65535.
PRIZ_API std::string getservbyport(int port, std::string_view protocol = {});
PRIZ_API result<std::string> try_getservbyport(int port, std::string_view protocol = {}) noexcept;

// The number of a protocol: `getprotobyname("udp")` is 17. Errors: ENOENT where none is known.
PRIZ_API int getprotobyname(std::string_view name);
PRIZ_API result<int> try_getprotobyname(std::string_view name) noexcept;

}  // namespace priz
