#include <netinet/in.h>

#include <algorithm>
#include <new>

#include "interface_name.hpp"
#include "priz/endpoint.hpp"
#include "text.hpp"

namespace priz::detail {

namespace {

constexpr const char* endpoint_operation = "parse_endpoint";
constexpr std::size_t name_max = 253;
constexpr std::size_t label_max = 63;
constexpr std::size_t service_max = 63;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Letters beyond ASCII are bytes of UTF-8; the resolver encodes them for the wire.
bool in_name(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool in_service(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

// A name whose last label is a number would be read by some as an address: `1.2.3`, `0x7f000001`.
bool ends_in_number(std::string_view name) noexcept {
    if (name.ends_with('.')) name.remove_suffix(1);
    const std::string_view label = name.substr(name.rfind('.') + 1);
    const bool hexadecimal = label.starts_with("0x") || label.starts_with("0X");
    return !label.empty() && (hexadecimal || std::ranges::all_of(label, is_digit));
}

std::string lower(std::string_view name) {
    std::string text(name);
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

}  // namespace

class endpoint_reader {
public:
    explicit endpoint_reader(std::string_view text) noexcept : text_(text) {}

    result<endpoint> read() const {
        std::string_view rest = text_;
        if (consume(rest, "tcp://")) return internet(endpoint::transport::tcp, rest);
        if (consume(rest, "udp://")) return internet(endpoint::transport::udp, rest);
        if (consume(rest, "unix:")) return unix_socket(endpoint::transport::unix_stream, rest);
        if (consume(rest, "unix-abstract:")) return unix_abstract(rest);
        if (consume(rest, "unix-dgram:")) return unix_socket(endpoint::transport::unix_dgram, rest);
        if (consume(rest, "unix-seqpacket:"))
            return unix_socket(endpoint::transport::unix_seqpacket, rest);
        if (consume(rest, "vsock:")) return vsock(rest);
        if (const auto slashes = text_.find("://"); slashes != std::string_view::npos)
            return refused(rest, "there is no scheme `" + std::string(rest.substr(0, slashes)) +
                                     "`; tcp and udp are followed by `://`");
        return internet(endpoint::transport::tcp, rest);
    }

private:
    // `part` is the piece of the text at fault, or what follows the place where one is missing.
    std::unexpected<failure> refused(std::string_view part, const std::string& why,
                                     errc cause = errc::value_error) const {
        const auto column = static_cast<std::size_t>(part.data() - text_.data()) + 1;
        return std::unexpected(refusal(cause, endpoint_operation, text_,
                                       "column " + std::to_string(column) + ": " + why));
    }

    std::unexpected<failure> passed_on(std::string_view part, const failure& why) const {
        return refused(part, why.hint(), static_cast<errc>(why.code().value()));
    }

    result<endpoint> internet(endpoint::transport way, std::string_view rest) const {
        endpoint made(way);
        const auto service = rest.starts_with('[') ? bracketed(made, rest) : plain(made, rest);
        if (!service) return std::unexpected(service.error());
        if (const auto read = read_service(made, *service); !read)
            return std::unexpected(read.error());
        if (made.port_ && !made.exact_.empty()) made.exact_ = made.exact_.with_port(*made.port_);
        if (!made.port_) made.exact_ = address{};
        return made;
    }

    // These two read the host and return what is behind its colon.
    result<std::string_view> bracketed(endpoint& made, std::string_view rest) const {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) return refused(rest, "`]` is missing behind the host");
        const std::string_view host = rest.substr(1, end - 1);
        const auto number = address::try_ipv6(host, 0);
        if (!number) return passed_on(host, number.error());
        set_number(made, *number);
        if (number->scope_id() != 0) made.host_ += '%' + interface_text(number->scope_id());
        rest.remove_prefix(end + 1);
        if (!consume(rest, ":")) return refused(rest, "`:port` is missing behind the host");
        return rest;
    }

    result<std::string_view> plain(endpoint& made, std::string_view rest) const {
        const std::size_t colon = rest.find(':');
        if (colon == std::string_view::npos) return no_port(rest);
        if (rest.rfind(':') != colon)
            return refused(rest, "an IPv6 address stands in brackets, as in [::1]:80");
        if (const auto read = read_host(made, rest.substr(0, colon)); !read)
            return std::unexpected(read.error());
        return rest.substr(colon + 1);
    }

    std::unexpected<failure> no_port(std::string_view rest) const {
        const bool number = !rest.empty() && std::ranges::all_of(rest, is_digit);
        if (!number) return refused(rest.substr(rest.size()), "`:port` is missing behind the host");
        const std::string port(rest);
        return refused(rest, "`:" + port + "` is this machine's port, `any:" + port +
                                 "` that of every interface");
    }

    result<void> read_host(endpoint& made, std::string_view host) const {
        using form = endpoint::host_form;
        const std::string name = lower(host);
        if (host.empty()) {
            made.host_form_ = form::loopback;
            made.host_ = "localhost";
        } else if (name == "any") {
            made.host_form_ = form::any;
        } else if (host == "<broadcast>") {
            set_number(made, address::ipv4(INADDR_BROADCAST, 0));
        } else if (const auto number = address::try_ipv4(host, 0)) {
            set_number(made, *number);
        } else if (ends_in_number(host)) {
            return passed_on(host, number.error());
        } else if (const auto legal = check_name(host); !legal) {
            return legal;
        } else {
            made.host_form_ = form::name;
            made.host_ = name;
        }
        return {};
    }

    static void set_number(endpoint& made, const address& number) {
        made.host_form_ = endpoint::host_form::number;
        made.host_ = number.host();
        made.exact_ = number;
    }

    result<void> check_name(std::string_view name) const {
        const auto strange = std::ranges::find_if_not(name, in_name);
        if (strange != name.end())
            return refused(name.substr(static_cast<std::size_t>(strange - name.begin())),
                           "a host name has no such character");
        if (name.size() > name_max) return refused(name, "a host name has at most 253 characters");
        while (!name.empty()) {
            const std::string_view label = take_before(name, '.');
            if (label.empty() || label.size() > label_max)
                return refused(label, "between its dots a host name has 1 to 63 characters");
            consume(name, ".");
        }
        return {};
    }

    result<void> read_service(endpoint& made, std::string_view service) const {
        const auto number = read_number(service, 0xffff);
        if (number) {
            made.port_ = static_cast<std::uint16_t>(*number);
            made.service_ = std::to_string(*number);
            return {};
        }
        if (number.error() == errc::overflow_error)
            return refused(service, "port must be 0-65535", errc::overflow_error);
        const auto strange = std::ranges::find_if_not(service, in_service);
        if (service.empty() || strange != service.end())
            return refused(service.substr(static_cast<std::size_t>(strange - service.begin())),
                           "a port is a number or a service's name");
        if (std::ranges::none_of(service, is_letter) || service.size() > service_max)
            return refused(service, "a service's name has a letter and at most 63 characters");
        made.service_ = service;
        return {};
    }

    result<std::string> decoded(std::string_view rest) const {
        auto bytes = percent_decoded(rest);
        if (bytes) return *std::move(bytes);
        return refused(rest,
                       "two hexadecimal digits are missing behind a `%`; `%25` is a percent "
                       "sign");
    }

    result<endpoint> unix_socket(endpoint::transport way, std::string_view rest) const {
        const auto path = decoded(rest);
        if (!path) return std::unexpected(path.error());
        const auto made = path->starts_with('\0') ? address::try_unix_abstract(path->substr(1))
                                                  : address::try_unix_path(*path);
        if (!made) return passed_on(rest, made.error());
        return endpoint(way, *made);
    }

    result<endpoint> unix_abstract(std::string_view rest) const {
        const auto name = decoded(rest);
        if (!name) return std::unexpected(name.error());
        const auto made = address::try_unix_abstract(*name);
        if (!made) return passed_on(rest, made.error());
        return endpoint(endpoint::transport::unix_stream, *made);
    }

    result<endpoint> vsock(std::string_view rest) const {
        const auto made = try_parse_address(text_);
        if (!made) return passed_on(rest, made.error());
        return endpoint(endpoint::transport::vsock, *made);
    }

    std::string_view text_;
};

}  // namespace priz::detail

namespace priz {

result<endpoint> try_parse_endpoint(std::string_view text) noexcept try {
    return detail::endpoint_reader(text).read();
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory(detail::endpoint_operation));
}

endpoint parse_endpoint(std::string_view text) { return value_or_throw(try_parse_endpoint(text)); }

}  // namespace priz
