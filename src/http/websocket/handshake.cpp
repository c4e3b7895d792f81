#include "http/websocket/handshake.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <new>
#include <system_error>
#include <vector>

#include "http/client/base64.hpp"
#include "priz/http/status.hpp"

namespace priz::http::detail {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string_view without_space(std::string_view text) noexcept {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

// Takes the part up to `mark` off the beginning.
std::string_view take_part(std::string_view& text, char mark) noexcept {
    const std::size_t end = text.find(mark);
    const std::string_view part = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    return without_space(part);
}

// A window of 8 to 15 bits, as digits without a zero before them; between quotation marks or not.
std::optional<int> window_bits(std::string_view text) noexcept {
    if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
        text = text.substr(1, text.size() - 2);
    if (text.empty() || text.size() > 2 || text.starts_with('0')) return std::nullopt;
    int bits = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        bits = bits * 10 + (c - '0');
    }
    return bits >= 8 && bits <= 15 ? std::optional(bits) : std::nullopt;
}

// The parameters of an offer or an answer; nothing where one is unknown, wrong or there twice.
struct parameters {
    bool server_no_context = false;
    bool client_no_context = false;
    std::optional<int> server_bits;
    std::optional<int> client_bits;
    bool has_client_bits = false;
};

std::optional<parameters> read_parameters(std::string_view text) {
    parameters read;
    std::vector<std::string_view> seen;
    while (!text.empty()) {
        std::string_view value = take_part(text, ';');
        const bool has_value = value.find('=') != value.npos;
        const std::string_view name = take_part(value, '=');
        value = without_space(value);
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) return std::nullopt;
        seen.push_back(name);
        if (name == "server_no_context_takeover" && !has_value) {
            read.server_no_context = true;
        } else if (name == "client_no_context_takeover" && !has_value) {
            read.client_no_context = true;
        } else if (name == "server_max_window_bits" && has_value) {
            read.server_bits = window_bits(value);
            if (!read.server_bits) return std::nullopt;
        } else if (name == "client_max_window_bits") {
            read.has_client_bits = true;
            if (has_value) read.client_bits = window_bits(value);
            if (has_value && !read.client_bits) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return read;
}

reply refusal(int status, const char* text) {
    reply made(status, text);
    if (status == 426)
        made.with("Sec-WebSocket-Version", "13")
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade");
    return made;
}

// Whether a page of that origin may connect to a server that was asked for as `host`.
bool is_allowed(std::string_view origin, const request& r,
                const std::vector<std::string>& allowed) {
    std::string_view host = r.host();
    for (const std::string& one : allowed)
        if (one == "*" || same_name(one, origin)) return true;
    const std::size_t at = origin.find("://");
    if (at == origin.npos || host.empty()) return false;
    const std::string_view scheme = origin.substr(0, at);
    // Whoever is on the way can make a page of http's, and none of https's.
    if (r.scheme() == "https" && !same_name(scheme, "https")) return false;
    std::string_view authority = origin.substr(at + 3);
    // Both may leave out the scheme's own port.
    const std::string_view port = same_name(scheme, "https") ? ":443" : ":80";
    if (host.ends_with(port)) host.remove_suffix(port.size());
    if (authority.ends_with(port)) authority.remove_suffix(port.size());
    return (same_name(scheme, "http") || same_name(scheme, "https")) && same_name(authority, host);
}

// The first of ours that the client has listed, as the client wrote it.
std::string choose_protocol(const field_list& fields, const std::vector<std::string>& ours) {
    for (const std::string& one : ours)
        for (const field_view field : fields) {
            if (!same_name(field.name, "Sec-WebSocket-Protocol")) continue;
            for (std::string_view list = field.value; !list.empty();)
                if (take_part(list, ',') == one) return one;
        }
    return {};
}

}  // namespace

std::string accept_of_key(std::string_view key) {
    std::string text(key);
    text += guid;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::bad_alloc();
    return base64({reinterpret_cast<const char*>(digest.data()), size});
}

std::string new_key() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::system_error(std::make_error_code(std::errc::io_error), "random bytes");
    return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_key(std::string_view text) noexcept {
    constexpr std::size_t size = 24;
    if (text.size() != size || !text.ends_with("==")) return false;
    for (const char c : text.substr(0, size - 2)) {
        const bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (!good) return false;
    }
    return true;
}

bool has_listed(const field_list& fields, std::string_view name, std::string_view token) noexcept {
    for (const field_view field : fields) {
        if (!same_name(field.name, name)) continue;
        for (std::string_view list = field.value; !list.empty();)
            if (same_name(take_part(list, ','), token)) return true;
    }
    return false;
}

// zlib has no window of 8 bits: whoever wants one is offered none.
std::optional<deflate_terms> choose_terms(std::string_view offers) {
    while (!offers.empty()) {
        std::string_view one = take_part(offers, ',');
        if (!same_name(take_part(one, ';'), "permessage-deflate")) continue;
        const auto asked = read_parameters(one);
        if (!asked || asked->server_bits == 8) continue;
        deflate_terms terms;
        terms.server_keeps_context = !asked->server_no_context;
        terms.client_keeps_context = !asked->client_no_context;
        terms.server_window_bits = asked->server_bits.value_or(15);
        return terms;
    }
    return std::nullopt;
}

std::string terms_text(const deflate_terms& terms) {
    std::string text = "permessage-deflate";
    if (!terms.server_keeps_context) text += "; server_no_context_takeover";
    if (!terms.client_keeps_context) text += "; client_no_context_takeover";
    if (terms.server_window_bits != 15)
        text += "; server_max_window_bits=" + std::to_string(terms.server_window_bits);
    return text;
}

std::optional<deflate_terms> read_terms(std::string_view answer) {
    if (answer.find(',') != answer.npos) return std::nullopt;
    if (!same_name(take_part(answer, ';'), "permessage-deflate")) return std::nullopt;
    const auto said = read_parameters(answer);
    // In an answer the client's window has a size.
    if (!said || (said->has_client_bits && !said->client_bits)) return std::nullopt;
    if (said->client_bits == 8) return std::nullopt;
    deflate_terms terms;
    terms.server_keeps_context = !said->server_no_context;
    terms.client_keeps_context = !said->client_no_context;
    terms.server_window_bits = said->server_bits.value_or(15);
    terms.client_window_bits = said->client_bits.value_or(15);
    return terms;
}

websocket_agreement agree_on_websocket(const request& r, const websocket_options& options) {
    websocket_agreement made;
    const field_list& fields = r.fields();
    const auto refuse = [&](int status, const char* text) {
        made.refusal.emplace(refusal(status, text));
        return std::move(made);
    };
    // On HTTP/2 the method says what these fields say, and no key is needed (RFC 8441, 5).
    const bool is_extended = r.extended_connect() == "websocket";
    if (!is_extended && (!has_listed(fields, "Upgrade", "websocket") ||
                         !has_listed(fields, "Connection", "upgrade")))
        return refuse(426, "this is a WebSocket");
    if (!is_extended && (r.method() != "GET" || r.protocol() != "HTTP/1.1" || r.has_content()))
        return refuse(400, "a WebSocket begins with a GET of HTTP/1.1 without content");
    if (r.field("Sec-WebSocket-Version") != "13" || fields.count("Sec-WebSocket-Version") != 1)
        return refuse(426, "this server speaks version 13");
    const auto key = r.field("Sec-WebSocket-Key");
    if (!is_extended && (!key || fields.count("Sec-WebSocket-Key") != 1 || !is_key(*key)))
        return refuse(400, "Sec-WebSocket-Key is not 16 bytes in base64");
    const auto origin = r.field("Origin");
    if (origin && (fields.count("Origin") != 1 || !is_allowed(*origin, r, options.origins)))
        return refuse(403, "pages of this origin may not connect");
    made.accepts = r.accepted_by();
    if (!is_extended) {
        made.answer.add("Upgrade", "websocket");
        made.answer.add("Sec-WebSocket-Accept", accept_of_key(*key));
    }
    made.protocol = choose_protocol(fields, options.protocols);
    if (!made.protocol.empty()) made.answer.add("Sec-WebSocket-Protocol", made.protocol);
    if (!options.compression) return made;
    for (const field_view field : fields) {
        if (!same_name(field.name, "Sec-WebSocket-Extensions")) continue;
        const auto terms = choose_terms(field.value);
        if (!terms) continue;
        made.compression = std::make_shared<deflate_terms>(*terms);
        made.answer.add("Sec-WebSocket-Extensions", terms_text(*terms));
        break;
    }
    return made;
}

std::string flaw_of_answer(int status, const field_list& fields, std::string_view key,
                           const websocket_options& options, websocket_agreement& agreed) {
    if (status != 101)
        return "the server answers " + std::to_string(status) + " " +
               std::string(reason_phrase(status));
    if (!has_listed(fields, "Upgrade", "websocket") || !has_listed(fields, "Connection", "upgrade"))
        return "the server upgrades to something else";
    if (fields.find("Sec-WebSocket-Accept") != accept_of_key(key))
        return "the server's Sec-WebSocket-Accept is not that of the key";
    if (const auto protocol = fields.find("Sec-WebSocket-Protocol")) {
        const auto& ours = options.protocols;
        if (fields.count("Sec-WebSocket-Protocol") != 1 ||
            std::find(ours.begin(), ours.end(), *protocol) == ours.end())
            return "the server speaks a protocol that was not offered";
        agreed.protocol = *protocol;
    }
    if (const auto extensions = fields.find("Sec-WebSocket-Extensions")) {
        const auto terms = options.compression ? read_terms(*extensions) : std::nullopt;
        if (!terms || fields.count("Sec-WebSocket-Extensions") != 1)
            return "the server uses an extension that was not offered";
        agreed.compression = std::make_shared<deflate_terms>(*terms);
    }
    return {};
}

}  // namespace priz::http::detail
