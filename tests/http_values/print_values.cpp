// Answers for same_as_python.py: each line of the input is a function and its arguments, in
// hexadecimal digits; each line of the output its result likewise, or "refused".
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "priz/http/date.hpp"
#include "priz/http/headers.hpp"
#include "priz/http/media_type.hpp"
#include "priz/http/query.hpp"
#include "priz/http/status.hpp"
#include "priz/http/url.hpp"

namespace {

namespace http = priz::http;
using arguments = std::vector<std::string>;

std::string from_hex(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return out;
}

void print(const std::vector<std::string>& parts) {
    for (const auto& part : parts) {
        std::printf(" -");
        for (char c : part) std::printf("%02x", static_cast<unsigned>(c) & 0xff);
    }
    std::printf("\n");
}

void print_pairs(const http::pairs& all) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : all) {
        parts.push_back(name);
        parts.push_back(value);
    }
    print(parts);
}

http::pairs as_pairs(const arguments& a) {
    http::pairs all;
    for (std::size_t i = 0; i + 1 < a.size(); i += 2) all.emplace_back(a[i], a[i + 1]);
    return all;
}

void print_url(const http::url& u) {
    print({u.scheme(), u.userinfo().value_or("(none)"), u.host(), std::to_string(u.port()),
           u.path(), u.query().value_or("(none)"), u.fragment().value_or("(none)")});
}

void print_media_type(const std::string& text) {
    const auto type = http::parse_media_type(text);
    http::pairs all = type.parameters();
    all.insert(all.begin(), {std::string(type.type()), std::string(type.subtype())});
    print_pairs(all);
}

void print_headers(const arguments& a) {
    http::headers all;
    for (std::size_t i = 1; i + 1 < a.size(); i += 2) all.add(a[i], a[i + 1]);
    std::vector<std::string> parts;
    for (const auto value : all.get_all(a[0])) parts.emplace_back(value);
    print(parts);
}

const std::map<std::string, void (*)(const arguments&)> functions = {
    {"quote", [](const arguments& a) { print({http::quote(a[0], a[1])}); }},
    {"quote_plus", [](const arguments& a) { print({http::quote_plus(a[0])}); }},
    {"unquote", [](const arguments& a) { print({http::unquote(a[0])}); }},
    {"unquote_plus", [](const arguments& a) { print({http::unquote_plus(a[0])}); }},
    {"urlencode", [](const arguments& a) { print({http::urlencode(as_pairs(a))}); }},
    {"parse_qsl", [](const arguments& a) { print_pairs(http::parse_qsl(a[0])); }},
    {"urlsplit", [](const arguments& a) { print_url(http::parse_url(a[0])); }},
    {"urljoin", [](const arguments& a) { print({http::parse_url(a[0]).resolve(a[1]).str()}); }},
    {"date",
     [](const arguments& a) { print({std::string(http::date_text(std::stoll(a[0])).text())}); }},
    {"parse_date", [](const arguments& a) { print({std::to_string(http::parse_date(a[0]))}); }},
    {"media_type", [](const arguments& a) { print_media_type(a[0]); }},
    {"get_all", print_headers},
    {"reason",
     [](const arguments& a) { print({std::string(http::reason_phrase(std::stoi(a[0])))}); }},
};

void answer(const std::string& line) try {
    arguments parts;
    std::size_t from = line.find(' ');
    const auto& function = functions.at(line.substr(0, from));
    while (from != std::string::npos) {
        const std::size_t end = line.find(' ', from + 1);
        parts.push_back(from_hex(line.substr(from + 2, end - from - 2)));  // behind " -"
        from = end;
    }
    function(parts);
} catch (const priz::error&) {
    std::printf("refused\n");
}

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) answer(line);
}
