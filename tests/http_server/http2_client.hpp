// http2_client.hpp: a client of HTTP/2 on a stream in memory, for tests of the server.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http2/raw_frames.hpp"
#include "http/http2/session.hpp"
#include "priz/http/server.hpp"
#include "priz/io/when.hpp"
#include "priz/testing/memory_stream.hpp"
#include "priz/testing/run.hpp"

namespace priz::http::test {

inline http2::message head_of(std::string_view method, std::string_view path, headers fields = {}) {
    http2::message head;
    head.method = method;
    head.scheme = "http";
    head.authority = "test";
    head.path = path;
    head.fields = std::move(fields);
    return head;
}

class http2_client {
public:
    struct answer {
        std::vector<int> interim;
        int status = 0;
        headers fields;
        std::string content;
        headers trailers;
        bool has_ended = false;
        std::optional<http2::error_code> reset;
        bool is_over() const noexcept { return has_ended || reset; }
    };
    struct last_word {
        std::int32_t stream;
        http2::error_code code;
        friend bool operator==(const last_word&, const last_word&) = default;
    };

    explicit http2_client(io::stream s, http2::options how = {})
        : session(http2::role::client, how), stream_(std::move(s)) {}

    // Begins a request; without content it is whole.
    std::int32_t begin(const http2::message& head, std::optional<std::string_view> content = {},
                       bool is_end = true) {
        const auto id = session.send_request(head, !content);
        if (!id) throw std::runtime_error("the connection takes no more streams");
        if (content) session.offer(*id, http2::raw::bytes(*content), is_end);
        return *id;
    }

    io::task<> flush() {
        const std::string out = http2::raw::all_output(session);
        notice();
        if (!out.empty()) co_await stream_.sendall(out);
    }
    io::task<> send_raw(std::string bytes) { co_await stream_.sendall(bytes); }

    // Sends what there is and receives once. False: the connection has ended.
    io::task<bool> pump() {
        co_await flush();
        const auto came = co_await stream_.try_recv();
        if (!came || came->empty()) co_return false;
        session.receive(http2::raw::bytes(came->text()));
        notice();
        co_return true;
    }
    io::task<> until_over(std::int32_t id) {
        bool goes_on = true;
        while (goes_on && !answers[id].is_over()) goes_on = co_await pump();
    }
    io::task<> until_connection_ends() {
        bool goes_on = true;
        while (goes_on) goes_on = co_await pump();
    }
    // Everything that comes, as it came: for those who send what a session would not.
    io::task<std::string> receive_raw() {
        std::string all;
        for (;;) {
            const auto came = co_await stream_.try_recv();
            if (!came || came->empty()) co_return all;
            all += came->text();
        }
    }

    // What the server's last GOAWAY said.
    std::optional<http2::error_code> last_code() const {
        return goaways.empty() ? std::nullopt : std::optional(goaways.back().code);
    }

    http2::session session;
    std::map<std::int32_t, answer> answers;
    std::vector<last_word> goaways;
    bool takes_content = true;

private:
    void notice() {
        using kind = http2::event::kind;
        while (auto told = session.next_event()) {
            answer& of = answers[told->stream];
            switch (told->what) {
                case kind::head:
                    if (told->head->status < 200) {
                        of.interim.push_back(told->head->status);
                        break;
                    }
                    of.status = told->head->status;
                    of.fields = std::move(told->head->fields);
                    break;
                case kind::content:
                    of.content.append(reinterpret_cast<const char*>(told->content.data()),
                                      told->content.size());
                    if (takes_content) session.consumed(told->stream, told->content.size());
                    break;
                case kind::trailers:
                    of.trailers = std::move(told->head->fields);
                    break;
                case kind::end:
                    of.has_ended = true;
                    break;
                case kind::reset:
                    of.reset = told->code;
                    break;
                case kind::goaway:
                    goaways.push_back({told->stream, told->code});
                    break;
                default:
                    break;
            }
        }
    }

    io::stream stream_;
};

// Runs `talk` with a client of HTTP/2 that is connected to the server, until both have ended; the
// client's end is the connection's.
template <class Talk>
void with_http2(server& web, Talk talk, testing::memory_options how = {}) {
    testing::run([](server& asked, Talk& says, testing::memory_options with) -> io::task<> {
        auto [near, far] = testing::memory_pair(with);
        auto speak = [](io::stream s, Talk& to) -> io::task<> {
            http2_client client(std::move(s));
            co_await to(client);
        };
        co_await io::when_all(speak(std::move(near), says), asked.serve_stream(std::move(far)));
    }(web, talk, std::move(how)));
}

// What is answered to one request.
inline http2_client::answer answer_to(server& web, const http2::message& head,
                                      std::optional<std::string_view> content = {},
                                      testing::memory_options how = {}) {
    http2_client::answer got;
    with_http2(
        web,
        [&](http2_client& client) -> io::task<> {
            const auto id = client.begin(head, content);
            co_await client.until_over(id);
            got = client.answers[id];
        },
        std::move(how));
    return got;
}

}  // namespace priz::http::test
