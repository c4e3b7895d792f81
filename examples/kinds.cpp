// What kinds of sockets there are: a family and a type that this kernel knows, or an error that
// says what it lacks.
//
// It prints:
//     AF_INET, SOCK_STREAM: made
//     AF_INET6, SOCK_DGRAM: made
//     AF_UNIX, SOCK_SEQPACKET: made
//     PF_X25, SOCK_SEQPACKET: socket AF_X25 SOCK_SEQPACKET: …: this kernel has no such …
//     AF_INET, SOCK_RDM: socket AF_INET SOCK_RDM: …: this kernel has no such …
#include <priz/socket.hpp>

#include <iostream>

namespace {

struct kind {
    const char* name;
    int family;
    int type;
};

void make(const kind& wanted) {
    const auto made = priz::socket::try_make(wanted.family, wanted.type);
    std::cout << wanted.name << ": " << (made ? "made" : made.error().message()) << '\n';
}

}  // namespace

int main(int, char**) {
    make({"AF_INET, SOCK_STREAM", AF_INET, SOCK_STREAM});
    make({"AF_INET6, SOCK_DGRAM", AF_INET6, SOCK_DGRAM});
    make({"AF_UNIX, SOCK_SEQPACKET", AF_UNIX, SOCK_SEQPACKET});
    make({"PF_X25, SOCK_SEQPACKET", PF_X25, SOCK_SEQPACKET});
    make({"AF_INET, SOCK_RDM", AF_INET, SOCK_RDM});
    return 0;
}
