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
// the text comes from. Where nothing holds it (sink_hold), write() writes at once and waits.
class sink {
public:
    static constexpr std::size_t limit = 256 * 1024;

    explicit sink(int fd) : fd_(fd) {}
    sink(const sink&) = delete;
    sink& operator=(const sink&) = delete;

    // Throws stop_here (write error) when nobody reads any more.
    void write(std::string_view data);

    int fileno() const noexcept { return fd_; }
    bool is_full() const noexcept { return pending_.size() - written_ >= limit; }
    bool empty() const noexcept { return pending_.size() == written_; }
    bool is_terminal() const noexcept;

private:
    friend class sink_hold;

    void forget_written();
    std::error_code write_rest(bool patiently);

    int fd_;
    std::function<void()> pends_;  // empty where nothing holds it
    std::string pending_;
    std::size_t written_ = 0;
};

// While one lives, text waits in the sink: `pends` is called when there is some, and whoever made
// this calls write_ready() whenever the descriptor is ready. When it ends without finish(), what is
// left is written nonetheless, errors unseen.
class sink_hold {
public:
    sink_hold(sink& which, std::function<void()> pends);
    sink_hold(const sink_hold&) = delete;
    sink_hold& operator=(const sink_hold&) = delete;
    ~sink_hold();

    // What the descriptor takes. Throws stop_here (write error).
    void write_ready();

    // Writes what is left, waiting for whoever reads. Throws stop_here (write error).
    void finish();
    // From now on nothing is worth waiting for.
    void hurry() noexcept { patient_ = false; }

private:
    sink& sink_;
    bool patient_ = true;
};

// While one lives, the loop writes whenever the sink's descriptor is ready, and calls `drained`
// once there is room again. The loop outlives it.
class sink_attachment {
public:
    sink_attachment(sink& which, event_loop& to, std::function<void()> drained);
    sink_attachment(const sink_attachment&) = delete;
    sink_attachment& operator=(const sink_attachment&) = delete;
    ~sink_attachment();

    // As those of sink_hold.
    void finish() { hold_.finish(); }
    void hurry() noexcept { hold_.hurry(); }

private:
    void write_ready();

    sink& sink_;
    event_loop& loop_;
    std::function<void()> drained_;
    sink_hold hold_;
};

}  // namespace priz::cli
