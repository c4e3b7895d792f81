#include "core/file_state.hpp"

#include <algorithm>

#include "core/sys.hpp"

namespace priz::detail {

namespace {

// How much is asked of the kernel at once, and made room for, when a caller wants very much: the
// size that a caller (or a peer, through a protocol's length field) names is not believed before
// bytes come.
constexpr std::size_t piece_max = 1 << 20;
constexpr std::size_t piece_min = 1 << 16;

// The socket's descriptor with one owner more. A socket that is closed has none to share: the file
// is then the only owner of none.
shared_fd* share(socket& s) {
    shared_fd*& shared = socket_access::shared(s);
    if (shared != nullptr) {
        shared->owners.fetch_add(1, std::memory_order_relaxed);
        return shared;
    }
    const int fd = socket_access::fd(s);
    auto* made =
        new shared_fd{fd < 0 ? 1 : 2, fd, socket_access::timeout_ns(s), socket_access::hook(s)};
    if (fd >= 0) shared = made;
    return made;
}

}  // namespace

file_half::file_half(shared_fd* shared, const socket& original) noexcept
    : shared_(shared),
      view_(socket_access::wrap(-1, original.family(), original.type(), original.proto(), -1)) {
    socket_access::remember_peer(view_, socket_access::remembered_peer(original));
}

deadline file_half::verb_end() noexcept {
    const std::int64_t timeout = shared_->timeout_ns.load(std::memory_order_acquire);
    return timeout > 0 ? deadline::after(duration::from_nanoseconds(timeout)) : deadline();
}

void file_half::refresh(deadline until) noexcept {
    std::int64_t timeout = shared_->timeout_ns.load(std::memory_order_acquire);
    // A wait that is over still tries once, and then ends by its timeout rather than as
    // non-blocking.
    if (const auto left = until.remaining(); left && timeout > 0)
        timeout = std::max<std::int64_t>(left->nanoseconds(), 1);
    socket_access::set_fd(view_, shared_->fd.load(std::memory_order_acquire));
    socket_access::timeout_ns(view_) = timeout;
    view_.set_blocking_hook(shared_->hook.load(std::memory_order_acquire));
}

result<std::size_t> file_half::receive(const char* operation, bytes_span target,
                                       deadline until) noexcept {
    refresh(until);
    return socket_access::retry(view_, operation, POLLIN, [&](int fd) {
        return sys::recv(fd, target.data(), target.size(), 0);
    });
}

result<std::size_t> file_half::send(const char* operation, bytes_view source,
                                    deadline until) noexcept {
    refresh(until);
    return socket_access::retry(view_, operation, POLLOUT, [&](int fd) {
        return sys::send(fd, source.data(), source.size(), 0);
    });
}

result<void> file_half::in_time(const char* operation, deadline until) noexcept {
    if (!until.has_passed()) return {};
    return std::unexpected(make_failure(view_, errc::timed_out, operation));
}

result<void> file_half::between_sends(const char* operation) noexcept {
    blocking_hook* hook = view_.get_blocking_hook();
    const std::error_code verdict = hook != nullptr ? hook->interrupted() : std::error_code();
    if (!verdict) return {};
    return std::unexpected(make_failure(view_, verdict, operation));
}

void file_half::consume(std::size_t count) noexcept {
    taken_ += count;
    if (taken_ < data_.size()) return;
    data_.clear();
    taken_ = 0;
}

result<std::size_t> file_reader::fill(const char* operation, std::size_t most, deadline until) {
    data_.erase(0, taken_);
    taken_ = 0;
    const std::size_t before = data_.size();
    const std::size_t room = std::max(buffer_size_, most);
    result<std::size_t> count = 0;
    data_.resize_and_overwrite(before + room, [&](char* start, std::size_t) {
        count = receive(operation, bytes_span(start + before, room), until);
        return before + count.value_or(0);
    });
    return count;
}

result<std::size_t> file_reader::await(const char* operation, std::size_t size, deadline until) {
    while (buffered().size() < size) {
        const std::size_t have = buffered().size();
        const std::size_t piece = std::clamp(have, piece_min, piece_max);
        const auto count = fill(operation, std::min(size - have, piece), until);
        if (!count) return count;
        if (*count == 0 || buffered().size() >= size) break;
        if (const auto go_on = in_time(operation, until); !go_on)
            return std::unexpected(go_on.error());
    }
    return std::min(size, buffered().size());
}

result<std::size_t> file_reader::await_line(const char* operation, std::size_t from,
                                            std::size_t limit, deadline until) {
    std::size_t searched = 0;
    for (;;) {
        const std::string_view there = buffered().substr(from);
        const std::size_t end = there.find('\n', searched);
        if (end != there.npos && end < limit) return end + 1;
        if (there.size() >= limit) return limit;
        if (searched > 0) {
            if (const auto go_on = in_time(operation, until); !go_on)
                return std::unexpected(go_on.error());
        }
        searched = there.size();
        // Byte by byte where nothing may be read ahead.
        const auto count = fill(operation, 1, until);
        if (!count) return count;
        if (*count == 0) return searched;
    }
}

bytes file_reader::take(std::size_t size) {
    bytes taken;
    if (taken_ == 0 && size == data_.size() && size > data_.capacity() / 2)
        taken.swap(data_);
    else
        taken.assign(data_, taken_, size);
    consume(std::min(size, data_.size() - taken_));
    return taken;
}

std::size_t file_reader::take_into(bytes_span target) noexcept {
    const std::string_view there = buffered();
    const std::size_t count = std::min(there.size(), target.size());
    std::copy_n(there.data(), count, static_cast<char*>(target.data()));
    consume(count);
    return count;
}

result<void> file_writer::send_all(const char* operation, bytes_view source, std::size_t& done,
                                   deadline until) noexcept {
    while (done < source.size()) {
        const auto count = send(operation, source.subview(done), until);
        if (!count) return std::unexpected(count.error());
        done += *count;
        if (done == source.size()) break;
        if (const auto go_on = between_sends(operation); !go_on) return go_on;
        if (const auto go_on = in_time(operation, until); !go_on) return go_on;
    }
    return {};
}

result<void> file_writer::flush(const char* operation, deadline until) noexcept {
    std::size_t done = 0;
    auto sent = send_all(operation, waiting(), done, until);
    consume(done);
    return sent;
}

result<std::size_t> file_writer::write(bytes_view source) {
    const deadline until = verb_end();
    if (buffer_size_ == 0) return send("write", source, until);
    if (source.size() > buffer_size_ - std::min(buffer_size_, waiting().size())) {
        if (const auto flushed = flush("write", until); !flushed)
            return std::unexpected(flushed.error());
    }
    if (source.size() >= buffer_size_) {
        std::size_t done = 0;
        auto sent = send_all("write", source, done, until);
        if (!sent) return std::unexpected(std::move(sent.error().with_transferred(done)));
        return done;
    }
    data_.erase(0, taken_);
    taken_ = 0;
    data_.append(source.text());
    return source.size();
}

file_state::file_state(socket& original, bool reading, bool writing, std::size_t buffer_size)
    : shared(share(original)) {
    if (reading) reader.emplace(shared, original, buffer_size);
    if (writing) writer.emplace(shared, original, buffer_size);
}

}  // namespace priz::detail
