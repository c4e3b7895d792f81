// Sends JSON with POST, and tells the answers that are no success from the errors.
//
//     recipe_send_json URL JSON
#include <priz/http/session.hpp>

#include <iostream>

namespace http = priz::http;

int main(int argc, char** argv) try {
    if (argc != 3) return 2;
    const auto answer = http::post(argv[1], {.headers = {{"Accept", "application/json"}},
                                             .content = argv[2],
                                             .content_type = "application/json",
                                             .timeout = 10});
    if (answer.status == 422) return std::cout << "not taken: " << answer.text() << '\n', 3;
    answer.raise_for_status();
    std::cout << answer.text() << '\n';
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
