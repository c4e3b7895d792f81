// Provokes one error after another and prints what each says.
//
// docs/guide/errors.md shows these sentences and says what to do about each.
#include <sys/resource.h>
#include <unistd.h>
#include <priz/socket.hpp>

#include <iostream>
#include <string>

namespace {

template <class T>
void show(const char* what, const priz::result<T>& outcome) {
    std::cout << what << ": " << (outcome ? "no error" : outcome.error().message()) << '\n';
}

priz::socket bound(int type = SOCK_STREAM) {
    priz::socket s(AF_INET, type);
    s.bind("127.0.0.1", 0);
    return s;
}

priz::socket listening() {
    auto s = bound();
    s.listen();
    return s;
}

void show_errors_of_bind() {
    auto taken = listening();
    show("address in use", priz::socket().try_bind(taken.getsockname()));
    show("bound twice", taken.try_bind("127.0.0.1", 0));
    show("port out of range", priz::socket().try_bind("127.0.0.1", 65536));
    show("not this machine's", priz::socket().try_bind("192.0.2.1", 0));
    show("another family", priz::socket().try_bind(priz::address::ipv6("::1", 0)));
    show("path too long", priz::socket(AF_UNIX).try_bind(std::string(108, 'x')));
    show("no such folder", priz::socket(AF_UNIX).try_bind("/no-such-folder/a.sock"));
}

// A superuser may have any port: the privilege is laid down for as long as this takes.
void show_privileged_port() {
    const auto me = ::geteuid();
    if (me == 0 && ::seteuid(65534) != 0) return;
    show("privileged port", priz::socket().try_bind("127.0.0.1", 80));
    if (me == 0 && ::seteuid(me) != 0) std::cerr << "could not become root again\n";
}

void show_errors_of_connect() {
    const auto nobody = bound();
    priz::socket s;
    show("refused", s.try_connect(nobody.getsockname()));
    const auto here = ":" + std::to_string(nobody.getsockname().port());
    show("every attempt", priz::try_create_connection(here));  // on IPv4 and IPv6
    show("no such path", priz::socket(AF_UNIX).try_connect("/no-such.sock"));
    show("no such host", priz::try_getaddrinfo("nobody", 80, 0, 0, 0, AI_NUMERICHOST));
    show("no such service", priz::try_getaddrinfo("localhost", "no-such-service"));
}

void show_errors_of_streams() {
    auto server = listening();
    auto client = priz::create_connection(server.getsockname());
    auto peer = server.accept().connection;
    client.settimeout(0.01);
    show("timed out", client.try_recv(1));
    client.setblocking(false);
    show("would block", client.try_recv(1));
    client.setblocking(true);
    peer.sendall("abc");
    peer.shutdown(SHUT_WR);
    show("end of stream", client.try_recv_exactly(8));
    client.shutdown(SHUT_WR);
    show("broken pipe", client.try_send("x"));
}

void show_reset() {
    auto server = listening();
    auto client = priz::create_connection(server.getsockname());
    auto peer = server.accept().connection;
    client.sendall("unread");
    peer.recv(1);
    peer.close();  // with five bytes unread
    show("reset", client.try_recv(1));
}

void show_errors_of_use() {
    show("no such kind", priz::socket::try_make(PF_X25, SOCK_SEQPACKET));
    priz::socket s;
    show("not connected", s.try_recv(1));
    show("negative timeout", s.try_settimeout(-1));
    auto datagrams = bound(SOCK_DGRAM);
    show("too long", datagrams.try_sendto(std::string(70'000, 'x'), datagrams.getsockname()));
    s.close();
    show("closed", s.try_recv(1));
}

void show_no_descriptors_left() {
    ::rlimit before{};
    if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return;
    ::rlimit none = before;
    none.rlim_cur = 0;
    if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return;
    show("no descriptors left", priz::socket::try_make());
    if (::setrlimit(RLIMIT_NOFILE, &before) != 0) std::cerr << "the limit could not be restored\n";
}

}  // namespace

int main(int, char**) {
    show_errors_of_bind();
    show_privileged_port();
    show_errors_of_connect();
    show_errors_of_streams();
    show_reset();
    show_errors_of_use();
    show_no_descriptors_left();
    return 0;
}
