// A web server over TLS: HTTP/2 for those who speak it, a page, events, a WebSocket, an upload.
//
//     secure_web certificate.pem key.pem [endpoint]     localhost:8443 unless said otherwise
#include <iostream>
#include <priz/http.hpp>
#include <priz/io.hpp>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

constexpr const char* page = R"(<!doctype html><title>waiting</title><script>
const told = [performance.getEntriesByType('navigation')[0].nextHopProtocol];
const tell = (text) => { told.push(text); document.title = told.join(' '); };
const report = () => fetch('/told?' + encodeURIComponent(told.join(' ')));
let count = 0;
const events = new EventSource('/events');
events.onmessage = (e) => {
    if (++count < 3) return;
    events.close();
    tell('event ' + e.data);
    const ws = new WebSocket('wss://' + location.host + '/echo');
    ws.onopen = () => ws.send('hello');
    ws.onmessage = (m) => { tell('echo ' + m.data); ws.close(1000); };
    ws.onclose = (e) => { tell('closed ' + e.code); report(); };
};
</script>)";

http::reply events() {
    return http::reply::stream([](http::content_writer& out) -> io::task<> {
               for (int i = 1;; ++i) {
                   co_await out.write("data: " + std::to_string(i) + "\n\n");
                   co_await io::sleep(0.01);
               }
           })
        .type("text/event-stream");
}

io::task<std::string> count(http::request& r) {
    std::size_t all = 0;
    for (auto piece = co_await r.read(); !piece.empty(); piece = co_await r.read())
        all += piece.size();
    co_return std::to_string(all) + '\n';
}

struct log_to_errors : http::server_observer {
    void answered(const http::request& r, const http::access& a) override {
        std::clog << r.method() << ' ' << r.target() << ' ' << r.protocol() << ' ' << a.status
                  << '\n';
    }
};

int main(int argc, char** argv) try {
    if (argc < 3) return std::cerr << "secure_web certificate.pem key.pem [endpoint]\n", 2;
    log_to_errors log;
    http::server_options options;
    options.tls = priz::tls::context::server(argv[1], argv[2]);
    options.observer = &log;
    http::server web(options);
    web.get("/", [] { return http::reply(page).type("text/html; charset=utf-8"); });
    web.get("/events", events);
    web.get("/told", [] {});
    web.put("/count", count);
    web.get("/echo", http::websockets([](http::websocket& ws) -> io::task<> {
                while (auto m = co_await ws.recv()) co_await ws.send(*m);
            }));
    web.run(argc > 3 ? argv[3] : "localhost:8443");
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
