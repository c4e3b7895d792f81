// priz/file.hpp: a socket read and written like a file: by lines, by sizes, to the end.
//
//     priz::file f = s.makefile("rw");
//     f.write("HELP\n");
//     f.flush();
//     for (const std::string& line : f) …
//
// Made by socket::makefile(). Bytes in, bytes out: unlike Python's text mode nothing is decoded and
// no line ending translated, with "b" in the mode or without. A line ends with '\n' and is handed
// over with it. What is written goes out when the buffer is full, at flush() and at close();
// nothing is flushed by reading, so a program that awaits an answer flushes its question.
//
// The file holds the connection open when the socket is closed or gone, until it is closed itself.
// Its verbs follow the socket's timeout, each verb within one timeout, however many receives it
// takes. A verb that fails, by a timeout or otherwise, loses nothing: what had come stays in the
// file and is what the next verb begins with, and what had not gone out goes with the next flush().
// (In Python a file is of no use after a timeout.)
//
// One thread may read and another write; a verb is used by one thread at a time. Each verb has its
// try_ twin. Every verb but close(), of a file that was closed or is not readable (writable), fails
// with value_error.
//
// seek, tell and truncate are absent because a socket has no position; detach because the buffer
// and the socket's side are one object here; encodings because priz's text is bytes. Elsewhere: a
// std::iostream on a file (iostream.hpp). Python: socket.makefile(), io.BufferedReader,
// io.BufferedWriter
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/socket_object.hpp"

namespace priz {

namespace detail {
struct file_state;
}

class PRIZ_API file {
public:
    class line_iterator;

    // A moved-from file is closed. The destructor closes and drops errors: a program that wants to
    // know whether its last bytes went out calls close().
    file(file&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    file& operator=(file&& other) noexcept;
    ~file();

    // `size` bytes, fewer only at the end of the stream; without a size everything up to the end.
    // An unbuffered file returns what one receive gives.
    bytes read(std::optional<std::size_t> size = std::nullopt);
    result<bytes> try_read(std::optional<std::size_t> size = std::nullopt) noexcept;

    // What is there, at most `size` bytes, waiting (for one receive) only if nothing is. Empty at
    // the end of the stream.
    bytes read1(std::optional<std::size_t> size = std::nullopt);
    result<bytes> try_read1(std::optional<std::size_t> size = std::nullopt) noexcept;

    // As read() and read1(), into the caller's memory; how many bytes that was.
    std::size_t readinto(bytes_span target);
    result<std::size_t> try_readinto(bytes_span target) noexcept;
    std::size_t readinto1(bytes_span target);
    result<std::size_t> try_readinto1(bytes_span target) noexcept;

    // A line with its '\n'; without one only at the end of the stream or when `limit` bytes are
    // reached; empty at the end. Without a limit a peer that sends no line end fills the memory:
    // give one unless the peer is trusted.
    bytes readline(std::optional<std::size_t> limit = std::nullopt);
    result<bytes> try_readline(std::optional<std::size_t> limit = std::nullopt) noexcept;

    // Lines to the end of the stream; no more are read once they are more than `hint` bytes
    // together. Lines read before a failure stay in the file.
    std::vector<bytes> readlines(std::optional<std::size_t> hint = std::nullopt);
    result<std::vector<bytes>> try_readlines(
        std::optional<std::size_t> hint = std::nullopt) noexcept;

    // What the next read would begin with, without taking it: at least one byte (after at most one
    // receive) except at the end of the stream. Valid until the next verb. Errors: value_error for
    // an unbuffered file.
    bytes_view peek();
    result<bytes_view> try_peek() noexcept;

    // The lines up to the end of the stream: `for (const std::string& line : f)`.
    line_iterator begin();
    std::default_sentinel_t end() noexcept { return {}; }

    // Takes all of `source` and returns its size; an unbuffered file does one send and returns how
    // much that took. After an error failure::transferred() bytes of `source` were taken.
    std::size_t write(bytes_view source);
    result<std::size_t> try_write(bytes_view source) noexcept;

    // Each in turn, with nothing between them.
    template <class Lines>
    void writelines(const Lines& lines) {
        for (const auto& line : lines) write(line);
    }
    void writelines(std::initializer_list<bytes_view> lines) {
        for (const bytes_view& line : lines) write(line);
    }

    // Sends what is buffered. After an error what is left goes with the next flush(). A file that
    // is only read has nothing to flush.
    void flush();
    result<void> try_flush() noexcept;

    // Flushes and closes; a second close does nothing. The file is closed even on error, and what
    // could not be flushed is lost. The socket stays open, unless it was closed before and this was
    // the last file. Errors: flush()'s, EBADF.
    void close();
    result<void> try_close() noexcept;

    bool closed() const noexcept { return state_ == nullptr; }
    bool readable() const noexcept;
    bool writable() const noexcept;

    // The socket's descriptor, -1 when the file is closed or the socket was detached. Waiting for
    // it (select.hpp) says nothing about bytes that are in the file already.
    int fileno() const noexcept;

private:
    friend class socket;
    explicit file(detail::file_state* state) noexcept : state_(state) {}

    detail::file_state* state_;
};

class PRIZ_API file::line_iterator {
public:
    using value_type = bytes;
    using difference_type = std::ptrdiff_t;

    explicit line_iterator(file& lines) : lines_(&lines), line_(lines.readline()) {}
    const bytes& operator*() const noexcept { return line_; }
    const bytes* operator->() const noexcept { return &line_; }
    line_iterator& operator++() {
        line_ = lines_->readline();
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const line_iterator& at, std::default_sentinel_t) noexcept {
        return at.line_.empty();
    }

private:
    file* lines_;
    bytes line_;
};

inline file::line_iterator file::begin() { return line_iterator(*this); }

}  // namespace priz
