#include "sim/name_server.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "sim/machine.hpp"
#include "sim/world.hpp"

namespace priz::sim::detail {

namespace {

constexpr std::size_t header_size = 12;
constexpr unsigned type_a = 1;
constexpr unsigned type_aaaa = 28;
constexpr unsigned class_internet = 1;
constexpr unsigned lifetime = 300;  // seconds that an answer may be kept

unsigned number_at(std::string_view bytes, std::size_t where) noexcept {
    return static_cast<unsigned>(static_cast<unsigned char>(bytes[where])) << 8 |
           static_cast<unsigned char>(bytes[where + 1]);
}

void put(std::string& bytes, unsigned number) {
    bytes += static_cast<char>(number >> 8 & 0xff);
    bytes += static_cast<char>(number & 0xff);
}

struct question {
    std::string name;  // with dots
    unsigned type = 0;
    std::size_t end = 0;  // in the message
};

std::optional<question> question_of(std::string_view message) {
    if (message.size() < header_size) return std::nullopt;
    const bool is_query = (number_at(message, 2) & 0xf800) == 0;
    if (!is_query || number_at(message, 4) != 1) return std::nullopt;
    question asked;
    std::size_t at = header_size;
    while (at < message.size() && message[at] != 0) {
        const auto length = static_cast<std::size_t>(static_cast<unsigned char>(message[at]));
        if (length > 63 || at + 1 + length > message.size()) return std::nullopt;
        if (!asked.name.empty()) asked.name += '.';
        asked.name += message.substr(at + 1, length);
        at += 1 + length;
    }
    if (at + 5 > message.size()) return std::nullopt;
    asked.type = number_at(message, at + 1);
    if (number_at(message, at + 3) != class_internet) return std::nullopt;
    asked.end = at + 5;
    return asked;
}

void add_record(std::string& answer, const place& which, unsigned type) {
    constexpr unsigned name_of_the_question = 0xc000 | header_size;
    put(answer, name_of_the_question);
    put(answer, type);
    put(answer, class_internet);
    put(answer, 0);
    put(answer, lifetime);
    const std::size_t first = type == type_a ? 12 : 0;
    put(answer, static_cast<unsigned>(which.host.size() - first));
    for (std::size_t i = first; i < which.host.size(); ++i)
        answer += static_cast<char>(which.host[i]);
}

}  // namespace

std::string name_server::answer_to(const machine& here, std::string_view message) {
    const auto asked = question_of(message);
    if (!asked) return {};
    const machine* const found = here.net.named(asked->name);
    constexpr unsigned is_answer = 0x8580;  // authoritative, recursion available
    constexpr unsigned no_such_name = 3;
    const unsigned recursion = number_at(message, 2) & 0x0100;
    std::string records;
    unsigned count = 0;
    if (found != nullptr)
        for (const host_number& each : found->addresses) {
            const place one{each, 0};
            if (asked->type != (one.is_v4() ? type_a : type_aaaa)) continue;
            add_record(records, one, asked->type);
            ++count;
        }
    std::string answer(message.substr(0, 2));
    put(answer, is_answer | recursion | (found == nullptr ? no_such_name : 0));
    put(answer, 1);
    put(answer, count);
    put(answer, 0);
    put(answer, 0);
    answer += message.substr(header_size, asked->end - header_size);
    return answer + records;
}

void name_server::answer(machine& here, const packet& message) {
    std::string text = answer_to(here, message.payload);
    if (text.empty()) return;
    packet answer;
    answer.what = packet::kind::udp;
    answer.from = message.to;
    answer.to = message.from;
    answer.payload = std::move(text);
    here.net.send(here, std::move(answer));
}

}  // namespace priz::sim::detail
