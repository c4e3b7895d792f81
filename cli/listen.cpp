// priz listen: a server for whoever connects.
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "dial.hpp"
#include "server.hpp"
#include "support/exit_code.hpp"
#include "verb.hpp"

namespace priz::cli {

namespace {

constexpr verb_text listen_text{
    .name = "listen",
    .summary = "Serve on one address or several: print what clients send, or answer them.",
    .examples =
        "priz listen --echo :8080                 # send everything back; localhost only\n"
        "priz listen --hello :0                   # a page for a browser, on a free port\n"
        "priz listen --lines --commands --idle-timeout 5s any:10001\n"
        "priz listen --greet 'Thank you for connecting' :12345\n"
        "priz listen udp://:9999 unix:/tmp/s      # print what comes, on both\n"
        "priz listen --json --echo :0             # the port is in the first line\n",
    .timeout_meaning = "Serve for so long, then stop with exit code 28",
    .notes =
        "ADDR is HOST:PORT, :PORT (localhost, IPv4 and IPv6), any:PORT (every interface), port 0 "
        "for\n"
        "a free one, udp://HOST:PORT, unix:PATH, unix-abstract:NAME, unix-dgram:PATH,\n"
        "unix-seqpacket:PATH or vsock:CID:PORT. `listening on TRANSPORT ADDRESS` is said on "
        "standard\n"
        "error, a line for each, before the first client is served. Ctrl-C, SIGTERM and SIGHUP "
        "end\n"
        "the server with exit code 0.\n",
};

struct listen_options {
    std::vector<std::string> addresses;
    server_options server;
    bool echo = false, lines = false, hello = false;
    std::string greeting;
    bool greet = false;
};

void add_modes(CLI::App& verb, listen_options& o) {
    auto* echo = verb.add_flag("--echo", o.echo, "Send everything back");
    auto* lines = verb.add_flag("--lines", o.lines, "Print each client's lines, stripped");
    auto* hello = verb.add_flag("--hello", o.hello, "Answer HTTP requests with a page; print them");
    auto* greet = verb.add_option("--greet", o.greeting, "Send TEXT to each client and close")
                      ->type_name("TEXT");
    for (auto* one : {echo, lines, hello, greet})
        for (auto* other : {echo, lines, hello, greet})
            if (one != other) one->excludes(other);
    verb.add_flag("--commands", o.server.talk.commands,
                  "Obey the lines `disconnect` and `stop` (implies --lines)")
        ->excludes(echo)
        ->excludes(hello)
        ->excludes(greet);
}

mode mode_of(const listen_options& o, bool greet) {
    if (o.echo) return mode::echo;
    if (o.hello) return mode::hello;
    if (greet) return mode::greet;
    return o.lines || o.server.talk.commands ? mode::lines : mode::print;
}

void warn_of_root(report& out) {
    if (::geteuid() != 0) return;
    out.warning("serving as root; any user can serve on ports from 1024 up");
}

int run_listen(const listen_options& o, report& out) {
    std::vector<endpoint> where;
    for (const auto& one : o.addresses) where.push_back(parse_address_argument(one));
    const auto is_datagram = [](const endpoint& one) { return one.type() == SOCK_DGRAM; };
    if (o.server.talk.what == mode::hello && std::ranges::any_of(where, is_datagram))
        throw stop_here(exit_code::usage,
                        "--hello speaks HTTP, which needs connections: no datagrams");
    warn_of_root(out);
    server all(o.server, out);
    for (const auto& one : where) all.listen(one, deadline::after(duration(10)));
    return all.run();
}

}  // namespace

void add_listen(CLI::App& root, invocation& chosen) {
    auto* verb = add_verb(root, chosen, listen_text);
    auto o = std::make_shared<listen_options>();
    verb->add_option("ADDR", o->addresses, "Where to listen")->required()->expected(1, -1);
    add_modes(*verb, *o);
    add_duration(*verb, "--idle-timeout", o->server.idle,
                 "Drop a client that is silent for so long");
    add_number(*verb, "--max-conns", o->server.clients_max,
               "Clients at once, 10000 unless said otherwise; more wait their turn");
    verb->callback([o, verb, &chosen] {
        o->server.run_for = chosen.timeout;
        o->server.talk.greeting = o->greeting;
        o->server.talk.what = mode_of(*o, verb->count("--greet") > 0);
        chosen.run = [o](report& out) { return run_listen(*o, out); };
    });
}

}  // namespace priz::cli
