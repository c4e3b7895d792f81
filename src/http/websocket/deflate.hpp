// deflate.hpp: messages compressed, permessage-deflate (RFC 7692, 7.2); zlib's work.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace priz::http::detail {

// What both ends have agreed on.
struct deflate_terms {
    bool server_keeps_context = true;
    bool client_keeps_context = true;
    int server_window_bits = 15;
    int client_window_bits = 15;
};

class message_deflater {
public:
    // Errors: std::bad_alloc.
    message_deflater(int window_bits, bool keeps_context);
    ~message_deflater();
    message_deflater(const message_deflater&) = delete;
    message_deflater& operator=(const message_deflater&) = delete;

    // The message as it goes on the wire.
    std::string compress(std::string_view message);

private:
    struct inside;
    std::unique_ptr<inside> inside_;
    bool keeps_context_;
};

class message_inflater {
public:
    message_inflater(int window_bits, bool keeps_context);
    ~message_inflater();
    message_inflater(const message_inflater&) = delete;
    message_inflater& operator=(const message_inflater&) = delete;

    enum class outcome { good, bad, too_long };
    // Appends what `piece`, of a message's wire form, stands for; `out` gets no longer than `most`.
    outcome add(std::string_view piece, std::string& out, std::size_t most);
    // The message has ended.
    outcome finish(std::string& out, std::size_t most);

private:
    struct inside;
    std::unique_ptr<inside> inside_;
    bool keeps_context_;
};

}  // namespace priz::http::detail
