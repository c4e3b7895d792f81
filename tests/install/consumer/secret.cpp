// What a client of TLS says first, in memory.
#include <priz/tls.hpp>

#include <cstdio>

int main() {
    auto client = priz::tls::engine::client(priz::tls::context(), "example.org");
    if (client.do_handshake()) return 1;
    if (client.take().find("example.org") == priz::bytes::npos) return 1;
    std::puts("Merhaba");
}
