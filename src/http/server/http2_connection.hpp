// http2_connection.hpp: HTTP/2 on one connection of a server.
//
// One task reads, one writes, and each request that has to wait has a task of its own; all are in
// one scope, and end together. The session (http/http2/session.hpp) has no I/O: whoever changes it
// calls wake(), and the writer sends what it gives. Reading and writing do not wait for each other,
// so that a peer that sends before it reads is read all the same.
//
// A request whose handler answers at once costs neither a task nor an object that lives on: the
// session keeps the reply's content until it has been sent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/http2/session.hpp"
#include "http/server/http2_stream.hpp"
#include "http/server/server_state.hpp"
#include "http/server/serving.hpp"
#include "priz/deadline.hpp"
#include "priz/io/event.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

class http2_connection {
public:
    http2_connection(io::stream s, loop_state& of, connection_facts known);
    http2_connection(const http2_connection&) = delete;
    http2_connection& operator=(const http2_connection&) = delete;
    ~http2_connection();

    // Serves it to its end; `received` is what the client has sent already.
    io::task<> run(std::string received);

private:
    friend class http2_stream;

    io::task<> read_all(std::string received);
    io::task<result<io::chunk>> receive();
    io::task<> write_all();
    io::task<bool> send(std::string_view text);
    void take(bytes_view received);
    void collect();
    void wake() noexcept { wanted_.set(); }

    // Limits of time.
    deadline limit_of_wait() noexcept;
    void set_limit() noexcept;
    void begin_drain();

    // Requests.
    bool notice();
    void notice(http2::event& told);
    void begin_request(http2::event& told);
    void refuse(http2_stream& s, refusal why, int status, std::string text);
    void refuse(std::int32_t stream, defect found);
    bool learn_client(http2_stream& s);
    void count();
    bool answer_at_once(http2_stream& s);
    io::task<> serve(http2_stream& s);
    io::task<> answer(http2_stream& s);
    io::task<reply> ask(http2_stream& s);

    // Replies. The first two: false where another head was sent than the reply's, which ends with
    // it, or where the stream is over.
    bool send_whole(http2_stream& s, reply given);
    bool send_head(http2_stream& s, const reply& given, std::optional<std::uint64_t> length,
                   bool is_end);
    bool fill_fields(const reply& given, std::optional<std::uint64_t> length);
    void fail_reply(http2_stream& s);
    io::task<> send_streamed(http2_stream& s, const reply& given);
    io::task<> send_file(http2_stream& s, const reply::uncommon& what);
    io::task<> hand_over(http2_stream& s, const reply& given);
    void log(http2_stream& s) const;

    io::stream stream_;
    loop_state& loop_;
    const server_options& options_;
    host_rule hosts_;
    http2::session session_;
    std::map<std::int32_t, std::unique_ptr<http2_stream>> streams_;
    std::vector<field_view> fields_;  // of the reply being written
    std::string length_text_;
    std::string out_;
    io::event wanted_;  // there is something to write, or to end
    io::scope* group_ = nullptr;
    ended_wait receiving_;

    std::int64_t turn_ = 0;  // when bytes came last, by the loop's clock
    // Since when nothing is under way, a head comes, and nobody takes what is sent: while so.
    std::optional<std::int64_t> idle_since_;
    std::optional<std::int64_t> head_since_;
    std::optional<std::int64_t> stalled_since_;
    std::uint64_t sent_before_ = 0;
    std::uint64_t heads_before_ = 0;
    std::optional<std::int64_t> drain_until_;
    std::uint64_t answered_ = 0;
    std::uint64_t uncounted_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    connection_facts known_;
    bool is_draining_ = false;
    bool is_ending_ = false;  // what has been framed is sent, and that is all
    bool is_cut_ = false;     // sending has failed
};

}  // namespace priz::http::detail
