// Fetches JSON over HTTPS and prints the name in it.
//
//     web_json [URL]
#include <priz/http/session.hpp>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

int main(int argc, char** argv) try {
    const std::string url = argc > 1 ? argv[1] : "https://api.github.com/repos/nlohmann/json";
    const auto answer = priz::http::get(url);
    answer.raise_for_status();
    std::cout << answer.json<nlohmann::json>()["name"] << '\n';
} catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
