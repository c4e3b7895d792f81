// Notes, kept in memory and written by HTTP: content that is read, statuses, a reply that is
// streamed, files, a log.
//
//     web_notes [endpoint [folder]]     localhost:8080, and no files, unless said otherwise
//     curl -T note.txt localhost:8080/notes/first
#include <iostream>
#include <map>
#include <priz/http.hpp>
#include <priz/io.hpp>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

std::map<std::string, std::string, std::less<>> notes;

io::task<http::reply> store(http::request& r) {
    std::string text = co_await r.text(100'000);
    const bool is_new = notes.insert_or_assign(r.parameter("name"), text).second;
    co_return http::reply(is_new ? 201 : 200, "stored\n");
}

std::string recall(http::request& r) {
    const auto at = notes.find(r.parameter("name"));
    if (at == notes.end()) throw http::status_error(404, "there is no such note\n");
    return at->second;
}

http::reply countdown() {
    return http::reply::stream([](http::content_writer& out) -> io::task<> {
               for (int i = 3; i > 0; --i) {
                   co_await out.write("data: " + std::to_string(i) + "\n\n");
                   co_await io::sleep(0.01);
               }
           })
        .type("text/event-stream");
}

struct log_to_errors : http::server_observer {
    void answered(const http::request& r, const http::access& a) override {
        std::clog << r.peer().str() << ' ' << r.method() << ' ' << r.target() << ' ' << a.status
                  << '\n';
    }
};

int main(int argc, char** argv) try {
    log_to_errors log;
    http::server_options options;
    options.observer = &log;
    http::server web(options);
    web.put("/notes/{name}", store);
    web.get("/notes/{name}", recall);
    web.delete_("/notes/{name}",
                [](http::request& r) { return notes.erase(r.parameter("name")) == 1 ? 204 : 404; });
    web.get("/countdown", countdown);
    if (argc > 2) web.get("/files/{path...}", http::files(argv[2]));
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
