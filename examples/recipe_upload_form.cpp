// A web server that takes a form with files, as a page's <form enctype="multipart/form-data"> or
// `curl -F` sends it, and says what was in it. Files are read piece by piece, however large.
//
//     recipe_upload_form [endpoint]     localhost:8080 unless said otherwise
#include <priz/http/multipart.hpp>
#include <priz/http/server.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

io::task<std::string> take(http::request& r) {
    http::multipart_reader form(r);
    std::string told;
    while (co_await form.next()) {
        if (!form.filename()) {
            told += form.name() + ": " + co_await form.text() + '\n';
            continue;
        }
        std::size_t size = 0;
        for (auto piece = co_await form.read(); !piece.empty(); piece = co_await form.read())
            size += piece.size();
        told += form.name() + ": " + *form.filename() + ", " + std::to_string(size) + " bytes\n";
    }
    co_return told;
}

int main(int argc, char** argv) try {
    http::server web;
    web.post("/", take);
    web.run(argc > 1 ? argv[1] : "localhost:8080");
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
