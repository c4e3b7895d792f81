// http2_stream.hpp: a request of HTTP/2, and what is sent in answer to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/ended_wait.hpp"
#include "http/http2/message.hpp"
#include "http/server/content_pace.hpp"
#include "http/server/http2_tunnel.hpp"
#include "http/server/told_client.hpp"
#include "priz/address.hpp"
#include "priz/error.hpp"
#include "priz/http/content_writer.hpp"
#include "priz/http/handler.hpp"
#include "priz/http/reply.hpp"
#include "priz/http/request.hpp"
#include "priz/io/event.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

class http2_connection;

class http2_stream final : public content_source, public content_writer, public http2::pooled {
public:
    http2_stream(http2_connection& of, std::int32_t id, std::unique_ptr<http2::message> head,
                 bool is_whole);
    http2_stream(const http2_stream&) = delete;
    http2_stream& operator=(const http2_stream&) = delete;
    ~http2_stream();

    // Content has come, the peer has taken what it was offered, or it is over: whoever waits looks.
    void changed() noexcept;
    // Sends a piece, of which the peer has to take each part in time.
    io::task<result<void>> offer(std::string_view text);

    // Waits for the end of the content, and receives so much of it.
    io::task<> skip(std::uint64_t most);

    // Whose it is, as a proxy says.
    void be_asked_by(const told_client& who);

    // What a tunnel does.
    const io::detail::endpoint& connection() const noexcept;
    result<address> name(bool peer) const noexcept;
    void drop(std::size_t count) noexcept;  // off `coming`
    void send_queue() noexcept;
    // Waits until it is closed, and what it was given has been taken.
    io::task<> end_tunnel();

    io::task<std::string_view> read() override;
    field_list trailers() const noexcept override { return trailers_in.list(); }
    io::task<> write(bytes_view piece) override;
    void add_trailer(std::string_view name, std::string_view value) override;

    const std::int32_t id;
    const std::unique_ptr<http2::message> head;
    std::int64_t arrived = 0;
    std::optional<request> asked;
    any_handler* handler = nullptr;
    std::optional<reply> ready;  // made without asking the handler, or at once
    ended_wait answering;

    std::string coming;          // content that nobody has read
    std::uint64_t received = 0;  // of content, and what of it the pace has seen
    std::uint64_t paced = 0;
    headers trailers_in;
    headers trailers_out;
    http2_tunnel* tunnel = nullptr;
    tunnel_queue queue;
    std::optional<std::uint64_t> left;  // of a length that was announced
    int status = 0;                     // of the reply
    bool has_ended;                     // the content
    bool is_over = false;               // reset, by either side
    bool is_taken = true;               // what was offered
    bool owes_continue = false;
    bool is_logged = false;

private:
    request_facts facts_of(http2::message& head);
    io::task<bool> wait_for_content();
    void give_back() noexcept;

    http2_connection& of_;
    request_facts facts_;
    std::optional<told_client> client_;
    content_pace pace_;
    io::event changed_;
    std::string given_;  // what read() has lent
};

}  // namespace priz::http::detail
