// batch_access.hpp: how the verbs that wait for a batch, blocking or awaited, reach its inside.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>

#include "priz/batch.hpp"

namespace priz::detail {

struct PRIZ_API batch_access {
    // Drops the messages of the last call; the headers for the next one.
    static std::span<::mmsghdr> prepare(receive_batch& batch) noexcept;
    // The first `count` headers were filled by a call that was made with `flags`.
    static void received(receive_batch& batch, std::size_t count, int flags) noexcept;

    // The headers of what is not sent yet. Throws where memory has run out.
    static std::span<::mmsghdr> prepare(send_batch& batch);
    // Where the first of them goes. The batch is not empty.
    static const address& first_remote(const send_batch& batch) noexcept;
    static void sent(send_batch& batch, std::size_t count) noexcept;
};

}  // namespace priz::detail
