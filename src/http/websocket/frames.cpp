#include "http/websocket/frames.hpp"

#include <algorithm>
#include <cstring>

namespace priz::http::detail {

namespace {

// Each byte with the key's next one; `at` is how many of the key's four were used.
void apply_mask(char* data, std::size_t size, const mask_key& key, unsigned at) noexcept {
    unsigned char turned[8];
    for (unsigned i = 0; i < sizeof turned; ++i) turned[i] = key[(at + i) % 4];
    std::uint64_t pattern;
    std::memcpy(&pattern, turned, sizeof pattern);
    std::size_t done = 0;
    for (; done + sizeof pattern <= size; done += sizeof pattern) {
        std::uint64_t word;
        std::memcpy(&word, data + done, sizeof word);
        word ^= pattern;
        std::memcpy(data + done, &word, sizeof word);
    }
    for (; done < size; ++done) data[done] = static_cast<char>(data[done] ^ turned[done % 4]);
}

std::uint64_t big_endian(const unsigned char* at, std::size_t size) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) number = number << 8U | at[i];
    return number;
}

}  // namespace

void append_frame(std::string& out, opcode what, bool is_last, bool is_compressed,
                  std::string_view payload, const mask_key* key) {
    const unsigned mask_bit = key != nullptr ? 0x80 : 0;
    const auto put = [&](std::uint64_t number, int size) {
        while (size-- > 0) out += static_cast<char>(number >> (8 * static_cast<unsigned>(size)));
    };
    put((is_last ? 0x80U : 0U) | (is_compressed ? 0x40U : 0U) | static_cast<unsigned>(what), 1);
    if (payload.size() < 126) {
        put(mask_bit | payload.size(), 1);
    } else if (payload.size() <= 0xffff) {
        put(mask_bit | 126, 1);
        put(payload.size(), 2);
    } else {
        put(mask_bit | 127, 1);
        put(payload.size(), 8);
    }
    if (key != nullptr) out.append(reinterpret_cast<const char*>(key->data()), key->size());
    const std::size_t before = out.size();
    out += payload;
    if (key != nullptr) apply_mask(out.data() + before, payload.size(), *key, 0);
}

bool may_be_sent(int close_code) noexcept {
    const bool is_registered = close_code >= 1000 && close_code <= 1014 && close_code != 1004 &&
                               close_code != 1005 && close_code != 1006;
    return is_registered || (close_code >= 3000 && close_code <= 4999);
}

frame_reader::event frame_reader::fail(int code, const char* why) noexcept {
    has_failed_ = true;
    close_code_ = code;
    why_ = why;
    return event::failed;
}

frame_reader::event frame_reader::next(std::string_view& input) {
    if (has_failed_) return event::failed;
    if (was_told_) {
        message_.clear();
        kind_ = opcode::continuation;
        was_told_ = false;
    }
    for (;;) {
        if (!in_payload_) {
            if (!collect_head(input)) return has_failed_ ? event::failed : event::more;
            if (begin_frame() == event::failed) return event::failed;
        }
        const event told = take_payload(input);
        if (told != event::more || in_payload_) return told;
    }
}

// Whether the frame's head is whole.
bool frame_reader::collect_head(std::string_view& input) noexcept {
    for (;;) {
        const std::size_t wanted = head_size_ == 0 ? 2 : head_size_;
        const std::size_t some = std::min(wanted - head_have_, input.size());
        if (some > 0) std::memcpy(head_.data() + head_have_, input.data(), some);
        head_have_ += some;
        input.remove_prefix(some);
        if (head_have_ < wanted) return false;
        if (head_size_ != 0) return true;
        const unsigned length = head_[1] & 0x7f;
        const bool is_masked = (head_[1] & 0x80) != 0;
        // The first two bytes say what is wrong before the others come.
        if (is_masked != is_server_) {
            fail(1002,
                 is_server_ ? "a client's frame without a mask" : "a server's frame with a mask");
            return false;
        }
        head_size_ = 2U + (length == 126 ? 2 : length == 127 ? 8 : 0) + (is_masked ? 4 : 0);
        if (head_size_ == 2) return true;
    }
}

