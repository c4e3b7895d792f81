#include "datagram_service.hpp"

#include <fmt/format.h>

#include "server.hpp"
#include "support/text.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t datagram_room = 256 * 1024;

}  // namespace

datagram_service::datagram_service(server& owner, listening& on)
    : server_(owner), socket_(on.sock()) {}

datagram_service::~datagram_service() { server_.loop().forget(socket_.fileno()); }

void datagram_service::begin() {
    server_.loop().watch(socket_.fileno(), interest::read, [this](interest what) { ready(what); });
}

bool datagram_service::may_read() const noexcept {
    return unsent_size_ < outbox::limit && server_.may_read();
}

void datagram_service::rearm() {
    server_.loop().change(socket_.fileno(),
                          (may_read() ? interest::read : interest::none) |
                              (unsent_.empty() ? interest::none : interest::write));
}

void datagram_service::ready(interest what) {
    if (wants(what, interest::read) && may_read()) receive();
    if (wants(what, interest::write)) flush();
    rearm();
}

void datagram_service::receive() {
    auto& buffer = server_.buffer();
    buffer.resize(datagram_room);
    const auto came = socket_.try_recvfrom_into(buffer);
    if (came)
        received(std::string_view(buffer).substr(0, came->size), came->from);
    else if (!came.error().would_block())
        server_.out().event("problem", {{"message", came.error().message()}},
                            came.error().message());
}

void datagram_service::received(std::string_view data, const address& from) {
    const auto& talk = server_.options().talk;
    switch (talk.what) {
        case mode::echo:
            return answer(data, from);
        case mode::greet:
            return answer(talk.greeting + "\n", from);
        case mode::lines:
            return lines(data, from);
        case mode::hello:
        case mode::print:
            return print("received", data, data, from);
    }
}

void datagram_service::lines(std::string_view data, const address& from) {
    while (!data.empty()) {
        const auto content = stripped(take_line(data));
        if (server_.options().talk.commands && content == "stop")
            return server_.stop("stop", exit_code::ok);
        print("line", content, std::string(content) + "\n", from);
    }
}

void datagram_service::print(const char* event, std::string_view data, std::string_view shown,
                             const address& from) {
    auto& out = server_.out();
    if (!out.as_json()) return out.remote(shown);
    json fields = {{"from", from.str()}, {"size", data.size()}};
    put_bytes(fields, data);
    out.event(event, fields, "");
}

// A sender without an address cannot be answered: Unix sockets that were not bound.
void datagram_service::answer(std::string_view data, const address& to) {
    if (to.empty() || to.is_unix_unnamed()) return;
    unsent_.push_back({std::string(data), to});
    unsent_size_ += data.size() + sizeof(datagram);
    flush();
}

void datagram_service::flush() {
    while (!unsent_.empty()) {
        const auto& next = unsent_.front();
        const auto sent = socket_.try_sendto(next.data, next.from);
        if (!sent && sent.error().would_block()) return;
        if (!sent)
            server_.out().event("problem", {{"message", sent.error().message()}},
                                sent.error().message());
        unsent_size_ -= next.data.size() + sizeof(datagram);
        unsent_.pop_front();
    }
}

}  // namespace priz::cli
