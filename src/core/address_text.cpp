// The text of an address. Each form is read back by address_parse.cpp; what no form of the family
// fits is written as raw bytes.
#include "address_layout.hpp"
#include "interface_name.hpp"
#include "priz/address.hpp"
#include "text.hpp"

namespace priz {

namespace {

std::string joined(std::string_view scheme, std::uint32_t first, std::uint32_t second) {
    return std::string(scheme) + std::to_string(first) + ':' + std::to_string(second);
}

std::string raw_text(const address& a) {
    return "family-" + std::to_string(a.family()) + ':' + detail::hex_encoded(a.raw_data());
}

std::string ipv6_text(const address& a) {
    std::string text = '[' + a.host();
    if (a.scope_id() != 0) text += '%' + detail::interface_text(a.scope_id());
    text += "]:" + std::to_string(a.port());
    if (a.flowinfo() != 0) text += "?flowinfo=" + std::to_string(a.flowinfo());
    return text;
}

std::string unix_text(const address& a) {
    if (a.size() > sizeof(::sockaddr_un) || a.path().size() >= detail::unix_path_max)
        return raw_text(a);
    return (a.is_unix_abstract() ? "unix-abstract:" : "unix:") + detail::percent_encoded(a.path());
}

std::string vsock_number(std::uint32_t number) {
    return number == UINT32_MAX ? "any" : std::to_string(number);
}

std::string vsock_text(const address& a) {
    const auto flags = detail::read_as<::sockaddr_vm>(a).svm_flags;
    std::string text = "vsock:" + vsock_number(a.cid()) + ':' + vsock_number(a.port());
    if (flags != 0) text += "?flags=" + std::to_string(flags);
    return text;
}

std::string packet_text(const address& a) {
    if (a.hardware_address().size() > sizeof(::sockaddr_ll::sll_addr) || a.interface_index() < 0)
        return raw_text(a);
    const auto protocol = a.protocol();
    const char bytes[] = {static_cast<char>(protocol >> 8), static_cast<char>(protocol & 0xff)};
    std::string text =
        "packet:" + detail::interface_text(static_cast<std::uint32_t>(a.interface_index()));
    text += ":0x" + detail::hex_encoded({bytes, sizeof(bytes)});
    std::string details;
    if (a.packet_type() != 0) details += "&type=" + std::to_string(a.packet_type());
    if (a.hardware_type() != 0) details += "&hardware=" + std::to_string(a.hardware_type());
    if (!a.hardware_address().empty())
        details += "&address=" + detail::hex_encoded(a.hardware_address());
    if (!details.empty()) details.front() = '?';
    return text + details;
}

}  // namespace

std::string address::str() const {
    if (empty()) return {};
    if (detail::is_ipv4(*this)) return host() + ':' + std::to_string(port());
    if (detail::is_ipv6(*this)) return ipv6_text(*this);
    if (family() == AF_UNIX) return unix_text(*this);
    if (detail::is_vsock(*this)) return vsock_text(*this);
    if (detail::is_netlink(*this)) return joined("netlink:", pid(), groups());
    if (detail::is_packet(*this)) return packet_text(*this);
    return raw_text(*this);
}

}  // namespace priz
