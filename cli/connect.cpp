// priz connect: standard input and output to a socket.
#include <memory>

#include "connect_session.hpp"
#include "dial.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text connect_text{
    .name = "connect",
    .summary = "Connect standard input and output to a socket.",
    .examples =
        "priz connect :8080                              # type, and read what comes back\n"
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | priz connect example.org:80\n"
        "echo hello | priz connect udp://:9999           # one datagram, then wait for replies\n"
        "priz connect unix:/run/app.sock < request > reply\n"
        "priz connect --timeout 250ms --json '[::1]:80'\n",
    .timeout_meaning = "To find the name and to connect, together (default 10s)",
    .notes =
        "At the end of the input the peer is told so (half-close), and what it still sends is\n"
        "read to its end. Datagrams have no end: --wait says how long to wait for replies.\n"
        "Addresses: HOST:PORT, :PORT (localhost), udp://HOST:PORT, unix:PATH, unix-abstract:NAME,\n"
        "unix-dgram:PATH, unix-seqpacket:PATH, vsock:CID:PORT.\n",
};

struct connect_options {
    std::string address;
    session_options session;
};

int run_connect(const connect_options& options, const invocation& chosen, report& out) {
    const auto timeout = chosen.timeout.value_or(duration(10));
    auto line = dial(parse_address_argument(options.address), deadline::after(timeout));
    return connect_session(std::move(line), options.session, out).run();
}

}  // namespace

void add_connect(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, connect_text);
    auto options = std::make_shared<connect_options>();
    verb->add_option("ADDR", options->address, "Where to connect to")->required();
    add_duration(*verb, "--idle-timeout", options->session.idle,
                 "Give up when nothing moved either way for so long");
    add_duration(
        *verb, "--wait", options->session.wait,
        "After the last datagram, or when the peer has ended and the input pauses (default 1s)");
    verb->callback([options, &chosen] {
        chosen.run = [options, &chosen](report& out) { return run_connect(*options, chosen, out); };
    });
}

}  // namespace priz::cli
