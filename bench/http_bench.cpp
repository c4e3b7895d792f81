// Reading and writing HTTP/1 heads, beside Debian's libhttp-parser, which Node's came from.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "priz/http/body_decoder.hpp"
#include "priz/http/head_parser.hpp"
#include "priz/http/head_writer.hpp"

#ifdef PRIZ_BENCH_HTTP_PARSER
#include <http_parser.h>
#endif

namespace {

namespace http = priz::http;

// What a load generator sends, what curl sends, and what a browser sends.
const std::string messages[] = {
    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: curl/7.88.1\r\n"
    "Accept: */*\r\n\r\n",
    "GET /articles/2024/05/the-shape-of-things?utm_source=feed&utm_medium=rss HTTP/1.1\r\n"
    "Host: www.example.org\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    "sec-ch-ua: \"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\"\r\nsec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/124.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;"
    "q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\nSec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n"
    "Referer: https://www.example.org/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\nCookie: session=6f1d2c3b4a59687776655443322110ff; "
    "theme=dark; consent=necessary\r\nIf-None-Match: \"5e8c-6170f1a3b2c40\"\r\n\r\n"};

void parse(benchmark::State& state) {
    const std::string& text = messages[state.range(0)];
    http::field_places<> places;
    http::request_parser parser(places);
    for (auto _ : state) {
        parser.reset();
        if (parser.parse(text) != http::progress::complete) std::abort();
        benchmark::DoNotOptimize(parser);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse)->DenseRange(0, 2);

#ifdef PRIZ_BENCH_HTTP_PARSER
// The least that gives as much: where each name and each value is.
struct pieces {
    std::pair<const char*, std::size_t> seen[250];
    unsigned count = 0;
};

int note(::http_parser* parser, const char* at, std::size_t size) {
    auto* all = static_cast<pieces*>(parser->data);
    all->seen[all->count++] = {at, size};
    return 0;
}

void parse_with_http_parser(benchmark::State& state) {
    const std::string& text = messages[state.range(0)];
    ::http_parser_settings settings;
    ::http_parser_settings_init(&settings);
    settings.on_url = settings.on_header_field = settings.on_header_value = note;
    pieces all;
    ::http_parser parser;
    for (auto _ : state) {
        ::http_parser_init(&parser, HTTP_REQUEST);
        parser.data = &all;
        all.count = 0;
        if (::http_parser_execute(&parser, &settings, text.data(), text.size()) != text.size())
            std::abort();
        benchmark::DoNotOptimize(all);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_with_http_parser)->DenseRange(0, 2);
#endif

void parse_byte_by_byte(benchmark::State& state) {
    const std::string& text = messages[state.range(0)];
    http::field_places<> places;
    http::request_parser parser(places);
    for (auto _ : state) {
        parser.reset();
        for (std::size_t i = 1; i <= text.size(); ++i)
            benchmark::DoNotOptimize(parser.parse({text.data(), i}));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_byte_by_byte)->DenseRange(0, 2);

void write_response(benchmark::State& state) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        http::append_response_head(out, 200,
                                   {{"Date", "Mon, 01 Jan 2024 00:00:00 GMT"},
                                    {"Server", "priz"},
                                    {"Content-Type", "text/plain"}},
                                   http::framing::sized(13));
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_response);

// 64 KiB in chunks of so many bytes.
void decode_chunks(benchmark::State& state) {
    std::string text;
    const std::string piece(static_cast<std::size_t>(state.range(0)), 'x');
    for (std::size_t i = 0; i < 65536; i += piece.size()) http::append_chunk(text, piece);
    http::append_last_chunk(text);
    for (auto _ : state) {
        http::body_decoder body(http::framing::chunked());
        std::string_view rest = text;
        for (;;) {
            const auto step = body.next(rest);
            rest.remove_prefix(step.consumed);
            benchmark::DoNotOptimize(step.content.data());
            if (step.how != http::decoded::content) break;
        }
        if (!rest.empty()) std::abort();
    }
    state.SetBytesProcessed(state.iterations() * 65536);
}
BENCHMARK(decode_chunks)->Arg(64)->Arg(1024)->Arg(16384);

}  // namespace
