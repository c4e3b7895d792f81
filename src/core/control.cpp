// The walk over a control buffer, and who owns the descriptors in it.
//
// recvmsg(2) leaves in the buffer a row of headers, each followed by data and padding, and in
// msg_controllen how much of the buffer it filled. Linux cuts what does not fit: a header that does
// not fit is left out, data that does not fit is shortened, and cmsg_len is shortened with it.
// POSIX lets a system leave cmsg_len as it was, so the bytes there are is the smaller of what
// cmsg_len says and what msg_controllen leaves room for. SCM_RIGHTS is cut at whole descriptors
// only: the kernel installs as many as fit and drops its references to the others, so that every
// descriptor this process has received stands in the buffer, and nothing else does.
//
// The walk is a pure function over bytes. It reads headers by memcpy, because a buffer may lie
// anywhere, and compares lengths by subtraction, because a hostile cmsg_len may be near 2^64.
#include "priz/control.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/sys.hpp"

namespace priz {

namespace {

// Since Linux 6.5; Debian 12's headers do not have it.
constexpr int scm_pidfd = 4;
constexpr int taken = -1;

constexpr std::size_t header_size = CMSG_LEN(0);
constexpr std::size_t length_max = 0x7fffffff;

enum class step { whole, cut, broken, end };

// Reads the message at the front of `rest` and moves `rest` behind it.
step next_message(bytes_view& rest, control_message& item) noexcept {
    const auto here = std::exchange(rest, {});
    if (here.size() < header_size) return step::end;
    ::cmsghdr header;
    std::memcpy(&header, here.data(), header_size);
    if (header.cmsg_len < header_size) return step::broken;
    const std::size_t stated = header.cmsg_len - header_size;
    const std::size_t there = here.size() - header_size;
    item = {header.cmsg_level, header.cmsg_type,
            bytes_view(here.subview(header_size).data(), std::min(stated, there))};
    if (stated > there) return step::cut;
    const std::size_t whole = CMSG_ALIGN(header.cmsg_len);
    if (whole < here.size()) rest = here.subview(whole);
    return step::whole;
}

// Calls `visit` with each descriptor in `buffer` and forgets it there.
template <class Visit>
void each_descriptor(bytes_span buffer, Visit&& visit) noexcept {
    auto* const base = static_cast<char*>(buffer.data());
    for (const auto& message : control_view(bytes_view(base, buffer.size()))) {
        const auto offset = message.data().data() == nullptr
                                ? 0
                                : static_cast<const char*>(message.data().data()) - base;
        for (std::size_t i = 0; i < message.descriptor_count(); ++i) {
            char* const place = base + offset + i * sizeof(int);
            int fd = taken;
            std::memcpy(&fd, place, sizeof(int));
            std::memcpy(place, &taken, sizeof(int));
            if (fd >= 0) visit(fd);
        }
    }
}

}  // namespace

std::size_t cmsg_len(std::size_t size) {
    if (size > length_max - CMSG_LEN(0))
        failure(make_error_code(errc::overflow_error), "cmsg_len").raise();
    return CMSG_LEN(size);
}

std::size_t cmsg_space(std::size_t size) {
    if (size > length_max - CMSG_SPACE(1))
        failure(make_error_code(errc::overflow_error), "cmsg_space").raise();
    return CMSG_SPACE(size);
}

namespace detail {

void close_descriptors(bytes_span buffer) noexcept {
    each_descriptor(buffer, [](int fd) { unique_fd closing(fd); });
}

void take_descriptors(bytes_span buffer, std::vector<unique_fd>& target) noexcept {
    each_descriptor(buffer, [&](int fd) { target.emplace_back(fd); });
}

}  // namespace detail

std::size_t control_message::descriptor_count() const noexcept {
    if (is(SOL_SOCKET, SCM_RIGHTS)) return data_.size() / sizeof(int);
    return is(SOL_SOCKET, scm_pidfd) && data_.size() >= sizeof(int) ? 1 : 0;
}

void control_view::iterator::advance() noexcept {
    control_message item;
    const bool on_a_cut_one = malformed_;
    const auto outcome = next_message(rest_, item);
    malformed_ = on_a_cut_one || outcome == step::cut || outcome == step::broken;
    item_ = item;
}

std::size_t control_view::size() const noexcept {
    return static_cast<std::size_t>(std::distance(begin(), end()));
}

bool control_view::malformed() const noexcept {
    auto at = begin();
    while (at != end()) ++at;
    return at.malformed();
}

incoming_control::incoming_control(bytes buffer) noexcept : storage_(std::move(buffer)) {
    static_cast<control_view&>(*this) = control_view(storage_);
}

incoming_control::incoming_control(incoming_control&& other) noexcept
    : incoming_control(std::exchange(other.storage_, {})) {
    static_cast<control_view&>(other) = {};
}

incoming_control& incoming_control::operator=(incoming_control&& other) noexcept {
    if (this == &other) return *this;
    detail::close_descriptors(storage_);
    storage_ = std::exchange(other.storage_, {});
    static_cast<control_view&>(other) = {};
    static_cast<control_view&>(*this) = control_view(storage_);
    return *this;
}

incoming_control::~incoming_control() { detail::close_descriptors(storage_); }

std::vector<unique_fd> incoming_control::take_descriptors() {
    std::vector<unique_fd> descriptors;
    descriptors.reserve(descriptor_count());
    detail::take_descriptors(storage_, descriptors);
    return descriptors;
}

std::vector<control_bytes> incoming_control::release_bytes() {
    std::vector<control_bytes> plain;
    plain.reserve(size());
    for (const auto& message : *this)
        plain.push_back({message.level(), message.type(), bytes(message.data().text())});
    storage_.clear();
    static_cast<control_view&>(*this) = {};
    return plain;
}

}  // namespace priz
