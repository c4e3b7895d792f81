// http1_connection.hpp: HTTP/1.1 over a stream, as a connection that carries one exchange at a
// time.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "http/client/connection.hpp"
#include "priz/error.hpp"
#include "priz/http/body_decoder.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/stream.hpp"

namespace priz::http::detail {

struct connection_settings {
    http::timeouts times;
    http::limits most = client_limits();
};

class http1_connection final : public client_connection {
public:
    http1_connection(io::stream over, const connection_settings& settings)
        : stream_(std::move(over)), settings_(settings) {}

    unsigned room() const noexcept override { return is_over_ || is_busy_ ? 0 : 1; }
    bool is_over() const noexcept override { return is_over_; }
    bool carries_none() const noexcept override { return !is_busy_; }
    io::task<bool> is_quiet() override;
    std::unique_ptr<exchange> begin_exchange() override;

private:
    friend class http1_exchange;

    io::stream stream_;
    connection_settings settings_;
    std::string buffer_;  // heads; memory that is used again
    std::vector<field_place> places_ = std::vector<field_place>(64);
    bool is_busy_ = false;
    bool is_over_ = false;
};

class http1_exchange final : public exchange {
public:
    explicit http1_exchange(http1_connection& on) : on_(on) { on_.is_busy_ = true; }
    http1_exchange(const http1_exchange&) = delete;
    http1_exchange& operator=(const http1_exchange&) = delete;
    ~http1_exchange() override;

    io::task<answer_head> begin(const outgoing_request& what) override;
    io::task<std::string_view> read() override;
    const http::headers& trailers() const noexcept override { return trailers_; }
    bool sent_nothing() const noexcept override { return sent_ == 0; }
    bool heard_nothing() const noexcept override { return !has_heard_; }

private:
    class writer;

    io::task<> send(bytes_view all);
    io::task<> send_content(const request_content& what, bool in_chunks);
    io::task<answer_head> send_and_hear(const outgoing_request& what, bool in_chunks);
    io::task<> send_then_wait(const outgoing_request& what, bool in_chunks);
    io::task<bool> wait_for_continue();
    io::task<answer_head> hear(bool in_time);
    io::task<bool> receive_head(deadline until);
    progress parse();
    void finish() noexcept;
    [[noreturn]] void fail(failure why) const;
    [[noreturn]] void fail(std::error_code cause, const char* hint) const;

    http1_connection& on_;
    std::string shown_;
    std::optional<response_parser> parser_;
    response_parser::to method_ = response_parser::to::other;
    std::optional<body_decoder> body_;
    io::chunk piece_;         // that input_ is a part of, where it is none of the buffer
    std::string_view input_;  // received, and not yet looked at
    http::headers trailers_;
    std::optional<failure> send_failure_;
    std::uint64_t sent_ = 0;
    int interim_ = 0;
    bool has_heard_ = false;
    bool is_sent_ = false;
    bool has_answer_ = false;
    bool was_told_to_continue_ = false;
    bool is_last_ = false;      // the connection ends with this exchange
    bool is_finished_ = false;  // the answer's end was seen
};

}  // namespace priz::http::detail
