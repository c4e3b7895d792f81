// priz/tls/connection_info.hpp: what was agreed upon, and with whom.
//
// Values, in text: nothing here has to be parsed in order to be printed or logged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "priz/bytes.hpp"

namespace priz::tls {

// A peer's certificate. Python: SSLSocket.getpeercert()
struct certificate_info {
    std::string subject;                         // "CN=example.org,O=Example" (RFC 4514)
    std::string issuer;                          // likewise
    std::vector<std::string> subject_alt_names;  // "DNS:example.org", "IP Address:192.0.2.1", …
    std::string not_before;                      // "2026-01-31 12:00:00 UTC"
    std::string not_after;                       // likewise
    std::string serial_number;                   // hexadecimal digits
    bytes der;                                   // the certificate itself
};

struct connection_info {
    std::string version;      // "TLSv1.3", "TLSv1.2". Python: SSLSocket.version()
    std::string cipher;       // "TLS_AES_256_GCM_SHA384". Python: SSLSocket.cipher()
    std::string alpn;         // empty: none. Python: SSLSocket.selected_alpn_protocol()
    std::string server_name;  // whom the client asked for; empty: for nobody in particular
    bool is_resumed = false;  // an earlier session goes on. Python: SSLSocket.session_reused
    // None where the peer showed none, as most clients do.
    std::optional<certificate_info> peer;
};

}  // namespace priz::tls
