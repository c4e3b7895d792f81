#include "priz/io/deferred_writer.hpp"

#include <cerrno>
#include <system_error>

#include "io/late_sender.hpp"
#include "io/stream_failure.hpp"

namespace priz::io {

namespace {

class turn {
public:
    explicit turn(bool& is_busy) noexcept : is_busy_(is_busy) { is_busy_ = true; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() { is_busy_ = false; }

private:
    bool& is_busy_;
};

const stream& open_one(const stream& s) {
    if (s) return s;
    failure why(errc::value_error, "deferred_writer");
    why.with_hint("the stream is closed").raise();
}

result<void> outcome_of(const stream& s, detail::late_sender& sender, const char* operation) {
    const int error = sender.take_error();
    if (error == 0) return {};
    const std::error_code cause =
        error == ECANCELED ? errc::cancelled : std::error_code(error, std::system_category());
    return std::unexpected(detail::failure_on(s, cause, operation));
}

// False when it was cancelled.
task<bool> wait_for_change(detail::late_sender& sender) {
    sender.set_awaited(true);
    bool has_ended = true;
    try {
        co_await sender.has_changed().wait();
    } catch (const cancelled&) {
        has_ended = false;
    }
    sender.set_awaited(false);
    co_return has_ended;
}

// Until no more than `most` bytes wait.
task<result<void>> wait_until_left(const stream& s, detail::late_sender& sender, std::size_t most,
                                   const char* operation) {
    for (;;) {
        sender.hear();
        if (auto so_far = outcome_of(s, sender, operation); !so_far) co_return so_far;
        if (sender.buffered() <= most) co_return result<void>();
        sender.resume_sending();
        sender.has_changed().clear();
        const bool has_ended = co_await wait_for_change(sender);
        if (!has_ended)
            co_return std::unexpected(detail::failure_on(s, errc::cancelled, operation));
    }
}

}  // namespace

deferred_writer::deferred_writer(stream& to, std::size_t high_water)
    : to_(&to), sender_(&detail::late_sender::make(open_one(to))), high_water_(high_water) {}

deferred_writer::~deferred_writer() { sender_->abandon(); }

std::size_t deferred_writer::buffered() const noexcept { return sender_->buffered(); }

task<result<void>> deferred_writer::try_write(bytes_view source) {
    if (auto may = detail::may_begin(*to_, is_busy_, "write"); !may) co_return may;
    const turn mine(is_busy_);
    if (auto so_far = outcome_of(*to_, *sender_, "write"); !so_far) co_return so_far;
    if (sender_->buffered() >= high_water_) {
        auto room = co_await wait_until_left(*to_, *sender_, high_water_ - 1, "write");
        if (!room) co_return room;
    }
    if (!sender_->take(source))
        co_return std::unexpected(
            detail::failure_on(*to_, std::error_code(EBUSY, std::system_category()), "write"));
    co_return result<void>();
}

task<result<void>> deferred_writer::try_flush() {
    if (auto may = detail::may_begin(*to_, is_busy_, "flush"); !may) co_return may;
    const turn mine(is_busy_);
    co_return co_await wait_until_left(*to_, *sender_, 0, "flush");
}

task<> deferred_writer::write(bytes_view source) { value_or_throw(co_await try_write(source)); }
task<> deferred_writer::flush() { value_or_throw(co_await try_flush()); }

}  // namespace priz::io
