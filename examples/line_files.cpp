// A stream read and written like a file: many small pieces in few sends, and lines with a limit.
//
// It prints:
//     name: priz
//     too long: readline unix: message too long: the limit is 10 bytes
#include <priz/io.hpp>
#include <priz/socket.hpp>

#include <iostream>

namespace io = priz::io;

namespace {

io::task<> talk() {
    auto [left, right] = priz::socketpair();
    io::stream here(std::move(left));
    io::stream there(std::move(right));

    io::writer out(here);
    co_await out.write("name: ");
    co_await out.write("priz\n");
    co_await out.write("a line that somebody does not end");
    co_await out.flush();  // what was written waits in the writer until then

    io::reader in(there);
    std::cout << co_await in.readline();
    auto line = co_await in.try_readline(10);  // a line, of at most so many bytes
    if (!line) std::cout << "too long: " << line.error().message() << '\n';
}

}  // namespace

int main() { io::run(talk()); }
