// A web server that reads queries and forms.
//
//     recipe_form [endpoint]            localhost:8080 unless said otherwise
//     curl 'localhost:8080/search?q=tea'; curl --data-urlencode 'name=Ada & Co' localhost:8080/form
#include <priz/http/server.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

std::string search(http::request& r) {
    return "You look for " + r.query("q").value_or("nothing") + ".\n";
}

io::task<std::string> form(http::request& r) {
    const std::string text = co_await r.text(100'000);
    const auto fields = http::try_parse_qsl(text);
    if (!fields) throw http::status_error(400, "that is no form\n");
    std::string told;
    for (const auto& [name, value] : *fields) told += name + ": " + value + '\n';
    co_return told;
}

int main(int argc, char** argv) try {
    http::server web;
    web.get("/search", search);
    web.post("/form", form);
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
