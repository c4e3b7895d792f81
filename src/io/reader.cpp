#include "priz/io/reader.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "io/stream_failure.hpp"

namespace priz::io {

// A verb's time with the buffer.
class reader::turn {
public:
    explicit turn(reader& whose) noexcept : whose_(whose) { whose.is_busy_ = true; }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() { whose_.is_busy_ = false; }

private:
    reader& whose_;
};

// The first `size` bytes of the buffer, which has them. A buffer that is taken whole is given away.
bytes reader::take(std::size_t size) {
    if (taken_ == 0 && size == buffer_.size()) return std::exchange(buffer_, bytes());
    bytes taken(buffer_, taken_, size);
    taken_ += size;
    if (taken_ == buffer_.size()) {
        buffer_.clear();
        taken_ = 0;
    }
    return taken;
}

// At least `size` bytes in the buffer, except at the end of the stream.
task<result<void>> reader::fill(std::size_t size, const char* operation) {
    if (auto may = detail::may_begin(*from_, is_busy_, operation); !may)
        co_return std::unexpected(may.error());
    const turn mine(*this);
    while (buffered().size() < size) {
        auto got = co_await from_->try_recv();
        if (!got) co_return std::unexpected(got.error());
        if (got->empty()) break;
        buffer_.erase(0, std::exchange(taken_, 0));
        buffer_ += got->text();
    }
    co_return result<void>();
}

// Where in the buffer the first `delimiter` ends; npos where the stream ends before.
task<result<std::size_t>> reader::find(std::string_view delimiter, std::size_t limit,
                                       const char* operation) {
    if (auto may = detail::may_begin(*from_, is_busy_, operation); !may)
        co_return std::unexpected(may.error());
    for (std::size_t searched = 0;;) {
        const std::string_view there = buffered().substr(0, limit);
        const std::size_t at = there.find(delimiter, searched);
        if (at != there.npos) co_return at + delimiter.size();
        if (there.size() == limit) co_return std::unexpected(over_limit(operation, limit));
        // A part of the delimiter may have come.
        searched = there.size() - std::min(there.size(), delimiter.size() - 1);
        const std::size_t had = there.size();
        if (auto filled = co_await fill(had + 1, operation); !filled)
            co_return std::unexpected(filled.error());
        if (buffered().size() == had) co_return there.npos;
    }
}

failure reader::over_limit(const char* operation, std::size_t limit) const {
    failure why =
        detail::failure_on(*from_, std::error_code(EMSGSIZE, std::system_category()), operation);
    why.with_hint("the limit is " + std::to_string(limit) + " bytes");
    return why;
}

task<result<bytes>> reader::try_read(std::size_t size) {
    if (auto filled = co_await fill(size, "read"); !filled)
        co_return std::unexpected(filled.error());
    co_return take(std::min(size, buffered().size()));
}

task<result<bytes>> reader::try_read1(std::size_t size) {
    if (auto filled = co_await fill(std::min<std::size_t>(size, 1), "read1"); !filled)
        co_return std::unexpected(filled.error());
    co_return take(std::min(size, buffered().size()));
}

task<result<bytes>> reader::try_read_exactly(std::size_t size) {
    constexpr const char* operation = "read_exactly";
    if (auto filled = co_await fill(size, operation); !filled)
        co_return std::unexpected(filled.error());
    if (buffered().size() >= size) co_return take(size);
    failure why = detail::failure_on(*from_, errc::end_of_stream, operation);
    why.with_transferred(buffered().size());
    co_return std::unexpected(why);
}

task<result<bytes>> reader::try_read_all(std::size_t limit) {
    constexpr const char* operation = "read_all";
    std::size_t had = 0;
    do {
        had = buffered().size();
        if (auto filled = co_await fill(had + 1, operation); !filled)
            co_return std::unexpected(filled.error());
        if (buffered().size() > limit) co_return std::unexpected(over_limit(operation, limit));
    } while (buffered().size() > had);
    co_return take(had);
}

task<result<bytes>> reader::try_readline(std::optional<std::size_t> limit) {
    auto end = co_await find("\n", limit.value_or(limit_), "readline");
    if (!end) co_return std::unexpected(end.error());
    co_return take(std::min(*end, buffered().size()));
}

task<result<bytes>> reader::try_read_until(bytes_view delimiter, std::optional<std::size_t> limit) {
    constexpr const char* operation = "read_until";
    if (delimiter.empty()) {
        failure why = detail::failure_on(*from_, errc::value_error, operation);
        why.with_hint("a delimiter has at least one byte");
        co_return std::unexpected(why);
    }
    auto end = co_await find(delimiter.text(), limit.value_or(limit_), operation);
    if (!end) co_return std::unexpected(end.error());
    if (*end != std::string_view::npos) co_return take(*end);
    failure why = detail::failure_on(*from_, errc::end_of_stream, operation);
    why.with_transferred(buffered().size());
    co_return std::unexpected(why);
}

task<result<std::string_view>> reader::try_peek(std::size_t size) {
    if (auto filled = co_await fill(size, "peek"); !filled)
        co_return std::unexpected(filled.error());
    co_return buffered();
}

task<bytes> reader::read(std::size_t size) { co_return value_or_throw(co_await try_read(size)); }
task<bytes> reader::read1(std::size_t size) { co_return value_or_throw(co_await try_read1(size)); }
task<bytes> reader::read_exactly(std::size_t size) {
    co_return value_or_throw(co_await try_read_exactly(size));
}
task<bytes> reader::read_all(std::size_t limit) {
    co_return value_or_throw(co_await try_read_all(limit));
}
task<bytes> reader::readline(std::optional<std::size_t> limit) {
    co_return value_or_throw(co_await try_readline(limit));
}
task<bytes> reader::read_until(bytes_view delimiter, std::optional<std::size_t> limit) {
    co_return value_or_throw(co_await try_read_until(delimiter, limit));
}
task<std::string_view> reader::peek(std::size_t size) {
    co_return value_or_throw(co_await try_peek(size));
}

}  // namespace priz::io
