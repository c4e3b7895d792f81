#include "priz/file.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include "core/file_state.hpp"
#include "core/sys.hpp"

namespace priz {

using detail::file_reader;
using detail::system_code;

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();
constexpr std::size_t default_buffer_size = 8192;  // Python's io.DEFAULT_BUFFER_SIZE

failure refusal(const char* operation, const char* why) noexcept {
    return std::move(failure(errc::value_error, operation).with_hint(why));
}

result<file_reader*> reader_of(detail::file_state* state, const char* operation) noexcept {
    if (state == nullptr) return std::unexpected(refusal(operation, "the file is closed"));
    if (!state->reader)
        return std::unexpected(refusal(operation, "the file is open for writing only"));
    return &*state->reader;
}

// Runs `verb(reader)`; running out of memory is a failure like any other.
template <class Verb>
auto reading(detail::file_state* state, const char* operation, Verb&& verb) noexcept
    -> decltype(verb(std::declval<file_reader&>())) try {
    const auto reader = reader_of(state, operation);
    if (!reader) return std::unexpected(reader.error());
    return verb(**reader);
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), operation));
} catch (const std::length_error&) {
    return std::unexpected(failure(system_code(ENOMEM), operation));
}

// Waits until something is there; how many bytes, at most `size`.
result<std::size_t> await_some(file_reader& reader, const char* operation, std::size_t size) {
    if (size > 0 && reader.buffered().empty()) {
        const auto count =
            reader.fill(operation, std::min(size, default_buffer_size), reader.verb_end());
        if (!count) return count;
    }
    return std::min(size, reader.buffered().size());
}

// Drops the file's share of the descriptor, and closes it when nobody else has one.
result<void> let_go(detail::shared_fd* shared) noexcept {
    const int fd = shared->fd.load(std::memory_order_acquire);
    if (!detail::drop_owner(shared) || fd < 0) return {};
    // The descriptor is closed whatever close(2) says, and a reset has nothing left to tell.
    if (sys::close(fd) == 0 || errno == ECONNRESET || errno == EINTR) return {};
    return std::unexpected(failure(system_code(errno), "close"));
}

struct file_mode {
    bool reading;
    bool writing;
    bool valid;
};

// As Python reads it: any of the letters r, w, b, and reading unless only w is there.
file_mode parse_mode(std::string_view mode) noexcept {
    const bool writing = mode.contains('w');
    return {mode.contains('r') || !writing, writing, mode.find_first_not_of("rwb") == mode.npos};
}

}  // namespace

file::~file() {
    // Nobody is left to be told what close() would say.
    static_cast<void>(try_close());
}

file& file::operator=(file&& other) noexcept {
    if (this == &other) return *this;
    // As in the destructor.
    static_cast<void>(try_close());
    state_ = std::exchange(other.state_, nullptr);
    return *this;
}

result<bytes> file::try_read(std::optional<std::size_t> size) noexcept {
    return reading(state_, "read", [&](file_reader& reader) -> result<bytes> {
        const bool once = size && !reader.is_buffered();
        const auto count = once ? await_some(reader, "read", *size)
                                : reader.await("read", size.value_or(no_limit), reader.verb_end());
        if (!count) return std::unexpected(count.error());
        return reader.take(*count);
    });
}

result<bytes> file::try_read1(std::optional<std::size_t> size) noexcept {
    return reading(state_, "read1", [&](file_reader& reader) -> result<bytes> {
        const auto count = await_some(reader, "read1", size.value_or(default_buffer_size));
        if (!count) return std::unexpected(count.error());
        return reader.take(*count);
    });
}

result<std::size_t> file::try_readinto(bytes_span target) noexcept {
    return reading(state_, "readinto", [&](file_reader& reader) -> result<std::size_t> {
        const auto count = reader.is_buffered()
                               ? reader.await("readinto", target.size(), reader.verb_end())
                               : await_some(reader, "readinto", target.size());
        if (!count) return count;
        return reader.take_into(target);
    });
}

result<std::size_t> file::try_readinto1(bytes_span target) noexcept {
    return reading(state_, "readinto1", [&](file_reader& reader) -> result<std::size_t> {
        const auto count = await_some(reader, "readinto1", target.size());
        if (!count) return count;
        return reader.take_into(target);
    });
}

