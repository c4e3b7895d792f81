#include "priz/io/writer.hpp"

#include <utility>

#include "io/stream_failure.hpp"

namespace priz::io {

// A verb's time with the buffer.
class writer::turn {
public:
    explicit turn(writer& whose) noexcept : whose_(whose) { whose.is_busy_ = true; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() { whose_.is_busy_ = false; }

private:
    writer& whose_;
};

task<result<void>> writer::send_buffer() {
    if (buffer_.empty()) co_return result<void>();
    auto sent = co_await to_->try_sendall(buffer_);
    buffer_.erase(0, sent ? buffer_.size() : sent.error().transferred());
    co_return sent;
}

task<result<void>> writer::put(bytes_view source) {
    if (source.size() < high_water_) {
        buffer_ += source.text();
        if (buffer_.size() <= high_water_) co_return result<void>();
        auto sent = co_await send_buffer();
        if (!sent) sent.error().with_transferred(source.size());
        co_return sent;
    }
    auto sent = co_await send_buffer();
    if (!sent) {
        sent.error().with_transferred(0);
        co_return sent;
    }
    co_return co_await to_->try_sendall(source);
}

task<result<void>> writer::try_write(bytes_view source) {
    if (auto may = detail::may_begin(*to_, is_busy_, "write"); !may) co_return may;
    const turn mine(*this);
    co_return co_await put(source);
}

task<result<void>> writer::try_flush() {
    if (auto may = detail::may_begin(*to_, is_busy_, "flush"); !may) co_return may;
    const turn mine(*this);
    auto sent = co_await send_buffer();
    if (!sent) sent.error().with_transferred(0);
    co_return sent;
}

task<> writer::write(bytes_view source) { value_or_throw(co_await try_write(source)); }
task<> writer::flush() { value_or_throw(co_await try_flush()); }

}  // namespace priz::io
