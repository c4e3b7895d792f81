// client_state.hpp: what a client is made of, and an answer.
#pragma once

#include <memory>
#include <optional>

#include "http/client/connection.hpp"
#include "http/client/http1_connection.hpp"
#include "http/client/pool.hpp"
#include "http/client/prepare.hpp"
#include "priz/deadline.hpp"
#include "priz/http/client.hpp"
#include "priz/http/content_decoder.hpp"

namespace priz::http::detail {

class client_state {
public:
    explicit client_state(client_options given);

    const client_options options;
    const connection_settings settings;
    const std::shared_ptr<pool> connections;

    // The context of connections that are encrypted; made when it is first asked for.
    const tls::context& trusting();
    // The same for the connections to proxies.
    const tls::context& trusting_proxies();

private:
    std::optional<tls::context> trusting_;
    std::optional<tls::context> trusting_proxies_;
};

class answer_state {
public:
    // In this order: an exchange is gone before its connection is given back.
    pool::lease connection;
    std::unique_ptr<exchange> under_way;

    answer_head head;
    http::url url;
    std::vector<http::url> history;
    http::headers trailers;
    deadline until;
    progress_callback on_progress;
    transfer so_far;
    bool has_failed = false;
    bool accepts_codings = false;  // the client asked for them by itself

    // Takes off the codings that the content has, where all of them are known.
    //
    // Errors: defect::too_many_codings.
    void decode(const decoding_limits& most);

    io::task<std::string_view> read();

private:
    void note(std::string_view piece);
    bool next_decoded(std::string_view& piece);
    void finish_decoding();
    [[noreturn]] void fail_decoding();
    void end() noexcept;

    std::optional<content_decoder> decoder_;
    std::string_view sent_;  // received, and not yet decoded
};

// Makes the request, with its redirections, until the head of the answer that counts has come.
io::task<std::unique_ptr<answer_state>> ask(std::shared_ptr<client_state> by, request_plan plan);

}  // namespace priz::http::detail
