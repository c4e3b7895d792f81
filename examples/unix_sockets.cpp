// Sockets between processes of one machine: their address is a path, or a name that is in no
// folder.
//
// It prints:
//     a path: unix:greetings.sock
//     the client received "hello, neighbour"
//     bound again: bind unix:greetings.sock: address already in use: …
//     an abstract name: unix-abstract:greetings
//     the client received "hello, neighbour"
#include <stdlib.h>
#include <unistd.h>
#include <priz/socket.hpp>

#include <iostream>
#include <string>
#include <string_view>

namespace {

void serve_one(priz::socket& server) {
    priz::socket client(AF_UNIX);
    client.connect(server.getsockname());
    server.accept().connection.sendall("hello, neighbour");
    std::cout << "the client received \"" << client.recv(1024) << "\"\n";
}

}  // namespace

int main(int, char**) {
    using namespace std::string_view_literals;
    char folder[] = "/tmp/priz-XXXXXX";
    if (::mkdtemp(folder) == nullptr || ::chdir(folder) != 0) return 1;

    priz::socket by_path(AF_UNIX);
    by_path.bind("greetings.sock");
    by_path.listen();
    std::cout << "a path: " << by_path.getsockname().str() << '\n';
    serve_one(by_path);

    priz::socket second(AF_UNIX);
    if (auto bound = second.try_bind("greetings.sock"); !bound)
        std::cout << "bound again: " << bound.error().message() << '\n';

    priz::socket by_name(AF_UNIX);
    by_name.bind("\0greetings"sv);  // a leading NUL: the name goes when the socket does
    by_name.listen();
    std::cout << "an abstract name: " << by_name.getsockname().str() << '\n';
    serve_one(by_name);

    // A path stays behind when its socket is closed; whoever made it removes it.
    return ::unlink("greetings.sock") == 0 && ::rmdir(folder) == 0 ? 0 : 1;
}
