#include "http/server/proxy_header.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <span>
#include <string>
#include <system_error>

#include "http/text.hpp"
#include "priz/bytes.hpp"

namespace priz::http::detail {

namespace {

using namespace std::string_view_literals;
using progress = proxy_header_read::progress;

// Without a byte that text has: no server takes it for a request.
constexpr std::string_view signature_2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view signature_1 = "PROXY "sv;

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept {
    return static_cast<unsigned char>(bytes[at]);
}
unsigned number_at(std::string_view bytes, std::size_t at) noexcept {
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

// The next word of a line of version 1; words are divided by one space.
std::string_view take_word(std::string_view& line) noexcept {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

bool is_port(std::string_view word, std::uint16_t& port) noexcept {
    const auto number = decimal(word);
    if (!number || *number > 65535 || (word.size() > 1 && word[0] == '0')) return false;
    port = static_cast<std::uint16_t>(*number);
    return true;
}

std::optional<address> ip(std::string_view word, bool is_ipv4, std::uint16_t port) noexcept {
    const auto read = is_ipv4 ? address::try_ipv4(word, port) : address::try_ipv6(word, port);
    if (!read || read->scope_id() != 0) return std::nullopt;
    return *read;
}

// "TCP4 192.0.2.1 192.0.2.2 40122 80", or the same of TCP6, or UNKNOWN and anything.
bool read_line(std::string_view line, proxy_header& told) noexcept {
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return true;
    const std::string_view family = take_word(line);
    if (family != "TCP4" && family != "TCP6") return false;
    const std::string_view from = take_word(line);
    const std::string_view to = take_word(line);
    std::uint16_t from_port = 0;
    std::uint16_t to_port = 0;
    const bool has_ports = is_port(take_word(line), from_port) && is_port(line, to_port);
    told.client = ip(from, family == "TCP4", from_port);
    return has_ports && told.client && ip(to, family == "TCP4", to_port);
}

proxy_header_read read_1(std::string_view bytes) noexcept {
    const std::size_t end = bytes.find('\n');
    if (end == bytes.npos) {
        // It goes on with at least a line's end.
        const std::size_t missing = bytes.ends_with('\r') ? 1 : 2;
        if (bytes.size() + missing > header_1_max) return {};
        return {progress::more, missing};
    }
    proxy_header_read read;
    if (end + 1 != bytes.size() || bytes[end - 1] != '\r' || end >= header_1_max) return {};
    const std::string_view line = bytes.substr(0, end - 1).substr(signature_1.size());
    if (line.find('\r') != line.npos || !read_line(line, read.header)) return {};
    read.how = progress::complete;
    return read;
}

// Type, length, value. Of what they tell, the state of the client's TLS is of interest; the
// checksum guards against what TCP guards against.
bool read_vectors(std::string_view bytes, proxy_header& told) noexcept {
    constexpr unsigned type_ssl = 0x20;
    while (!bytes.empty()) {
        if (bytes.size() < 3) return false;
        const unsigned type = byte_at(bytes, 0);
        const std::size_t size = number_at(bytes, 1);
        bytes.remove_prefix(3);
        if (bytes.size() < size) return false;
        if (type == type_ssl) {
            // A byte of flags, a number of four bytes, and vectors of its own.
            if (size < 5) return false;
            told.is_secure = (byte_at(bytes, 0) & 1) != 0;
        }
        bytes.remove_prefix(size);
    }
    return true;
}

address ipv6_at(std::string_view bytes, std::uint16_t port) noexcept {
    return address::ipv6(std::as_bytes(std::span(bytes)).first<16>(), port);
}
address ipv4_at(std::string_view bytes, std::uint16_t port) noexcept {
    return address::ipv4(number_at(bytes, 0) << 16 | number_at(bytes, 2), port);
}

// Of each family: both hosts, then both ports; of a Unix socket, two paths, which say nothing here.
bool read_addresses(unsigned family, std::string_view bytes, proxy_header& told) noexcept {
    const auto port = [&](std::size_t at) {
        return static_cast<std::uint16_t>(number_at(bytes, at));
    };
    std::size_t size = 0;
    switch (family) {
        case 0x00:
            break;
        case 0x11:
        case 0x12:  // datagrams, such as QUIC's, which the proxy has made a stream of
            size = 12;
            if (bytes.size() >= size) told.client = ipv4_at(bytes, port(8));
            break;
        case 0x21:
        case 0x22:
            size = 36;
            if (bytes.size() >= size) told.client = ipv6_at(bytes, port(32));
            break;
        case 0x31:
        case 0x32:
            size = 216;
            break;
        default:
            return false;
    }
    if (bytes.size() < size) return false;
    // Without addresses nothing says how long what stands for them is.
    return family == 0 || read_vectors(bytes.substr(size), told);
}

proxy_header_read read_2(std::string_view bytes) noexcept {
    if (bytes.size() < header_2_begins) return {progress::more, header_2_begins - bytes.size()};
    const unsigned command = byte_at(bytes, 12);
    const std::size_t size = header_2_begins + number_at(bytes, 14);
    if ((command != 0x20 && command != 0x21) || size > header_2_begins + header_2_max) return {};
    if (bytes.size() < size) return {progress::more, size - bytes.size()};
    if (bytes.size() > size) return {};
    proxy_header_read read;
    const std::string_view rest = bytes.substr(header_2_begins);
    if (command == 0x20)
        read.header.is_local = true;
    else if (!read_addresses(byte_at(bytes, 13), rest, read.header))
        return {};
    read.how = progress::complete;
    return read;
}

// A line of version 1 is looked at where it is before it is taken: what stands behind its end stays
// in the connection.
io::task<result<std::size_t>> receive_line(io::stream& from, std::string& bytes) {
    char ahead[header_1_max];
    const std::size_t room = header_1_max - bytes.size();
    const auto seen = co_await from.try_recv_into(bytes_span(ahead, room), MSG_PEEK);
    if (!seen || *seen == 0) co_return seen;
    const std::size_t end = std::string_view(ahead, *seen).find('\n');
    const std::size_t mine = end == std::string_view::npos ? *seen : end + 1;
    const std::size_t before = bytes.size();
    bytes.resize(before + mine);
    const auto came = co_await from.try_recv_exactly_into(bytes_span(bytes.data() + before, mine));
    if (!came) co_return std::unexpected(came.error());
    co_return mine;
}

io::task<result<std::size_t>> receive_bytes(io::stream& from, std::string& bytes,
                                            std::size_t missing) {
    const std::size_t before = bytes.size();
    bytes.resize(before + missing);
    const auto came =
        co_await from.try_recv_exactly_into(bytes_span(bytes.data() + before, missing));
    if (!came) co_return std::unexpected(came.error());
    co_return missing;
}

}  // namespace

proxy_header_read read_proxy_header(std::string_view bytes) noexcept {
    const auto may_become = [&](std::string_view beginning) {
        const std::size_t common = std::min(bytes.size(), beginning.size());
        return bytes.substr(0, common) == beginning.substr(0, common);
    };
    // The shortest header of either version is longer.
    if (bytes.size() < signature_2.size() && (may_become(signature_1) || may_become(signature_2)))
        return {progress::more, signature_2.size() - bytes.size()};
    if (bytes.starts_with(signature_2)) return read_2(bytes);
    return bytes.starts_with(signature_1) ? read_1(bytes) : proxy_header_read();
}

io::task<result<proxy_header>> receive_proxy_header(io::stream& connection) {
    std::string bytes;
    for (;;) {
        const proxy_header_read read = read_proxy_header(bytes);
        if (read.how == progress::failed) {
            failure why(std::make_error_code(std::errc::protocol_error), "receive_proxy_header");
            co_return std::unexpected(why);
        }
        if (read.how == progress::complete) {
            if (!read.header.is_local) {
                io::detail::compact_peer& peer = connection.native_endpoint()->peer;
                peer = {};
                if (read.header.client) peer.remember(*read.header.client);
            }
            co_return read.header;
        }
        result<std::size_t> came(0);
        if (bytes.starts_with(signature_1))
            came = co_await receive_line(connection, bytes);
        else
            came = co_await receive_bytes(connection, bytes, read.missing);
        if (!came) co_return std::unexpected(came.error());
        if (*came == 0) {
            failure why(priz::errc::end_of_stream, "receive_proxy_header");
            co_return std::unexpected(why);
        }
    }
}

}  // namespace priz::http::detail
