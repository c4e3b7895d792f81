#include "sim/packet.hpp"

namespace priz::sim::detail {

std::uint64_t packet::header_size() const noexcept {
    const std::uint64_t network = to.is_v4() ? 20 : 40;
    return network + (what == kind::tcp ? 20 : 8);
}

namespace {

const char* name_of(packet::kind what) noexcept {
    switch (what) {
        case packet::kind::tcp:
            return "tcp ";
        case packet::kind::udp:
            return "udp ";
        case packet::kind::unreachable:
            return "icmp host unreachable ";
        case packet::kind::refused:
            return "icmp port unreachable ";
    }
    return "";
}

}  // namespace

std::string packet::text() const {
    std::string told = name_of(what) + from.text() + " > " + to.text();
    if (what == kind::tcp) {
        if (has(syn)) told += " SYN";
        if (has(fin)) told += " FIN";
        if (has(rst)) told += " RST";
        told += " seq " + std::to_string(number);
        if (has(ack)) told += " ack " + std::to_string(acknowledged);
        told += " win " + std::to_string(window);
    }
    if (!payload.empty() || what == kind::udp) told += " len " + std::to_string(payload.size());
    return told;
}

}  // namespace priz::sim::detail
