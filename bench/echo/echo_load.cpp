// The load on an echo server: connections that each keep some messages outstanding, and how long
// the answers take.
//
//   echo_load --port N [--connections C] [--size S] [--depth D] [--seconds T | --messages M |
//   --slices]
//             [--apart] [--spin] [--verify]
//
// A closed loop: a message that is back, whole, lets its connection begin the next. Those begun by
// the same receive are sent together, as by a client that pipelines; with --apart each by a send of
// its own. When the time is over (or the messages are sent) those outstanding are awaited, and a
// line of JSON says what came of it. With --slices the connections stay: each line of standard
// input is the seconds of a run, its end ends the program; a line
// {"connected": C} comes first. With --spin the load does not sleep while it waits, so that the
// server never has to wake it: on one machine that is part of the server's sends, and of no server
// elsewhere.
//
// That as many bytes come back as were sent is held in any case; that they are the same, with
// --verify. The exit status is 1 where that fails, and where nothing at all happens for ten
// seconds.
#include "histogram.hpp"
#include "server.hpp"

#include <sys/epoll.h>
#include <time.h>

#include <cerrno>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr int silence_ms_max = 10'000;
constexpr std::size_t receive_size = 4 * echo::buffer_size;

std::uint64_t now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * second +
           static_cast<std::uint64_t>(time.tv_nsec);
}

struct options {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    std::size_t size = 64;
    std::size_t depth = 1;
    double seconds = 1;
    std::uint64_t messages = std::numeric_limits<std::uint64_t>::max();
    bool verify = false;
    bool apart = false;
    bool spin = false;
    bool slices = false;
};

[[noreturn]] void give_up(const char* why) {
    std::fprintf(stderr, "echo_load: %s\n", why);
    std::exit(1);
}

// The bytes of every connection's stream, over and over: a period that is prime, and then enough of
// the next for any stretch to lie in one piece.
class pattern {
public:
    explicit pattern(std::size_t longest) : bytes_(period + longest) {
        std::uint32_t state = 1;
        for (std::size_t i = 0; i < bytes_.size(); ++i) {
            state = state * 1'664'525 + 1'013'904'223;
            bytes_[i] = i < period ? static_cast<char>(state >> 24U) : bytes_[i - period];
        }
    }

    const char* at(std::uint64_t offset) const { return bytes_.data() + offset % period; }

private:
    static constexpr std::size_t period = 65'521;
    std::vector<char> bytes_;
};

struct connection {
    int descriptor;
    std::uint64_t due;       // bytes: whole messages begun
    std::uint64_t sent;      // bytes
    std::uint64_t received;  // bytes
    std::uint64_t*
        begun;  // when each message that is outstanding was begun, by its number modulo the depth
};

int connect_to(std::uint16_t port) {
    const int descriptor = echo::check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* target = reinterpret_cast<const sockaddr*>(&address);
    echo::check(connect(descriptor, target, sizeof address), "connect");
    echo::set_no_delay(descriptor);
    const linger reset{.l_onoff = 1, .l_linger = 0};  // leaves no port in TIME_WAIT
    echo::check(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), "SO_LINGER");
    return descriptor;
}

// A byte there and back: the server has accepted this connection and all before it.
void greet(int descriptor) {
    char byte = 'x';
    if (send(descriptor, &byte, 1, MSG_NOSIGNAL) != 1 || recv(descriptor, &byte, 1, 0) != 1) {
        give_up("no answer to the first byte");
    }
}

