// Requests with a query, a form, a user and a deadline, one after the other on one connection.
//
//     web_session [base URL]            http://localhost:8080 unless said otherwise
#include <priz/http/session.hpp>

#include <iostream>
#include <string>

namespace http = priz::http;

int main(int argc, char** argv) try {
    const std::string base = argc > 1 ? argv[1] : "http://localhost:8080";
    http::session s;
    auto found = s.get(base + "/search", {.params = {{"q", "tea & milk"}}, .timeout = 5});
    std::cout << found.status << ' ' << found.text() << '\n';

    auto sent = s.post(base + "/form", {.form = {{"name", "Ada"}}});
    std::cout << sent.status << ' ' << sent.headers.get("Content-Type").value_or("-") << '\n';

    auto mine = s.get(base + "/mine", {.auth = http::basic_credentials{"ada", "secret"}});
    std::cout << mine.url.str() << " after " << mine.history.size() << " redirections\n";

    auto nothing = s.try_request("GET", base + "/slow", {.timeout = 0.5});
    if (!nothing) std::cout << nothing.error().code().message() << '\n';
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
