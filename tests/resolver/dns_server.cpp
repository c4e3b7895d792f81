#include "dns_server.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace dns {

namespace {

constexpr std::size_t header_size = 12;

std::string number16(unsigned value) {
    return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}

unsigned read16(const std::string& text, std::size_t at) {
    const auto high = static_cast<unsigned char>(text.at(at));
    return high * 256U + static_cast<unsigned char>(text.at(at + 1));
}

std::string bytes_of(const priz::address& where) {
    const auto raw = std::string(where.raw_data());
    return where.family() == AF_INET ? raw.substr(2, 4) : raw.substr(6, 16);
}

}  // namespace

query parse(const std::string& message, bool by_stream) {
    query result;
    result.id = static_cast<std::uint16_t>(read16(message, 0));
    result.by_stream = by_stream;
    std::size_t at = header_size;
    while (message.at(at) != 0) {
        const auto length = static_cast<std::size_t>(message.at(at));
        result.name += (result.name.empty() ? "" : ".") + message.substr(at + 1, length);
        at += length + 1;
    }
    std::ranges::transform(result.name, result.name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    result.type = static_cast<std::uint16_t>(read16(message, at + 1));
    result.question = message.substr(header_size, at + 5 - header_size);
    return result;
}

std::string encoded(const std::string& name) {
    std::string result;
    std::size_t begin = 0;
    while (begin < name.size()) {
        const std::size_t end = std::min(name.find('.', begin), name.size());
        result += static_cast<char>(end - begin);
        result += name.substr(begin, end - begin);
        begin = end + 1;
    }
    return result + '\0';
}

record address_record(const std::string& name, const std::string& address) {
    const bool is_v6 = address.find(':') != std::string::npos;
    return {name, is_v6 ? aaaa : a,
            bytes_of(is_v6 ? priz::address::ipv6(address, 0) : priz::address::ipv4(address, 0))};
}

record name_record(const std::string& name, std::uint16_t type, const std::string& target) {
    return {name, type, encoded(target)};
}

std::string answer::message_for(const query& to) const {
    const unsigned flags = 0x8180U | code | (truncated ? 0x0200U : 0U);
    std::string message = number16(to.id) + number16(flags) + number16(1) +
                          number16(static_cast<unsigned>(records.size())) + number16(0) +
                          number16(0) + to.question;
    for (const record& one : records) {
        message += encoded(one.name) + number16(one.type) + number16(1);
        message += number16(0) + number16(60);
        message += number16(static_cast<unsigned>(one.data.size())) + one.data;
    }
    return message;
}

script table(const std::vector<std::pair<std::string, std::string>>& addresses) {
    return [addresses](const query& asked) {
        answer result;
        bool known = false;
        for (const auto& [name, address] : addresses) {
            if (name != asked.name) continue;
            known = true;
            const record one = address_record(name, address);
            if (one.type == asked.type) result.records.push_back(one);
        }
        result.code = known ? 0 : nxdomain;
        return std::vector{result.message_for(asked)};
    };
}

namespace {

// A datagram and a stream socket with the same port. The stream port of the number that the system
// chose for datagrams may be another program's: then another number is tried.
std::pair<priz::socket, priz::socket> on_one_port() {
    for (;;) {
        priz::socket datagrams = priz::create_server("udp://127.0.0.1:0");
        auto streams = priz::try_create_server(datagrams.getsockname());
        if (streams) return {std::move(datagrams), std::move(*streams)};
        if (streams.error().code() != std::errc::address_in_use) streams.error().raise();
    }
}

}  // namespace

server::server(script answers)
    : answers_(std::move(answers)),
      doors_(on_one_port()),
      end_(priz::socketpair()),
      thread_([this] { run(); }) {}

server::~server() {
    end_.first.close();
    thread_.join();
}

std::string server::where() const { return doors_.first.getsockname().str(); }

priz::resolver server::resolver() const {
    return {.servers = {where()}, .hosts_file = "/dev/null"};
}

void server::run() {
    std::array<::pollfd, 3> fds{{{doors_.first.fileno(), POLLIN, 0},
                                 {doors_.second.fileno(), POLLIN, 0},
                                 {end_.second.fileno(), POLLIN, 0}}};
    while (::poll(fds.data(), fds.size(), -1) >= 0 && fds[2].revents == 0) {
        if (fds[0].revents != 0) answer_datagram();
        if (fds[1].revents != 0) answer_stream();
    }
}

std::vector<std::string> server::replies(const std::string& message, bool by_stream) {
    ++queries_;
    if (by_stream) ++by_stream_;
    return answers_(parse(message, by_stream));
}

void server::answer_datagram() {
    const auto asked = doors_.first.recvfrom(4096);
    for (const std::string& reply : replies(asked.data, false))
        doors_.first.sendto(reply, asked.from);
}

// One query a connection. A message is preceded by its length.
void server::answer_stream() {
    auto connection = doors_.second.accept().connection;
    const auto length = connection.try_recv_exactly(2);
    if (!length) return;
    const auto message = connection.recv_exactly(read16(*length, 0));
    for (const std::string& reply : replies(message, true))
        connection.sendall(number16(static_cast<unsigned>(reply.size())) + reply);
}

}  // namespace dns
