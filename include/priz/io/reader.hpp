// priz/io/reader.hpp: a stream read like a file: by lines, by sizes, to the end.
//
//     io::reader lines(s);
//     for (auto line = co_await lines.readline(); !line.empty(); line = co_await lines.readline())
//         handle(line);
//
// A reader takes what comes from its stream and keeps in its buffer what nobody has asked for yet.
// A verb that fails, by a deadline, a limit or otherwise, loses nothing: what had come stays in the
// buffer and is what the next verb begins with. Whoever goes on to receive from the stream itself
// takes what is in buffered() first.
//
// Nothing that a peer sends can fill the memory: what a verb gives is limited, by a size or by a
// limit, and a limit that is passed is an error (EMSGSIZE) that says which limit, and of whom.
//
// The stream stays where it is, and open, as long as the reader is used; the reader owns no
// connection. One verb of a reader at a time: a second one fails with EBUSY and disturbs nothing.
// Each has its try_ twin. A reader belongs to its stream's loop. Elsewhere: writing (writer.hpp),
// blocking sockets as files (priz/file.hpp). Python: asyncio.StreamReader, io.BufferedReader
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

class PRIZ_API reader {
public:
    static constexpr std::size_t usual_limit = std::size_t{64} * 1024;

    // `limit` is how many bytes readline() and read_until() give at most, where the call does not
    // say.
    explicit reader(stream& from, std::size_t limit = usual_limit) noexcept
        : from_(&from), limit_(limit) {}
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    ~reader() = default;

    // `size` bytes, fewer only at the end of the stream.
    //
    // Errors:        as stream::recv.
    // Cancellation:  safe: what had come stays in the reader.
    // Concurrency:   one verb at a time; a second fails with EBUSY.
    // Python:        io.BufferedReader.read()
    task<bytes> read(std::size_t size);
    task<result<bytes>> try_read(std::size_t size);

    // What is there, at most `size` bytes, waiting only if nothing is. Empty at the end of the
    // stream (and for a size of 0).
    //
    // Errors:        as stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        StreamReader.read(), io.BufferedReader.read1()
    task<bytes> read1(std::size_t size = usual_limit);
    task<result<bytes>> try_read1(std::size_t size = usual_limit);

    // Exactly `size` bytes.
    //
    // Errors:        end_of_stream when there are fewer; failure::transferred() says how many, and
    // they stay in the reader. As stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        StreamReader.readexactly()
    task<bytes> read_exactly(std::size_t size);
    task<result<bytes>> try_read_exactly(std::size_t size);

    // Everything up to the end of the stream.
    //
    // Errors:        EMSGSIZE as soon as there are more than `limit` bytes. As stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        StreamReader.read(-1)
    task<bytes> read_all(std::size_t limit);
    task<result<bytes>> try_read_all(std::size_t limit);

    // A line with its '\n'; without one only at the end of the stream; empty at the end.
    //
    // Errors:        EMSGSIZE when there is no '\n' among the first `limit` bytes. As stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        StreamReader.readline()
    task<bytes> readline(std::optional<std::size_t> limit = std::nullopt);
    task<result<bytes>> try_readline(std::optional<std::size_t> limit = std::nullopt);

    // Everything up to `delimiter`, which is the end of what is given. The delimiter stays valid
    // until the await ends and has at least one byte.
    //
    // Errors:        EMSGSIZE when it does not end within the first `limit` bytes; end_of_stream
    // when the stream ends before; value_error for an empty delimiter. As stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        StreamReader.readuntil()
    task<bytes> read_until(bytes_view delimiter, std::optional<std::size_t> limit = std::nullopt);
    task<result<bytes>> try_read_until(bytes_view delimiter,
                                       std::optional<std::size_t> limit = std::nullopt);

    // What the next verb would begin with, without taking it: at least `size` bytes, except at the
    // end of the stream. Valid until the next verb.
    //
    // Errors:        as stream::recv.
    // Cancellation:  safe.
    // Concurrency:   as read.
    // Python:        io.BufferedReader.peek()
    task<std::string_view> peek(std::size_t size = 1);
    task<result<std::string_view>> try_peek(std::size_t size = 1);

    // What has come and was not taken. Valid until the next verb.
    std::string_view buffered() const noexcept { return std::string_view(buffer_).substr(taken_); }

private:
    class turn;

    bytes take(std::size_t size);
    task<result<void>> fill(std::size_t size, const char* operation);
    task<result<std::size_t>> find(std::string_view delimiter, std::size_t limit,
                                   const char* operation);
    failure over_limit(const char* operation, std::size_t limit) const;

    stream* from_;
    bytes buffer_;
    std::size_t taken_ = 0;  // of buffer_, from its beginning
    std::size_t limit_;
    bool is_busy_ = false;
};

}  // namespace priz::io
