#include <new>

#include "address_layout.hpp"
#include "interface_name.hpp"
#include "priz/address.hpp"
#include "text.hpp"

namespace priz {

namespace {

constexpr const char* text_operation = "parse_address";

// One text being read. Its methods read one form each, from what follows the form's prefix.
class address_reader {
public:
    explicit address_reader(std::string_view text) noexcept : text_(text) {}

    result<address> read() const {
        std::string_view rest = text_;
        if (rest.empty()) return address{};
        if (detail::consume(rest, "[")) return ipv6(rest);
        if (detail::consume(rest, "unix:")) return unix_path(rest);
        if (detail::consume(rest, "unix-abstract:")) return unix_abstract(rest);
        if (detail::consume(rest, "vsock:")) return vsock(rest);
        if (detail::consume(rest, "netlink:")) return netlink(rest);
        if (detail::consume(rest, "packet:")) return packet(rest);
        if (detail::consume(rest, "family-")) return raw(rest);
        return ipv4(rest);
    }

private:
    std::unexpected<failure> refused(std::string why, errc cause = errc::value_error) const {
        return std::unexpected(detail::refusal(cause, text_operation, text_, std::move(why)));
    }

    // A maker's failure, told of the whole text.
    result<address> checked(result<address> made) const {
        if (made) return made;
        const auto cause = static_cast<errc>(made.error().code().value());
        return refused(made.error().hint(), cause);
    }

    result<std::uint32_t> number(std::string_view digits, std::uint32_t maximum,
                                 const char* what) const {
        const auto value =
            detail::read_number(digits, maximum, detail::digits::decimal_or_hexadecimal);
        if (value) return static_cast<std::uint32_t>(*value);
        return refused(std::string(what) + " must be a number from 0 to " + std::to_string(maximum),
                       value.error());
    }

    result<int> port(std::string_view digits) const {
        const auto value = detail::read_number(digits, 0xffff);
        if (value) return static_cast<int>(*value);
        if (value.error() == errc::overflow_error)
            return refused("port must be 0-65535", errc::overflow_error);
        return refused("port must be a number; services are looked up by name elsewhere");
    }

    result<address> ipv4(std::string_view rest) const {
        const std::size_t colon = rest.rfind(':');
        if (colon == std::string_view::npos) return refused("`:port` is missing behind the host");
        if (rest.find(':') != colon)
            return refused("an IPv6 address stands in brackets, as in [::1]:80");
        const auto number = port(rest.substr(colon + 1));
        if (!number) return std::unexpected(number.error());
        return checked(address::try_ipv4(rest.substr(0, colon), *number));
    }

    result<address> ipv6(std::string_view rest) const {
        const std::size_t end = rest.find(']');
        if (end == std::string_view::npos) return refused("`]` is missing behind the host");
        const std::string_view host = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        if (!detail::consume(rest, ":")) return refused("`:port` is missing behind the host");
        const auto number = port(detail::take_before(rest, '?'));
        if (!number) return std::unexpected(number.error());
        const auto made = checked(address::try_ipv6(host, *number));
        return made && !rest.empty() ? with_flowinfo(*made, rest) : made;
    }

    result<address> with_flowinfo(const address& plain, std::string_view option) const {
        if (!detail::consume(option, "?flowinfo="))
            return refused("an IPv6 address has the option flowinfo and no other");
        const auto flowinfo = number(option, UINT32_MAX, "flowinfo");
        if (!flowinfo) return std::unexpected(flowinfo.error());
        const auto form = detail::read_as<::sockaddr_in6>(plain);
        return address::ipv6(std::as_bytes(std::span(form.sin6_addr.s6_addr)),
                             static_cast<std::uint16_t>(plain.port()), *flowinfo, plain.scope_id());
    }

    result<address> unix_path(std::string_view rest) const {
        if (rest.empty()) return address::unix_unnamed();
        const auto path = detail::percent_decoded(rest);
        if (!path) return bad_percent();
        return checked(address::try_unix_path(*path));
    }

    result<address> unix_abstract(std::string_view rest) const {
        const auto name = detail::percent_decoded(rest);
        if (!name) return bad_percent();
        return checked(address::try_unix_abstract(*name));
    }

    std::unexpected<failure> bad_percent() const {
        return refused("two hexadecimal digits are missing behind `%`; `%25` is a percent sign");
    }