frame_reader::event frame_reader::begin_frame() noexcept {
    const unsigned first = head_[0];
    const unsigned length = head_[1] & 0x7f;
    const unsigned char* at = head_.data() + 2;
    left_ = length;
    if (length >= 126) {
        const std::size_t size = length == 126 ? 2 : 8;
        left_ = big_endian(at, size);
        at += size;
        if (left_ < (length == 126 ? 126U : 0x10000U))
            return fail(1002, "a length that is written longer than it has to be");
        if (left_ >> 63U != 0) return fail(1002, "a length beyond 2^63 - 1");
    }
    if (is_server_) std::copy_n(at, key_.size(), key_.begin());
    key_at_ = 0;
    is_last_ = (first & 0x80U) != 0;
    head_have_ = head_size_ = 0;
    in_payload_ = true;
    const unsigned code = first & 0x0fU;
    if ((first & 0x30U) != 0) return fail(1002, "a reserved bit that nobody agreed on");
    if ((code > 2 && code < 8) || code > 10) return fail(1002, "a frame of no known kind");
    frame_ = static_cast<opcode>(code);
    const bool is_compressed = (first & 0x40U) != 0;
    if (!is_control()) return begin_data(is_compressed);
    if (is_compressed) return fail(1002, "a control frame that is compressed");
    if (!is_last_) return fail(1002, "a control frame in fragments");
    if (left_ > 125) return fail(1002, "a control frame of more than 125 bytes");
    control_.clear();
    return event::more;
}

frame_reader::event frame_reader::begin_data(bool is_compressed) noexcept {
    const bool goes_on = frame_ == opcode::continuation;
    if (goes_on && kind_ == opcode::continuation) return fail(1002, "a continuation of no message");
    if (!goes_on && kind_ != opcode::continuation)
        return fail(1002, "a message begins within another one");
    if (is_compressed && (goes_on || inflater_ == nullptr))
        return fail(1002, "a reserved bit that nobody agreed on");
    if (!goes_on) {
        kind_ = frame_;
        is_compressed_ = is_compressed;
        fragments_ = 0;
        wire_ = 0;
        checked_ = 0;
        utf8_.reset();
    }
    if (++fragments_ > most_.fragments) return fail(1009, "a message of too many fragments");
    // What is compressed is no longer than what it stands for, but for a few bytes a block.
    if (left_ > most_.message - std::min(wire_, most_.message))
        return fail(1009, "a message that is too long");
    wire_ += left_;
    return event::more;
}

void frame_reader::append_unmasked(std::string& to, std::string_view piece) {
    const std::size_t before = to.size();
    to += piece;
    if (!is_server_) return;
    apply_mask(to.data() + before, piece.size(), key_, key_at_);
    key_at_ = static_cast<unsigned>((key_at_ + piece.size()) % 4);
}

frame_reader::event frame_reader::take_payload(std::string_view& input) {
    const std::size_t some = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    const std::string_view piece = input.substr(0, some);
    input.remove_prefix(some);
    left_ -= some;
    if (some > 0) {
        if (is_control())
            append_unmasked(control_, piece);
        else if (const event told = take_data(piece); told != event::more)
            return told;
    }
    if (left_ > 0) return event::more;
    in_payload_ = false;
    return end_frame();
}

frame_reader::event frame_reader::take_data(std::string_view piece) {
    auto how = message_inflater::outcome::good;
    if (is_compressed_) {
        masked_.clear();
        append_unmasked(masked_, piece);
        how = inflater_->add(masked_, message_, most_.message);
    } else {
        append_unmasked(message_, piece);
    }
    // What came before a fault counts first, however the bytes were cut.
    if (kind_ == opcode::text && !utf8_.add(std::string_view(message_).substr(checked_)))
        return fail(1007, "text that is not UTF-8");
    checked_ = message_.size();
    if (how == message_inflater::outcome::bad)
        return fail(1007, "compressed content that cannot be read");
    if (how == message_inflater::outcome::too_long) return fail(1009, "a message that is too long");
    return event::more;
}

frame_reader::event frame_reader::end_frame() {
    switch (frame_) {
        case opcode::ping:
            return event::ping;
        case opcode::pong:
            return event::pong;
        case opcode::close:
            return end_close();
        default:
            break;
    }
    if (!is_last_) return event::more;
    if (is_compressed_) {
        const auto how = inflater_->finish(message_, most_.message);
        if (how == message_inflater::outcome::too_long)
            return fail(1009, "a message that is too long");
        if (how != message_inflater::outcome::good)
            return fail(1007, "compressed content that cannot be read");
        if (kind_ == opcode::text && !utf8_.add(std::string_view(message_).substr(checked_)))
            return fail(1007, "text that is not UTF-8");
    }
    if (kind_ == opcode::text && !utf8_.is_whole()) return fail(1007, "text that is not UTF-8");
    was_told_ = true;
    return event::message;
}

frame_reader::event frame_reader::end_close() noexcept {
    close_code_ = 1005;
    if (control_.empty()) return event::close;
    if (control_.size() == 1) return fail(1002, "a close frame of one byte");
    const auto* const bytes = reinterpret_cast<const unsigned char*>(control_.data());
    const auto code = static_cast<int>(big_endian(bytes, 2));
    if (!may_be_sent(code)) return fail(1002, "a close code that nobody may send");
    control_.erase(0, 2);
    utf8_check reason;
    if (!reason.add(control_) || !reason.is_whole())
        return fail(1007, "the reason of a close frame is not UTF-8");
    close_code_ = code;
    return event::close;
}

}  // namespace priz::http::detail