class load {
public:
    explicit load(const options& chosen)
        : options_(chosen),
          pattern_(std::max(chosen.size * chosen.depth, receive_size)),
          poller_(echo::check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
          begun_(chosen.connections * chosen.depth) {
        connections_.reserve(chosen.connections);
        for (std::size_t i = 0; i < chosen.connections; ++i) connect_one(i);
    }

    void run(double seconds) {
        times_ = {};
        started_ = finished_ = 0;
        start_ = now();
        deadline_ = start_ + static_cast<std::uint64_t>(seconds * static_cast<double>(second));
        for (connection& c : connections_) begin_all(c);
        while (finished_ < started_) turn();
        report(now() - start_);
    }

private:
    void connect_one(std::size_t number) {
        const int descriptor = connect_to(options_.port);
        if (number % 256 == 255 || number + 1 == options_.connections) greet(descriptor);
        connections_.push_back({descriptor, 0, 0, 0, &begun_[number * options_.depth]});
        epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                          .data = {.ptr = &connections_.back()}};
        echo::check(epoll_ctl(poller_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
    }

    bool begin_message(connection& c, std::uint64_t time) {
        if (time >= deadline_ || started_ == options_.messages) return false;
        c.begun[c.due / options_.size % options_.depth] = time;
        c.due += options_.size;
        ++started_;
        return true;
    }

    void begin_all(connection& c) {
        const std::uint64_t time = now();
        for (std::size_t i = 0; i < options_.depth && begin_message(c, time); ++i) {
        }
        send_due(c);
    }

    void turn() {
        const int found = options_.spin ? spin() : wait(silence_ms_max);
        if (found == 0) give_up("no answer for ten seconds");
        for (int i = 0; i < found; ++i) {
            serve(*static_cast<connection*>(ready_[static_cast<std::size_t>(i)].data.ptr));
        }
    }

    int wait(int timeout_ms) {
        return epoll_wait(poller_, ready_.data(), static_cast<int>(ready_.size()), timeout_ms);
    }

    int spin() {
        const std::uint64_t end = now() + silence_ms_max * (second / 1000);
        for (;;) {
            const int found = wait(0);
            if (found != 0 || now() >= end) return found;
        }
    }

    // A receive that does not fill the buffer has emptied the socket.
    void serve(connection& c) {
        for (;;) {
            if (c.sent < c.due) send_due(c);
            const ssize_t got = recv(c.descriptor, buffer_.get(), receive_size, MSG_DONTWAIT);
            if (got < 0 && errno == EAGAIN) return;
            if (got <= 0) give_up("the server has closed a connection");
            take(c, static_cast<std::size_t>(got));
            send_due(c);
            if (static_cast<std::size_t>(got) < receive_size) return;
        }
    }

    void take(connection& c, std::size_t size) {
        if (c.received + size > c.sent) give_up("more came back than was sent");
        if (options_.verify && std::memcmp(buffer_.get(), bytes(c, c.received), size) != 0) {
            give_up("something else came back than was sent");
        }
        const std::uint64_t before = c.received / options_.size;
        c.received += size;
        const std::uint64_t after = c.received / options_.size;
        if (before == after) return;
        const std::uint64_t time = now();
        for (std::uint64_t each = before; each < after; ++each) {
            times_.add(time - c.begun[each % options_.depth]);
            ++finished_;
            begin_message(c, time);
        }
    }

    void send_due(connection& c) {
        while (c.sent < c.due) {
            const std::uint64_t size =
                options_.apart ? options_.size - c.sent % options_.size : c.due - c.sent;
            const ssize_t sent =
                send(c.descriptor, bytes(c, c.sent), size, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EAGAIN) return;
            if (sent < 0) give_up("the server has closed a connection");
            c.sent += static_cast<std::uint64_t>(sent);
        }
    }

    // Where nobody compares, the same bytes serve every message, so that they are in the cache.
    const char* bytes(const connection& c, std::uint64_t offset) const {
        const auto number = static_cast<std::uint64_t>(&c - connections_.data());
        return pattern_.at(options_.verify ? number * 7'919 + offset : 0);
    }

    void report(std::uint64_t elapsed) const {
        const auto microseconds = [](std::uint64_t time) {
            return static_cast<double>(time) / 1000;
        };
        std::printf(R"({"messages": %llu, "seconds": %.9f, "latency_us": {)",
                    static_cast<unsigned long long>(finished_),
                    static_cast<double>(elapsed) / static_cast<double>(second));
        for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
            std::printf(R"("p%g": %.3f, )", percent,
                        microseconds(times_.percentile(percent / 100)));
        }
        std::printf(R"("max": %.3f}})"
                    "\n",
                    microseconds(times_.longest()));
        std::fflush(stdout);
    }

    options options_;
    pattern pattern_;
    int poller_;
    std::vector<std::uint64_t> begun_;
    std::vector<connection> connections_;
    std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(receive_size);
    std::array<epoll_event, 1024> ready_{};
    echo::histogram times_;
    std::uint64_t started_ = 0;   // messages of this run
    std::uint64_t finished_ = 0;  // messages of this run
    std::uint64_t start_ = 0;
    std::uint64_t deadline_ = 0;
};

[[noreturn]] void usage() {
    std::fputs(
        "usage: echo_load --port N [--connections C] [--size S] [--depth D]\n"
        "                 [--seconds T | --messages M | --slices] [--apart] [--spin] [--verify]\n",
        stderr);
    std::exit(2);
}

void set_option(options& o, std::string_view name, const char* value) {
    const std::uint64_t number = std::strtoull(value, nullptr, 10);
    if (name == "--port") {
        o.port = static_cast<std::uint16_t>(number);
    } else if (name == "--connections") {
        o.connections = number;
    } else if (name == "--size") {
        o.size = number;
    } else if (name == "--depth") {
        o.depth = number;
    } else if (name == "--seconds") {
        o.seconds = std::strtod(value, nullptr);
    } else if (name == "--messages") {
        o.messages = number;
        o.seconds = 1e9;
    } else {
        usage();
    }
}

bool* flag(options& o, std::string_view name) {
    if (name == "--apart") return &o.apart;
    if (name == "--spin") return &o.spin;
    if (name == "--verify") return &o.verify;
    if (name == "--slices") return &o.slices;
    return nullptr;
}

options parse(int count, char** arguments) {
    options o;
    for (int i = 1; i < count; ++i) {
        if (bool* on = flag(o, arguments[i])) {
            *on = true;
        } else if (i + 1 < count) {
            set_option(o, arguments[i], arguments[i + 1]);
            ++i;
        } else {
            usage();
        }
    }
    if (o.port == 0 || o.connections == 0 || o.size == 0 || o.depth == 0) usage();
    return o;
}

void run_slices(load& driver, std::size_t connections) {
    std::printf("{\"connected\": %zu}\n", connections);
    std::fflush(stdout);
    char line[64];
    while (std::fgets(line, sizeof line, stdin) != nullptr) driver.run(std::strtod(line, nullptr));
}

}  // namespace

int main(int count, char** arguments) {
    const options chosen = parse(count, arguments);
    echo::raise_descriptor_limit();
    load driver(chosen);
    chosen.slices ? run_slices(driver, chosen.connections) : driver.run(chosen.seconds);
}
