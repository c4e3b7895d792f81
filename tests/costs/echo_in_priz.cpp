// An echo server through the public API, for counting what a message costs:
//
//     echo_in_priz BACKEND CONNECTIONS
//
// prints its port, serves so many connections, and prints at their end how often memory was
// allocated between the third time at the gate and the last, how much was at the fourth, and how
// often in all.
// BACKEND is epoll, uring, uring-ring (the kernel receives ahead) or uring-deferred (what is sent
// goes at the end of a turn, too). The first connection is no echo: it is the gate by which echo.py
// makes counts exact. For each byte of it the server answers, and then stands still until there is
// a byte on its standard input; what the client has sent meanwhile is all there when it goes on.
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <priz/address.hpp>
#include <priz/io.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

extern "C" {
void* __libc_malloc(std::size_t);                 // NOLINT
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT
void* __libc_realloc(void*, std::size_t);         // NOLINT
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT
}

namespace {

long allocations = 0;
// When the gate was passed for the third time, and for the last.
long gates = 0;
constexpr long gate_of_memory = 4;
long allocations_before = 0;
long allocations_after = 0;
std::size_t bytes_at_gate = 0;

}  // namespace

extern "C" {
void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) {
    ++allocations;
    return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
}

namespace {

namespace io = priz::io;

// Of memory that is the process's own and has been touched, the allocator's losses with it. Asks
// for none itself.
std::size_t private_bytes() {
    constexpr std::string_view field = "Private_Dirty:";
    char text[4096];
    const int file = ::open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    const ssize_t size = ::read(file, text, sizeof text - 1);
    ::close(file);
    if (size < 0) return 0;
    text[size] = '\0';
    const char* const found = std::strstr(text, field.data());
    return found == nullptr ? 0 : std::strtoul(found + field.size(), nullptr, 10) * 1024;
}

io::task<> echo(io::stream s) {
    while (auto data = co_await s.recv()) co_await s.sendall(data);
}

io::task<> echo_late(io::stream s) {
    io::deferred_writer out(s);
    while (auto data = co_await s.recv()) co_await out.write(data);
}

io::task<> gate(io::stream s) {
    while (auto asked = co_await s.recv()) {
        co_await s.sendall(asked);
        if (++gates == 3) allocations_before = allocations;
        allocations_after = allocations;
        // Once: what it costs depends on how much memory there is.
        if (gates == gate_of_memory) bytes_at_gate = private_bytes();
        char opened;
        if (::read(STDIN_FILENO, &opened, 1) != 1) std::abort();
    }
}

io::task<> serve(int connections, io::task<> (*handler)(io::stream)) {
    io::listener here = io::listen(priz::address::ipv4(INADDR_LOOPBACK, 0));
    std::printf("%u\n", here.getsockname().port());
    std::fflush(stdout);
    co_await io::with_scope([&](io::scope& all) -> io::task<> {
        all.spawn(gate((co_await here.accept()).connection));
        for (int i = 0; i < connections; ++i)
            all.spawn(handler((co_await here.accept()).connection));
    });
}

}  // namespace

int main(int, char** words) {
    const std::string_view backend = words[1];
    io::run_options options{.backend = io::backend_kind::uring, .receive = io::receive_mode::poll};
    if (backend == "epoll") options.backend = io::backend_kind::epoll;
    const bool is_late = backend == "uring-deferred";
    if (backend == "uring-ring" || is_late) options.receive = io::receive_mode::ring;
    io::run(serve(std::atoi(words[2]), is_late ? echo_late : echo), options);
    std::printf("%ld %zu %ld\n", allocations_after - allocations_before, bytes_at_gate,
                allocations);
}
