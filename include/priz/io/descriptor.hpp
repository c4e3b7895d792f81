// priz/io/descriptor.hpp: any descriptor, awaited: pipes, terminals, event counters, inotify.
//
//     io::descriptor in(unique_fd(::dup(STDIN_FILENO)));
//     while (auto data = co_await in.read()) co_await out.writeall(data);
//
// A descriptor belongs to the loop that made it and is used on that loop's thread only. It has one
// owner; it moves and does not copy. Destroying it closes it. Every verb has a `try_` twin that
// gives a result and throws nothing but memory's end.
//
// The open file is non-blocking as long as it is here, for everybody who shares it (a terminal's
// other users, the duplicates); closing and release() put it back as it was. A regular file is
// always ready: its verbs do what read(2) and write(2) do, and a disk that is slow holds the loop
// up.
//
// Elsewhere: sockets (stream.hpp, datagram.hpp). Python: loop.connect_read_pipe(),
// loop.connect_write_pipe(), loop.add_reader(), with os.read() and os.write()
#pragma once

#include <cstddef>
#include <utility>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/descriptor_waits.hpp"
#include "priz/unique_fd.hpp"

namespace priz::io {

class PRIZ_API descriptor {
public:
    // None: every verb fails with EBADF.
    descriptor() noexcept = default;

    // Errors:        EBADF for one that is not open; value_error where no loop runs. `owned` is
    //                then closed.
    explicit descriptor(unique_fd owned);

    descriptor(descriptor&& other) noexcept
        : where_(std::exchange(other.where_, nullptr)), mode_before_(other.mode_before_) {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) {
            reset();
            where_ = std::exchange(other.where_, nullptr);
            mode_before_ = other.mode_before_;
        }
        return *this;
    }
    ~descriptor() {
        if (where_ != nullptr) reset();
    }

    explicit operator bool() const noexcept { return where_ != nullptr; }
    int fileno() const noexcept;

    // Reads what is there, at least one byte and at most `size` (256 KiB), in memory that is lent.
    // An empty chunk is the end and nothing else.
    //
    // Errors:        EBADF when closed or not open for reading; EIO of a terminal that is gone.
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   one read and one write may be pending together. A second read fails with EBUSY
    //                and disturbs nothing.
    // Python:        StreamReader.read(), os.read()
    auto read(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::throwing<detail::read_wait>(where_, size);
    }
    auto try_read(std::size_t size = detail::block_pool::block_size) noexcept {
        return detail::trying<detail::read_wait>(where_, size);
    }

    // The same into `target`, which stays valid until the await ends; returns how many bytes came,
    // 0 at the end.
    //
    // Errors:        as read; EINVAL where the descriptor's messages have a size (eventfd, inotify)
    //                and `target` is smaller.
    // Cancellation:  safe: nothing is lost.
    // Concurrency:   as read.
    // Python:        os.readv()
    auto read_into(bytes_span target) noexcept {
        return detail::throwing<detail::read_into_wait>(where_, target);
    }
    auto try_read_into(bytes_span target) noexcept {
        return detail::trying<detail::read_into_wait>(where_, target);
    }

    // Writes what can be written now, at least one byte; returns how many. `source` stays valid
    // until the await ends. A pipe takes up to PIPE_BUF (4096) bytes whole or not at all.
    //
    // Errors:        broken_pipe (and no SIGPIPE) when nobody reads; EBADF.
    // Cancellation:  safe: nothing was written.
    // Concurrency:   one read and one write may be pending together. A second write fails with
    //                EBUSY and disturbs nothing.
    // Python:        os.write()
    auto write(bytes_view source) noexcept {
        return detail::throwing<detail::write_wait>(where_, source);
    }
    auto try_write(bytes_view source) noexcept {
        return detail::trying<detail::write_wait>(where_, source);
    }

    // Writes all of `source`, which stays valid until the await ends.
    //
    // Errors:        as write.
    // Cancellation:  a prefix has been written; failure::transferred() says how much.
    // Concurrency:   as write.
    // Python:        StreamWriter.write() and drain()
    auto writeall(bytes_view source) noexcept {
        return detail::throwing<detail::writeall_wait>(where_, source);
    }
    auto writeall(const chunk& source) noexcept {
        return writeall(bytes_view(source.data(), source.size()));
    }
    auto try_writeall(bytes_view source) noexcept {
        return detail::trying<detail::writeall_wait>(where_, source);
    }

    // Wait until a read, or a write, would not wait, whoever does it: for libraries that have a
    // descriptor and read it themselves. A descriptor that has ended or failed is ready.
    //
    // Errors:        EBADF.
    // Cancellation:  safe.
    // Concurrency:   counts as a read, as a write.
    // Python:        loop.add_reader(), loop.add_writer()
    auto wait_readable() noexcept { return detail::throwing<detail::fd_readable_wait>(where_); }
    auto try_wait_readable() noexcept { return detail::trying<detail::fd_readable_wait>(where_); }
    auto wait_writable() noexcept { return detail::throwing<detail::fd_writable_wait>(where_); }
    auto try_wait_writable() noexcept { return detail::trying<detail::fd_writable_wait>(where_); }

    // Closes now. Verbs that wait end with EBADF.
    void reset() noexcept;

    // Gives the open file away, in the mode in which it came, as a new descriptor; the old one is
    // closed, and verbs that wait end with EBADF. None where there was none.
    //
    // Errors:        EMFILE, ENFILE; everything then stays as it is.
    unique_fd release();
    result<unique_fd> try_release() noexcept;

private:
    detail::endpoint* where_ = nullptr;
    int mode_before_ = -1;  // what fcntl(2) said, where that was changed
};

}  // namespace priz::io
