// priz/io/deferred_writer.hpp: many writes, one send at the end of the loop's turn.
//
//     io::task<> answer(io::stream s) {
//         io::deferred_writer out(s);
//         while (auto data = co_await s.recv()) co_await out.write(data);
//         co_await out.flush();
//     }
//
// What is written in one turn of the loop goes out together when the turn ends, by one send, and on
// io_uring by the very call that waits for what comes next: an exchange of messages then costs one
// system call. What that buys is paid with a copy, and with errors that come late: a write that
// succeeded is only promised to be sent, and what could not be sent is told by the next verb.
//
// What has not been sent when the writer is destroyed is lost; flush() before. The stream stays
// where it is, and open, as long as the writer is used; the writer counts as its one pending send
// while bytes wait. A writer belongs to its stream's loop. One verb at a time.
//
// Elsewhere: sending when the program says so (writer.hpp), at once (stream::sendall()). Python:
// asyncio.Transport.write()
#pragma once

#include <cstddef>

#include "priz/bytes.hpp"
#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

namespace detail {
class late_sender;
}

class PRIZ_API deferred_writer {
public:
    static constexpr std::size_t usual_high_water = std::size_t{64} * 1024;

    // Errors:        value_error for a stream that is closed.
    explicit deferred_writer(stream& to, std::size_t high_water = usual_high_water);
    deferred_writer(const deferred_writer&) = delete;
    deferred_writer& operator=(const deferred_writer&) = delete;
    ~deferred_writer();

    // Takes all of `source`, which stays valid until the await ends. Waits while as much as the
    // high-water mark waits to be sent: a peer that does not read is felt here.
    //
    // Errors:        what an earlier send ended with, as stream::send; EBUSY while another send of
    //                the stream is pending. Then nothing of `source` was taken. After
    //                connection_reset and its like nothing more can be sent.
    // Cancellation:  safe: nothing of `source` was taken. What was taken before is sent all the
    //                same.
    // Concurrency:   one verb at a time; a second fails with EBUSY.
    // Python:        StreamWriter.write() and drain()
    task<> write(bytes_view source);
    task<> write(const chunk& source) { return write(bytes_view(source.data(), source.size())); }
    task<result<void>> try_write(bytes_view source);

    // Waits until everything that was taken has been sent. Done means that the kernel has it.
    //
    // Errors:        as write.
    // Cancellation:  safe: what was taken is sent all the same.
    // Concurrency:   as write.
    // Python:        no equivalent; StreamWriter.drain() after set_write_buffer_limits(0)
    task<> flush();
    task<result<void>> try_flush();

    // How many bytes were taken and not sent.
    std::size_t buffered() const noexcept;

private:
    stream* to_;
    detail::late_sender* sender_;
    std::size_t high_water_;
    bool is_busy_ = false;
};

}  // namespace priz::io