result<bytes> file::try_readline(std::optional<std::size_t> limit) noexcept {
    return reading(state_, "readline", [&](file_reader& reader) -> result<bytes> {
        const auto size =
            reader.await_line("readline", 0, limit.value_or(no_limit), reader.verb_end());
        if (!size) return std::unexpected(size.error());
        return reader.take(*size);
    });
}

result<std::vector<bytes>> file::try_readlines(std::optional<std::size_t> hint) noexcept {
    return reading(state_, "readlines", [&](file_reader& reader) -> result<std::vector<bytes>> {
        const deadline until = reader.verb_end();
        // The lines are taken only when all of them are there.
        std::vector<std::size_t> sizes;
        std::size_t sum = 0;
        while (sum <= (hint && *hint > 0 ? *hint : no_limit)) {
            const auto go_on = sum == 0 ? result<void>() : reader.in_time("readlines", until);
            if (!go_on) return std::unexpected(go_on.error());
            const auto size = reader.await_line("readlines", sum, no_limit, until);
            if (!size) return std::unexpected(size.error());
            if (*size == 0) break;
            sizes.push_back(*size);
            sum += *size;
        }
        std::vector<bytes> lines;
        std::string_view rest = reader.buffered();
        for (const std::size_t size : sizes) {
            lines.emplace_back(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        reader.consume(sum);
        return lines;
    });
}

result<bytes_view> file::try_peek() noexcept {
    return reading(state_, "peek", [&](file_reader& reader) -> result<bytes_view> {
        if (!reader.is_buffered())
            return std::unexpected(refusal("peek", "the file is unbuffered"));
        const auto count = await_some(reader, "peek", 1);
        if (!count) return std::unexpected(count.error());
        return bytes_view(reader.buffered());
    });
}

result<std::size_t> file::try_write(bytes_view source) noexcept try {
    if (state_ == nullptr) return std::unexpected(refusal("write", "the file is closed"));
    if (!state_->writer)
        return std::unexpected(refusal("write", "the file is open for reading only"));
    return state_->writer->write(source);
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), "write"));
}

result<void> file::try_flush() noexcept {
    if (state_ == nullptr) return std::unexpected(refusal("flush", "the file is closed"));
    if (!state_->writer) return {};
    return state_->writer->flush("flush", state_->writer->verb_end());
}

result<void> file::try_close() noexcept {
    if (state_ == nullptr) return {};
    const auto flushed = try_flush();
    detail::shared_fd* shared = state_->shared;
    delete std::exchange(state_, nullptr);
    const auto closed = let_go(shared);
    return flushed ? closed : flushed;
}

bool file::readable() const noexcept { return state_ != nullptr && state_->reader.has_value(); }
bool file::writable() const noexcept { return state_ != nullptr && state_->writer.has_value(); }

int file::fileno() const noexcept {
    return state_ == nullptr ? -1 : state_->shared->fd.load(std::memory_order_acquire);
}

bytes file::read(std::optional<std::size_t> size) { return value_or_throw(try_read(size)); }
bytes file::read1(std::optional<std::size_t> size) { return value_or_throw(try_read1(size)); }
std::size_t file::readinto(bytes_span target) { return value_or_throw(try_readinto(target)); }
std::size_t file::readinto1(bytes_span target) { return value_or_throw(try_readinto1(target)); }
bytes file::readline(std::optional<std::size_t> limit) {
    return value_or_throw(try_readline(limit));
}
std::vector<bytes> file::readlines(std::optional<std::size_t> hint) {
    return value_or_throw(try_readlines(hint));
}
bytes_view file::peek() { return value_or_throw(try_peek()); }
std::size_t file::write(bytes_view source) { return value_or_throw(try_write(source)); }
void file::flush() { value_or_throw(try_flush()); }
void file::close() { value_or_throw(try_close()); }

result<file> socket::try_makefile(std::string_view mode,
                                  std::optional<std::size_t> buffering) noexcept try {
    const file_mode parsed = parse_mode(mode);
    if (!parsed.valid)
        return std::unexpected(refusal("makefile", "invalid mode (only r, w, b allowed)"));
    const std::size_t asked = buffering.value_or(default_buffer_size);
    return file(new detail::file_state(*this, parsed.reading, parsed.writing,
                                       detail::is_negative(asked) ? default_buffer_size : asked));
} catch (const std::bad_alloc&) {
    return std::unexpected(failure(system_code(ENOMEM), "makefile"));
}

file socket::makefile(std::string_view mode, std::optional<std::size_t> buffering) {
    return value_or_throw(try_makefile(mode, buffering));
}

}  // namespace priz
