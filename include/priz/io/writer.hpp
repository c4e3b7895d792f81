// priz/io/writer.hpp: a stream written like a file: many small pieces, few sends.
//
//     io::writer out(s);
//     co_await out.write("HELO example.org\r\n");
//     co_await out.write("MAIL FROM:<me@example.org>\r\n");
//     co_await out.flush();
//
// A writer collects what it is given, and sends it when it has more than its high-water mark, and
// at flush(). Nothing is sent behind the program's back: whoever awaits an answer flushes the
// question first, and what was not flushed when the writer goes is not sent.
//
// A verb that fails, by a deadline or otherwise, loses nothing and sends nothing twice: what had
// been taken and not sent is still in the writer, and goes with the next flush().
//
// The stream stays where it is, and open, as long as the writer is used. One verb of a writer at a
// time: a second one fails with EBUSY and disturbs nothing. Each has its try_ twin. A writer
// belongs to its stream's loop. Elsewhere: reading (reader.hpp), sending at once
// (stream::sendall()). Python: asyncio.StreamWriter, io.BufferedWriter
#pragma once

#include <cstddef>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

class PRIZ_API writer {
public:
    static constexpr std::size_t usual_high_water = std::size_t{64} * 1024;

    explicit writer(stream& to, std::size_t high_water = usual_high_water) noexcept
        : to_(&to), high_water_(high_water) {}
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    ~writer() = default;

    // Takes all of `source`, which stays valid until the await ends. Waits only when that makes
    // more than the high-water mark: until everything is sent. What is as long as the mark itself
    // is sent from where it lies.
    //
    // Errors:        as stream::send; failure::transferred() bytes of `source` were taken.
    // Cancellation:  as an error: transferred() bytes were taken, and none is lost.
    // Concurrency:   one verb at a time; a second fails with EBUSY.
    // Python:        StreamWriter.write() and drain()
    task<> write(bytes_view source);
    task<result<void>> try_write(bytes_view source);

    // Sends what was taken. Done means that the kernel has it.
    //
    // Errors:        as stream::send; what is left goes with the next flush.
    // Cancellation:  safe: what is left goes with the next flush.
    // Concurrency:   as write.
    // Python:        io.BufferedWriter.flush()
    task<> flush();
    task<result<void>> try_flush();

    // How many bytes were taken and not sent.
    std::size_t buffered() const noexcept { return buffer_.size(); }

private:
    class turn;

    task<result<void>> send_buffer();
    task<result<void>> put(bytes_view source);

    stream* to_;
    bytes buffer_;
    std::size_t high_water_;
    bool is_busy_ = false;
};

}  // namespace priz::io
