// Control buffers as a hostile or broken kernel might fill them, held against the C library's own
// CMSG_FIRSTHDR and CMSG_NXTHDR with the truncation rule of CPython's recvmsg(). The first byte of
// the input says how far off its alignment priz gets the buffer; the oracle needs it aligned.
//
// Nothing here makes or closes a descriptor: reading control messages is a function of bytes.
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "priz/control.hpp"

namespace {

struct walk {
    std::vector<priz::control_bytes> items;
    bool malformed = false;
};

bool same(const walk& a, const std::vector<priz::control_bytes>& b) {
    if (a.items.size() != b.size()) return false;
    for (std::size_t i = 0; i < b.size(); ++i)
        if (a.items[i].level != b[i].level || a.items[i].type != b[i].type ||
            a.items[i].data != b[i].data)
            return false;
    return true;
}

// `aligned` is the whole buffer that recvmsg(2) would have been given.
walk oracle(std::string aligned) {
    walk found;
    ::msghdr header{};
    header.msg_control = aligned.data();
    header.msg_controllen = aligned.size();
    const char* const end = aligned.data() + aligned.size();
    for (::cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
        const auto* data = reinterpret_cast<const char*>(CMSG_DATA(at));
        if (at->cmsg_len < CMSG_LEN(0)) {
            found.malformed = true;
            break;
        }
        const auto room = static_cast<std::size_t>(end - data);
        const std::size_t stated = at->cmsg_len - CMSG_LEN(0);
        found.malformed = stated > room;
        found.items.push_back(
            {at->cmsg_level, at->cmsg_type, std::string(data, found.malformed ? room : stated)});
        if (found.malformed) break;
    }
    return found;
}

void require(bool truth) {
    if (!truth) std::abort();
}

// Every reader, on every message; a reader that reads past the message is the sanitizer's find.
void read_everything(const priz::control_view& view) {
    std::size_t descriptors = 0;
    for (const auto& message : view) {
        descriptors += message.descriptor_count();
        require(message.descriptor_count() * sizeof(int) <= message.data().size());
        const bool any = message.credentials() || message.packet_info() || message.hop_limit() ||
                         message.traffic_class() || message.ecn() || message.timestamp() ||
                         message.timestamping() || message.segment_size() || message.dropped() ||
                         message.extended_error();
        require(!any || !message.data().empty());
    }
    require(descriptors == view.descriptor_count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::size_t shift = data[0] % 8;
    const std::string buffer(reinterpret_cast<const char*>(data + 1), size - 1);
    // A buffer of its own size, so that a read past its end is seen.
    std::vector<char> shifted(shift + buffer.size());
    if (!buffer.empty()) std::memcpy(shifted.data() + shift, buffer.data(), buffer.size());
    const priz::control_view view(priz::bytes_view(shifted.data() + shift, buffer.size()));

    const walk expected = oracle(buffer);
    std::vector<priz::control_bytes> items;
    for (const auto& message : view)
        items.push_back({message.level(), message.type(), priz::bytes(message.data().text())});
    require(same(expected, items));
    require(view.size() == items.size());
    require(view.malformed() == expected.malformed);
    read_everything(view);

    priz::incoming_control owner(buffer);
    priz::incoming_control moved(std::move(owner));
    require(moved.malformed() == expected.malformed);
    require(same(expected, moved.release_bytes()));
    require(moved.empty());
    return 0;
}
