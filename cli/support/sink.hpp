// cli/support/sink.hpp: standard output, with a bounded memory and without ever holding up the
// loop.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>

namespace priz::cli {

class event_loop;

// Text waits here until whoever reads takes it. While is_full(), who fills it stops reading where
// the text comes from. Without a loop, write() writes
// at once and waits.
class sink {
public:
    static constexpr std::size_t limit = 256 * 1024;

    explicit sink(int fd) : fd_(fd) {}
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

    // Throws stop_here (write error) when nobody reads any more.
    void write(std::string_view data);

    bool is_full() const noexcept { return pending_.size() - written_ >= limit; }
    bool empty() const noexcept { return pending_.size() == written_; }
    bool is_terminal() const noexcept;

private:
    friend class sink_attachment;

    void write_ready();
    void forget_written();
    std::error_code write_rest(bool patiently);

    int fd_;
    event_loop* loop_ = nullptr;
    std::function<void()> drained_;
    std::string pending_;
    std::size_t written_ = 0;
};

// While one lives, the sink writes whenever its descriptor is ready, and calls `drained` once there
// is room again. The loop outlives it. When it ends without finish(), what is left is written
// nonetheless, errors unseen.
class sink_attachment {
public:
    sink_attachment(sink& which, event_loop& to, std::function<void()> drained);
    sink_attachment(const sink_attachment&) = delete;
    sink_attachment& operator=(const sink_attachment&) = delete;
    ~sink_attachment();

    // Writes what is left, waiting for whoever reads. Throws stop_here (write error).
    void finish();
    // From now on nothing is worth waiting for.
    void hurry() noexcept { patient_ = false; }

private:
    void detach() noexcept;

    sink& sink_;
    bool patient_ = true;
};

}  // namespace priz::cli
