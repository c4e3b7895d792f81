#include "datagram_service.hpp"

#include <fmt/format.h>
#include <priz/io/event.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "server.hpp"
#include "support/outbox.hpp"
#include "support/text.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t datagram_room = 256 * 1024;

class datagram_service {
public:
    datagram_service(server& owner, socket bound)
        : server_(owner), socket_(std::move(bound)), buffer_(datagram_room) {}

    io::task<> run();

private:
    io::task<> receive_all();
    io::task<> wait_for_room();
    io::task<> send_all();
    void problem(const failure& why);
    void received(std::string_view data, const address& from);
    void lines(std::string_view data, const address& from);
    void print(const char* event, std::string_view data, std::string_view shown,
               const address& from);
    void answer(std::string_view data, const address& to);

    server& server_;
    io::datagram socket_;
    std::vector<char> buffer_;
    std::deque<datagram> unsent_;
    std::size_t unsent_size_ = 0;
    io::event wanted_;  // there is something to send
    io::event room_;    // for answers
};

io::task<> datagram_service::run() {
    co_await io::with_scope([this](io::scope& group) -> io::task<> {
        group.spawn(receive_all());
        group.spawn(send_all());
        co_await server_.stopped().wait();
        group.cancel();
    });
}

io::task<> datagram_service::wait_for_room() {
    while (unsent_size_ >= outbox::limit || !server_.may_read()) {
        if (unsent_size_ >= outbox::limit) {
            room_.clear();
            co_await room_.wait();
        } else {
            co_await server_.wait_for_room();
        }
    }
}

io::task<> datagram_service::receive_all() {
    for (;;) {
        co_await wait_for_room();
        const auto came = co_await socket_.try_recvfrom_into(buffer_);
        if (came)
            received({buffer_.data(), came->size}, came->from);
        else if (came.error().code() == errc::cancelled)
            co_return;
        else
            problem(came.error());
    }
}

void datagram_service::problem(const failure& why) {
    server_.out().event("problem", {{"message", why.message()}}, why.message());
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
    wanted_.set();
}

io::task<> datagram_service::send_all() {
    for (;;) {
        while (unsent_.empty()) {
            wanted_.clear();
            co_await wanted_.wait();
        }
        const auto next = std::move(unsent_.front());
        unsent_.pop_front();
        const auto sent = co_await socket_.try_sendto(next.data, next.from);
        if (!sent && sent.error().code() == errc::cancelled) co_return;
        if (!sent) problem(sent.error());
        unsent_size_ -= next.data.size() + sizeof(datagram);
        room_.set();
    }
}

}  // namespace

io::task<> serve_datagrams(server& owner, socket bound) {
    datagram_service service(owner, std::move(bound));
    co_await service.run();
}

}  // namespace priz::cli
