#include "priz/endpoint.hpp"

#include "text.hpp"

namespace priz {

namespace {

using transport = endpoint::transport;

std::string unix_text(const endpoint& e) {
    const address& at = *e.exact();
    const bool marked = at.is_unix_abstract() && e.via() != transport::unix_stream;
    return std::string(e.scheme()) + (marked ? ":%00" : ":") + detail::percent_encoded(at.path());
}

std::string internet_text(const endpoint& e) {
    std::string host = e.host_text();
    if (e.is_any()) host = "any";
    if (e.is_loopback()) host.clear();
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    return std::string(e.scheme()) + "://" + host + ':' + e.service_text();
}

}  // namespace

const char* endpoint::scheme() const noexcept {
    switch (transport_) {
        case transport::tcp:
            return "tcp";
        case transport::udp:
            return "udp";
        case transport::unix_stream:
            return exact_.is_unix_abstract() ? "unix-abstract" : "unix";
        case transport::unix_dgram:
            return "unix-dgram";
        case transport::unix_seqpacket:
            return "unix-seqpacket";
        case transport::vsock:
            break;
    }
    return "vsock";
}

int endpoint::family() const noexcept {
    if (host_form_ == host_form::number)
        return host_.find(':') == std::string::npos ? AF_INET : AF_INET6;
    return exact_.family();
}

int endpoint::type() const noexcept {
    switch (transport_) {
        case transport::udp:
        case transport::unix_dgram:
            return SOCK_DGRAM;
        case transport::unix_seqpacket:
            return SOCK_SEQPACKET;
        case transport::tcp:
        case transport::unix_stream:
        case transport::vsock:
            break;
    }
    return SOCK_STREAM;
}

std::string endpoint::str() const {
    if (host_form_ != host_form::none) return internet_text(*this);
    return transport_ == transport::vsock ? exact_.str() : unix_text(*this);
}

bool operator==(const endpoint& a, const endpoint& b) noexcept {
    return a.transport_ == b.transport_ && a.host_form_ == b.host_form_ && a.host_ == b.host_ &&
           a.service_ == b.service_ && a.exact_ == b.exact_;
}

std::size_t hash_value(const endpoint& a) noexcept {
    const std::hash<std::string> hash;
    const std::size_t text = hash(a.host_text()) * 31 + hash(a.service_text());
    return (text * 31 + static_cast<std::size_t>(a.via())) * 31 +
           (a.exact() != nullptr ? hash_value(*a.exact()) : std::size_t{a.is_any()});
}

}  // namespace priz
