// file_state.hpp: what is behind a priz::file: two halves that know nothing of each other, so that
// one thread may read while another writes.
//
// Each half has its own `view` of the connection: a socket object around the shared descriptor,
// brought up to date before each system call and never closed by itself. Bytes on their way lie in
// `data` from `taken` on. They leave it only when they are handed over or the kernel has them; that
// is the whole of why a failing verb loses nothing.
#pragma once

#include <cstddef>
#include <optional>

#include "core/shared_fd.hpp"
#include "core/socket_access.hpp"
#include "priz/bytes.hpp"
#include "priz/deadline.hpp"
#include "priz/error.hpp"
#include "priz/socket_object.hpp"

namespace priz::detail {

// The connection as one half sees it.
class file_half {
public:
    file_half(shared_fd* shared, const socket& original) noexcept;
    ~file_half() { view_.detach(); }
    file_half(const file_half&) = delete;
    file_half& operator=(const file_half&) = delete;

    // When a verb that begins now has to end.
    deadline verb_end() noexcept;

    // A verb that has received or sent a part goes on only while there is time: a peer that drips
    // would keep it busy, and never waiting, for ever.
    result<void> in_time(const char* operation, deadline until) noexcept;

protected:
    // One receive or send within what is left of the verb's time. Zero from a receive is the end.
    result<std::size_t> receive(const char* operation, bytes_span target, deadline until) noexcept;
    result<std::size_t> send(const char* operation, bytes_view source, deadline until) noexcept;

    // Lets signal handlers run between two sends, also when neither was interrupted.
    result<void> between_sends(const char* operation) noexcept;

    std::string_view waiting() const noexcept { return std::string_view(data_).substr(taken_); }
    void consume(std::size_t count) noexcept;

    bytes data_;
    std::size_t taken_ = 0;

private:
    void refresh(deadline until) noexcept;

    shared_fd* shared_;
    socket view_;
};

class file_reader : public file_half {
public:
    file_reader(shared_fd* shared, const socket& original, std::size_t buffer_size) noexcept
        : file_half(shared, original), buffer_size_(buffer_size) {}

    std::string_view buffered() const noexcept { return waiting(); }
    bool is_buffered() const noexcept { return buffer_size_ > 0; }

    // One receive of at most `most` bytes more (of a buffer's worth where `most` is less, in a
    // buffered file); how many came. These may throw std::bad_alloc, before anything is lost.
    result<std::size_t> fill(const char* operation, std::size_t most, deadline until);

    // Receives until `size` bytes are there or the stream ends; how many of them there are.
    result<std::size_t> await(const char* operation, std::size_t size, deadline until);

    // Receives until a line, `limit` bytes or the end of the stream are there; the length of the
    // first line of what is there, from byte `from` on.
    result<std::size_t> await_line(const char* operation, std::size_t from, std::size_t limit,
                                   deadline until);

    // Hands over, or drops, the first `size` bytes of what is there.
    bytes take(std::size_t size);
    std::size_t take_into(bytes_span target) noexcept;
    using file_half::consume;

private:
    const std::size_t buffer_size_;
};

class file_writer : public file_half {
public:
    file_writer(shared_fd* shared, const socket& original, std::size_t buffer_size) noexcept
        : file_half(shared, original), buffer_size_(buffer_size) {}

    result<std::size_t> write(bytes_view source);
    result<void> flush(const char* operation, deadline until) noexcept;

private:
    result<void> send_all(const char* operation, bytes_view source, std::size_t& done,
                          deadline until) noexcept;

    const std::size_t buffer_size_;
};

struct file_state {
    // Throws std::bad_alloc, and has then left the socket as it was.
    file_state(socket& original, bool reading, bool writing, std::size_t buffer_size);

    shared_fd* shared;
    std::optional<file_reader> reader;
    std::optional<file_writer> writer;
};

}  // namespace priz::detail
