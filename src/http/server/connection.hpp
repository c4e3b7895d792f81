// connection.hpp: HTTP/1 on one connection of a server.
//
// Replies are collected and sent together: all requests that one receive has brought, and whose
// handlers answer at once, cost one receive and one send. So run() alternates between a step that
// waits for nothing, advance(), which reads heads and answers them into the workspace's `out`, and
// what has to wait: sending, receiving, and the other requests (handlers that await, content,
// replies that are long or streamed), which answer_slowly() takes one at a time.
//
// Where the bytes are. `input_` is what has been received and is not done with. It lies in the
// chunk that the last receive lent, or, where a head goes on, in `held_`. The views of a request
// point there, so that neither changes while its handler runs: what is received meanwhile, for its
// content, lies in slow_request's memory. Between requests all of it is given back, and an idle
// connection has no more than this object.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/content_pace.hpp"
#include "http/server/server_state.hpp"
#include "http/server/serving.hpp"
#include "priz/deadline.hpp"
#include "priz/error.hpp"
#include "priz/http/body_decoder.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

// A request that answer_slowly() is at.
struct slow_request {
    slow_request(framing content, std::string_view behind_head, const server_options& of)
        : trailer_places(content.how == framing::kind::chunked ? of.limits.fields : 0),
          body(content, trailer_places, of.limits),
          unread(behind_head),
          pace(of) {}

    std::vector<field_place> trailer_places;
    body_decoder body;
    io::chunk more;           // what was received last,
    std::string joined;       // or that behind what was left of what came before
    std::string_view unread;  // content, then what follows it
    content_pace pace;        // of what comes
    bool has_ended = false;   // the content
    bool owes_continue = false;
    // While a reply is streamed.
    framing::kind how = framing::kind::none;
    std::uint64_t left = 0;  // of a length that was announced
    headers trailers;
};

// What a client of HTTP/2 begins with.
inline constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

class connection final : content_source, content_writer {
public:
    connection(io::stream s, loop_state& of, connection_facts known) noexcept;
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    // Serves it to its end, or until the client has turned out to speak HTTP/2.
    io::task<> run();

    // In that case: what give_up() gives is to be served as that, with what came.
    bool speaks_http2() const noexcept { return speaks_http2_; }
    io::stream give_up(std::string& received);

private:
    enum class next : std::uint8_t {
        receive,  // a head goes on, or there is none
        send,     // enough has been collected
        wait,     // the request at the beginning of the input takes longer
        finish,   // the last reply has been written
    };

    next advance();
    std::optional<next> look_for_preface();
    bool answer_at_once();
    request_facts facts() const;
    void begin_request();
    bool may_be_asked_as(std::string_view host);
    bool learn_client();
    void refuse_head();
    void refuse(refusal why, int status, std::string text);
    void count();

    io::task<bool> receive();
    io::task<result<io::chunk>> receive_some();
    io::task<result<void>> flush();
    io::task<result<void>> send_all(std::string_view text);
    io::task<> linger();
    deadline after_turn(duration limit) noexcept;

    io::task<> answer_slowly();
    io::task<reply> ask(request& r);
    io::task<> send_reply(const request& r, const reply& given);
    io::task<> stream_reply(const request& r, const reply& given);
    io::task<> send_file(const reply::uncommon& what);
    io::task<> hand_over(const request& r, const reply& given);
    void end_short() noexcept;
    io::task<bool> skip_content();
    io::task<> receive_content();
    void go_on_behind_content();

    // content_source, content_writer
    io::task<std::string_view> read() override;
    field_list trailers() const noexcept override;
    io::task<> write(bytes_view piece) override;
    void add_trailer(std::string_view name, std::string_view value) override;

    bool write_reply(const reply& given, bool has_content);
    bool write_head(const reply& given, framing content);
    bool append_head(const reply& given, framing content);
    void cut_off() noexcept;
    void log(const request& r) const;

    io::stream stream_;
    loop_state& loop_;
    const server_options& options_;
    host_rule hosts_;
    std::unique_ptr<workspace> work_;
    std::unique_ptr<slow_request> slow_;
    std::optional<reply> ready_;  // made at once, too long to be collected

    std::string_view input_;
    io::chunk chunk_;
    std::string held_;

    deadline head_until_;
    std::int64_t turn_ = 0;     // when bytes came last, by the loop's clock
    std::int64_t arrived_ = 0;  // when the request had come
    int status_ = 0;            // of the reply that was written last
    std::uint64_t answered_ = 0;
    std::uint64_t uncounted_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t sent_ = 0;
    connection_facts known_;
    bool speaks_http2_ = false;
    bool keeps_ = true;       // the connection is used for another request
    bool has_begun_ = false;  // a head is coming
    bool lingers_ = false;    // what still comes is dropped before the end
};

}  // namespace priz::http::detail
