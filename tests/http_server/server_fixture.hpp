// server_fixture.hpp: what a server answers to bytes, on a connection in memory and in virtual
// time.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <utility>

#include "priz/http/server.hpp"
#include "priz/io/when.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::http::test {

// Without the Date fields, which differ from run to run. Each reply has one.
inline std::string without_dates(std::string text) {
    for (std::size_t at; (at = text.find("Date: ")) != text.npos;)
        text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
}

inline io::task<std::string> receive_all(io::stream& s) {
    std::string all;
    while (const auto data = co_await s.recv()) all += data.text();
    co_return all;
}

// Everything that comes back to somebody who sends `text` and then ends.
inline std::string answers(server& web, std::string_view text, testing::memory_options how = {}) {
    std::string all;
    testing::run([](server& asked, std::string sent, testing::memory_options with,
                    std::string& got) -> io::task<> {
        auto [near, far] = testing::memory_pair(with);
        auto client = [](io::stream s, std::string said, std::string& heard) -> io::task<> {
            co_await s.sendall(said);
            co_await s.shutdown(SHUT_WR);
            heard = co_await receive_all(s);
        };
        co_await io::when_all(client(std::move(near), std::move(sent), got),
                              asked.serve_stream(std::move(far)));
    }(web, std::string(text), std::move(how), all));
    return without_dates(all);
}

// A reply as it is sent, without Date.
inline std::string expected(std::string_view status, std::string_view text,
                            std::string_view more = {}) {
    std::string all = "HTTP/1.1 " + std::string(status) + "\r\n";
    all += "Content-Type: text/plain; charset=utf-8\r\n" + std::string(more);
    all += "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n";
    return all += text;
}

}  // namespace priz::http::test
