#include "priz/io/stream.hpp"

#include <cerrno>
#include <system_error>

#include "io/adopt.hpp"
#include "io/socket_calls.hpp"
#include "priz/socket_object.hpp"

namespace priz::io {

namespace {

// The failure of a verb that closing consists of, as closing's own.
std::unexpected<failure> as_close(const stream& s, const failure& why) {
    const bool was_cancelled = why.code() == errc::cancelled;
    // What a transport has explained says more than a number.
    const bool is_explained = !was_cancelled && why.code().category() != std::system_category();
    if (is_explained) return std::unexpected(why.with_operation("close"));
    const int cause = was_cancelled ? ECANCELED : why.code().value();
    return std::unexpected(detail::failure_of(s.native_endpoint(), cause, "close"));
}

// Its parameter closes the stream, however it ends.
task<result<void>> close_politely(stream s) {
    const auto ended = co_await s.try_shutdown(SHUT_WR);
    // Where the connection is no more, what is received says why.
    const bool is_gone = !ended && ended.error().code() == std::errc::not_connected;
    if (!ended && !is_gone) co_return as_close(s, ended.error());
    for (bool has_more = true; has_more;) {
        const auto data = co_await s.try_recv();
        if (!data) co_return as_close(s, data.error());
        has_more = !data->empty();
    }
    // A transport of another kind may not know the option.
    const int cause = s.try_getsockopt(SOL_SOCKET, SO_ERROR).value_or(0);
    if (cause != 0)
        co_return std::unexpected(detail::failure_of(s.native_endpoint(), cause, "close"));
    co_return result<void>();
}

task<result<void>> nothing_to_close() { co_return result<void>(); }

task<> or_throw(task<result<void>> closing) {
    const auto outcome = co_await std::move(closing);
    if (!outcome) outcome.error().raise();
}

}  // namespace

stream::stream(socket connected)
    : socket_handle(&detail::adopt(std::move(connected), SOCK_STREAM, "stream")) {}

task<result<void>> stream::try_close() {
    if (where_ == nullptr) return nothing_to_close();
    detail::end_waits(*where_);
    return close_politely(std::move(*this));
}

task<> stream::close() { return or_throw(try_close()); }

}  // namespace priz::io
