#include "priz/message.hpp"

#include <cerrno>
#include <exception>

#include "core/socket_access.hpp"

namespace priz {

namespace {

// More than any message carries, and small enough that lengths made from it do not overflow.
constexpr std::size_t fds_limit = 0x1000000;

}  // namespace

result<std::size_t> try_send_fds(socket& s, std::span<const bytes_view> sources,
                                 std::span<const int> fds, int flags,
                                 const address& remote) noexcept try {
    outgoing_control control;
    control.descriptors(fds);
    return s.try_sendmsg(sources, control, flags, remote);
} catch (const std::exception&) {
    return std::unexpected(failure(detail::system_code(ENOMEM), "send_fds"));
}

std::size_t send_fds(socket& s, std::span<const bytes_view> sources, std::span<const int> fds,
                     int flags, const address& remote) {
    return value_or_throw(try_send_fds(s, sources, fds, flags, remote));
}

result<received_fds> try_recv_fds(socket& s, std::size_t size, std::size_t fds_max,
                                  int flags) noexcept try {
    if (fds_max > fds_limit)
        return std::unexpected(failure(make_error_code(errc::value_error), "recv_fds")
                                   .with_subject("number of descriptors"));
    auto got = s.try_recvmsg(size, cmsg_len(fds_max * sizeof(int)), flags);
    if (!got) return std::unexpected(std::move(got).error());
    auto fds = got->control.take_descriptors();
    return received_fds{std::move(got->data), std::move(fds), got->flags, got->from};
} catch (const std::exception&) {
    return std::unexpected(failure(detail::system_code(ENOMEM), "recv_fds"));
}

received_fds recv_fds(socket& s, std::size_t size, std::size_t fds_max, int flags) {
    return value_or_throw(try_recv_fds(s, size, fds_max, flags));
}

}  // namespace priz
