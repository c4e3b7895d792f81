// http2_connection.hpp: HTTP/2 over a stream, as a client's connection that carries many exchanges.
//
// Nothing runs in the background. The exchanges drive the connection: of those that wait, one
// receives for all of them, whoever has something to send sends it, unless somebody else is at it,
// and who leaves hands on what it did to the next. Each step is one receive or one send, which a
// cancellation leaves undone, so that an exchange may be cancelled anywhere and the others go on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client/connection.hpp"
#include "http/client/http1_connection.hpp"
#include "http/ended_wait.hpp"
#include "http/http2/session.hpp"
#include "priz/error.hpp"
#include "priz/io/event.hpp"
#include "priz/io/stream.hpp"

namespace priz::http::detail {

class http2_exchange;

class http2_client_connection final : public client_connection {
public:
    http2_client_connection(io::stream over, const connection_settings& settings);

    unsigned room() const noexcept override;
    bool is_over() const noexcept override;
    bool carries_none() const noexcept override { return exchanges_ == 0; }
    bool expects_room() const noexcept override {
        return is_looking_ || (!is_over() && !has_settings_);
    }
    io::task<bool> is_quiet() override;
    std::unique_ptr<exchange> begin_exchange() override;

private:
    friend class http2_exchange;

    io::task<> advance(http2_exchange& waiting);
    io::task<> drive(http2_exchange& waiting, bool sends);
    io::task<bool> send_now();
    io::task<> send_all(http2_exchange& waiting);
    io::task<bool> send_some();
    io::task<> receive();
    io::task<> send_and_receive();
    bool collect();
    void take(std::string_view received);
    void notice(http2::event& told);
    void lose(failure why);
    void hand_on() noexcept;
    void wake(http2_exchange& of) noexcept;
    void tell_of_room() noexcept;

    io::stream stream_;
    connection_settings settings_;
    http2::session session_;
    std::map<std::int32_t, http2_exchange*> streams_;
    std::vector<http2_exchange*> waiting_;
    std::string out_;
    std::size_t sent_ = 0;  // of out_
    ended_wait receiving_;
    ended_wait sending_;
    http2_exchange* receiver_ = nullptr;
    http2_exchange* sender_ = nullptr;  // beside that
    bool was_full_ = false;             // it had room for no more
    std::optional<failure> failure_;
    std::size_t exchanges_ = 0;
    std::size_t not_begun_ = 0;  // of these
    bool has_settings_ = false;  // the server's
    bool is_sending_ = false;
    bool is_receiving_ = false;
    bool is_looking_ = false;
    bool is_leaving_ = false;  // takes no more exchanges
    bool has_goaway_ = false;  // as the server has said
};

class http2_exchange final : public exchange {
public:
    explicit http2_exchange(http2_client_connection& on);
    http2_exchange(const http2_exchange&) = delete;
    http2_exchange& operator=(const http2_exchange&) = delete;
    ~http2_exchange() override;

    io::task<answer_head> begin(const outgoing_request& what) override;
    io::task<std::string_view> read() override;
    const http::headers& trailers() const noexcept override { return trailers_; }
    bool sent_nothing() const noexcept override { return id_ == 0 || was_refused(); }
    bool heard_nothing() const noexcept override { return !has_heard_; }
    bool has_drawn_content() const noexcept override { return has_drawn_content_; }
    bool was_refused() const noexcept override {
        return reset_ == http2::error_code::refused_stream;
    }

private:
    friend class http2_client_connection;
    class writer;

    void send_head(const outgoing_request& what);
    io::task<bool> offer(bytes_view all);
    io::task<> send_content(const request_content& what);
    io::task<> send_and_hear(const outgoing_request& what);
    io::task<> hear();

    bool has_head() const noexcept {
        return head_.has_value() || is_over() || interim_ > interim_max;
    }
    bool has_done_sending() const noexcept { return is_sent_ || is_refused() || is_over(); }
    bool has_piece() const noexcept { return !coming_.empty() || has_ended_ || is_over(); }
    bool was_taken() const noexcept { return is_taken_ || is_refused() || is_over(); }
    bool may_send_content() const noexcept {
        return was_told_to_continue_ || head_.has_value() || is_over();
    }
    // The answer is there, and its sender wants no more of the request.
    bool is_refused() const noexcept { return head_ && head_->status >= 300; }
    bool is_over() const noexcept { return reset_.has_value() || on_.failure_.has_value(); }

    io::task<> until(bool (http2_exchange::*is_so)() const noexcept);
    void finish() noexcept;
    void leave() noexcept;
    [[noreturn]] void fail();
    [[noreturn]] void fail(failure why) const;

    http2_client_connection& on_;
    io::event changed_;
    std::string shown_;
    std::int32_t id_ = 0;
    std::optional<answer_head> head_;
    std::string coming_;
    std::string given_;
    http::headers trailers_;
    std::optional<http2::error_code> reset_;
    std::optional<defect> refused_;
    int interim_ = 0;
    bool has_heard_ = false;
    bool has_ended_ = false;
    bool is_sent_ = false;  // the request
    bool is_taken_ = true;  // what was offered
    bool was_told_to_continue_ = false;
    bool is_finished_ = false;
    bool has_drawn_content_ = false;
};

}  // namespace priz::http::detail
