// SOCKS5 (RFC 1928), and a user's name and password (RFC 1929). A name goes to the proxy as it is,
// or is refused where it is too long for it: it is never looked up here instead.
#include <arpa/inet.h>

#include <array>
#include <cstring>

#include "http/client/dial.hpp"
#include "http/client/told.hpp"
#include "priz/http/errc.hpp"
#include "priz/io/resolve.hpp"

namespace priz::http::detail {

namespace {

constexpr unsigned char socks_version = 5;
constexpr unsigned char no_authentication = 0;
constexpr unsigned char by_password = 2;
constexpr std::size_t name_max = 255;

char byte(std::size_t value) noexcept {
    return static_cast<char>(static_cast<unsigned char>(value));
}

const char* reply_text(unsigned char reply) noexcept {
    switch (reply) {
        case 1:
            return "general failure";
        case 2:
            return "connections there are not allowed";
        case 3:
            return "network unreachable";
        case 4:
            return "host unreachable";
        case 5:
            return "connection refused";
        case 6:
            return "TTL expired";
        case 7:
            return "command not supported";
        case 8:
            return "address type not supported";
        default:
            return "it breaks the protocol";
    }
}

void append_port(std::string& out, std::uint16_t port) {
    out += byte(port >> 8U);
    out += byte(port & 0xffU);
}

// The address as the protocol writes it: its type, and its bytes.
std::string address_bytes(const std::string& host) {
    std::array<unsigned char, 16> bytes;
    std::string out;
    if (::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) {
        out += byte(1);
        return out.append(reinterpret_cast<const char*>(bytes.data()), 4);
    }
    if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) {
        out += byte(4);
        return out.append(reinterpret_cast<const char*>(bytes.data()), 16);
    }
    if (host.empty() || host.size() > name_max)
        refuse(priz::errc::value_error, host, "a host's name has 1 to 255 bytes in SOCKS5");
    out += byte(3);
    out += byte(host.size());
    return out + host;
}

io::task<> authenticate(io::stream& over, const http::proxy& which) {
    std::string out;
    out += byte(1);
    out += byte(which.username->size());
    out += *which.username;
    out += byte(which.password.size());
    out += which.password;
    co_await over.sendall(out);
    std::array<unsigned char, 2> answer{};
    co_await over.recv_exactly_into(answer);
    if (answer[1] != 0) refuse(errc::proxy_refused, which.host, "wrong user or password");
}

}  // namespace

io::task<> ask_socks(io::stream& over, http::proxy which, std::string host, std::uint16_t port) {
    if (which.how == proxy::kind::socks5) {
        const auto found = co_await io::getaddrinfo(host, port, AF_UNSPEC, SOCK_STREAM);
        host = found.front().address.host();
    }
    std::string out;
    out += byte(socks_version);
    out += byte(which.username ? 2 : 1);
    out += byte(no_authentication);
    if (which.username) out += byte(by_password);
    co_await over.sendall(out);
    std::array<unsigned char, 2> chosen{};
    co_await over.recv_exactly_into(chosen);
    if (chosen[0] != socks_version) refuse(errc::proxy_refused, which.host, "it is not SOCKS5");
    if (chosen[1] == by_password && which.username)
        co_await authenticate(over, which);
    else if (chosen[1] != no_authentication)
        refuse(errc::proxy_refused, which.host, "it wants another authentication");

    out.clear();
    out += byte(socks_version);
    out += byte(1);  // CONNECT
    out += byte(0);
    out += address_bytes(host);
    append_port(out, port);
    co_await over.sendall(out);

    std::array<unsigned char, 4> reply{};
    co_await over.recv_exactly_into(reply);
    if (reply[0] != socks_version || reply[1] != 0)
        refuse(errc::proxy_refused, host, reply_text(reply[0] == socks_version ? reply[1] : 0));
    std::array<unsigned char, name_max + 2> bound{};
    std::size_t size = 2;  // the port
    if (reply[3] == 1) {
        size += 4;
    } else if (reply[3] == 4) {
        size += 16;
    } else if (reply[3] == 3) {
        co_await over.recv_exactly_into(bytes_span(bound.data(), 1));
        size += bound[0];
    } else {
        refuse(errc::proxy_refused, host, reply_text(0));
    }
    co_await over.recv_exactly_into(bytes_span(bound.data(), size));
}

}  // namespace priz::http::detail
