// cli/datagram_service.hpp: `priz listen` on a socket without connections: UDP, unix-dgram.
#pragma once

#include <priz/socket.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "listening.hpp"
#include "support/event_loop.hpp"

namespace priz::cli {

class server;

// Each datagram is taken by itself. Answers that the kernel does not take yet wait in bounded
// memory; while it is full nothing more is received, and the kernel drops what does not fit, as it
// does with datagrams.
class datagram_service {
public:
    datagram_service(server& owner, listening& on);
    ~datagram_service();

    void begin();
    void rearm();

private:
    void ready(interest what);
    void receive();
    void received(std::string_view data, const address& from);
    void lines(std::string_view data, const address& from);
    void print(const char* event, std::string_view data, std::string_view shown,
               const address& from);
    void answer(std::string_view data, const address& to);
    void flush();
    bool may_read() const noexcept;

    server& server_;
    socket& socket_;
    std::deque<datagram> unsent_;
    std::size_t unsent_size_ = 0;
};

}  // namespace priz::cli
