// A web server that reads JSON and answers JSON.
//
//     recipe_answer_json [endpoint]     localhost:8080 unless said otherwise
//     curl --json '{"name": "Ada"}' localhost:8080/greet
#include <priz/http/server.hpp>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

namespace http = priz::http;
namespace io = priz::io;
using nlohmann::json;

io::task<http::reply> greet(http::request& r) {
    const std::string text = co_await r.text(100'000);
    const json asked = json::parse(text, nullptr, false);
    if (!asked.is_object() || !asked.contains("name") || !asked["name"].is_string())
        throw http::status_error(400, "a JSON object with a name is wanted\n");
    const json answer = {{"greeting", "Hello, " + asked["name"].get<std::string>()}};
    co_return http::reply(answer.dump()).type("application/json");
}

int main(int argc, char** argv) try {
    http::server web;
    web.post("/greet", greet);
    web.run(argc > 1 ? argv[1] : "localhost:8080");
    return 0;
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
