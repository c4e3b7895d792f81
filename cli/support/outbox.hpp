// cli/support/outbox.hpp: what is still to be sent on one socket.
#pragma once

#include <priz/socket.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace priz::cli {

// A queue for a non-blocking socket. A stream's bytes run together; on sockets that keep messages
// apart each put() is one message. It refuses nothing: who fills it looks at is_full() and stops
// reading where the data comes from.
class outbox {
public:
    static constexpr std::size_t limit = 256 * 1024;

    explicit outbox(bool keeps_messages) : keeps_messages_(keeps_messages) {}

    void put(std::string_view data);
    // Sends what the kernel takes now; returns how many bytes that was.
    result<std::size_t> flush(socket& target);

    // For who sends by himself: the first part, of those that there are. It counts until sent() has
    // said of all its bytes that they are gone.
    std::string take();
    void sent(std::size_t count) noexcept { size_ -= count; }

    bool empty() const noexcept { return parts_.empty(); }
    bool is_full() const noexcept { return size_ >= limit; }
    std::size_t size() const noexcept { return size_; }

private:
    void drop_front(std::size_t count);

    bool keeps_messages_;
    std::deque<std::string> parts_;
    std::size_t sent_of_front_ = 0;
    std::size_t size_ = 0;
};

}  // namespace priz::cli