    result<std::uint32_t> vsock_number(std::string_view digits, const char* what) const {
        if (digits == "any") return UINT32_MAX;
        return number(digits, UINT32_MAX, what);
    }

    result<address> vsock(std::string_view rest) const {
        const auto cid = vsock_number(detail::take_before(rest, ':'), "context id");
        if (!cid) return std::unexpected(cid.error());
        if (!detail::consume(rest, ":")) return refused("`:port` is missing behind the context id");
        const auto port = vsock_number(detail::take_before(rest, '?'), "port");
        if (!port) return std::unexpected(port.error());
        return rest.empty() ? address::vsock(*cid, *port) : with_flags(*cid, *port, rest);
    }

    result<address> with_flags(std::uint32_t cid, std::uint32_t port,
                               std::string_view option) const {
        if (!detail::consume(option, "?flags="))
            return refused("a vsock address has the option flags and no other");
        const auto flags = number(option, UINT8_MAX, "flags");
        if (!flags) return std::unexpected(flags.error());
        auto form = detail::read_as<::sockaddr_vm>(address::vsock(cid, port));
        form.svm_flags = static_cast<std::uint8_t>(*flags);
        return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&form), sizeof(form));
    }

    result<address> netlink(std::string_view rest) const {
        const auto pid = number(detail::take_before(rest, ':'), UINT32_MAX, "port id");
        if (!pid) return std::unexpected(pid.error());
        if (!detail::consume(rest, ":")) return refused("`:groups` is missing behind the port id");
        const auto groups = number(rest, UINT32_MAX, "groups");
        if (!groups) return std::unexpected(groups.error());
        return address::netlink(*pid, *groups);
    }

    struct packet_details {
        std::uint8_t packet_type = 0;
        std::uint16_t hardware_type = 0;
        std::string hardware_address;
    };

    result<address> packet(std::string_view rest) const {
        const auto index = detail::interface_index(detail::take_before(rest, ':'));
        if (!index || *index > INT32_MAX) return refused("no interface has this name or number");
        if (!detail::consume(rest, ":"))
            return refused("`:protocol` is missing behind the interface");
        const auto protocol = number(detail::take_before(rest, '?'), UINT16_MAX, "protocol");
        if (!protocol) return std::unexpected(protocol.error());
        packet_details details;
        for (std::string_view lead = "?"; detail::consume(rest, lead); lead = "&") {
            const auto read = packet_option(details, detail::take_before(rest, '&'));
            if (!read) return std::unexpected(read.error());
        }
        return checked(address::try_packet(
            static_cast<int>(*index), static_cast<std::uint16_t>(*protocol), details.packet_type,
            details.hardware_type, details.hardware_address));
    }

    result<void> packet_option(packet_details& details, std::string_view value) const {
        const std::string_view name = detail::take_before(value, '=');
        if (!detail::consume(value, "="))
            return refused("`=` is missing behind the option " + detail::in_quotes(name));
        if (name == "address") {
            auto bytes = detail::hex_decoded(value);
            if (!bytes) return refused("address must be hexadecimal digits, two a byte");
            details.hardware_address = *std::move(bytes);
            return {};
        }
        const bool is_type = name == "type";
        if (!is_type && name != "hardware")
            return refused("a packet address has the options type, hardware and address");
        const auto read =
            number(value, is_type ? UINT8_MAX : UINT16_MAX, is_type ? "type" : "hardware");
        if (!read) return std::unexpected(read.error());
        if (is_type) details.packet_type = static_cast<std::uint8_t>(*read);
        if (!is_type) details.hardware_type = static_cast<std::uint16_t>(*read);
        return {};
    }

    result<address> raw(std::string_view rest) const {
        const auto family = number(detail::take_before(rest, ':'), UINT16_MAX, "family");
        if (!family) return std::unexpected(family.error());
        if (!detail::consume(rest, ":")) return refused("`:` is missing behind the family");
        const auto bytes = detail::hex_decoded(rest);
        if (!bytes) return refused("a family's bytes are hexadecimal digits, two a byte");
        return checked(address::try_raw(static_cast<int>(*family), *bytes));
    }

    std::string_view text_;
};

}  // namespace

result<address> try_parse_address(std::string_view text) noexcept try {
    return address_reader(text).read();
} catch (const std::bad_alloc&) {
    return std::unexpected(detail::out_of_memory(text_operation));
}

address parse_address(std::string_view text) { return value_or_throw(try_parse_address(text)); }

}  // namespace priz
