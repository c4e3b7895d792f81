// handshake.hpp: how a WebSocket begins (RFC 6455, 4; RFC 7692, 7.1), without I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/websocket/deflate.hpp"
#include "priz/http/field.hpp"
#include "priz/http/websocket.hpp"

namespace priz::http::detail {

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string accept_of_key(std::string_view key);
// A key that nobody can guess.
std::string new_key();
// Whether it is 16 bytes in base64.
bool is_key(std::string_view text) noexcept;

// Whether a list of a field, or of several of that name, has that token, in whichever case.
bool has_listed(const field_list& fields, std::string_view name, std::string_view token) noexcept;

// Of what a client offers, the first that can be had; nothing where there is none.
std::optional<deflate_terms> choose_terms(std::string_view offers);
// As a server's answer.
std::string terms_text(const deflate_terms& terms);
// What a client offers, and what the server's answer to it means; nothing for an answer that was
// not offered.
inline constexpr std::string_view deflate_offer = "permessage-deflate; client_max_window_bits";
std::optional<deflate_terms> read_terms(std::string_view answer);

// Why a server's answer begins no WebSocket; empty: it does, and `protocol` and `compression` are
// filled in.
std::string flaw_of_answer(int status, const field_list& fields, std::string_view key,
                           const websocket_options& options, websocket_agreement& agreed);

}  // namespace priz::http::detail
