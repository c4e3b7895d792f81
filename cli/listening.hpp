// cli/listening.hpp: the sockets that `priz listen` serves on.
#pragma once

#include <sys/stat.h>
#include <priz/deadline.hpp>
#include <priz/endpoint.hpp>
#include <priz/socket.hpp>

#include <string>
#include <utility>
#include <vector>

namespace priz::cli {

// One bound socket, listening where its type does that, non-blocking. A Unix path that it made is
// removed with it, unless something else has taken its place.
class listening {
public:
    listening(socket bound, std::string made_path);
    listening(listening&& other) noexcept;
    listening& operator=(listening&&) = delete;
    ~listening();

    socket& sock() noexcept { return socket_; }
    int type() const noexcept { return type_; }
    bool is_datagram() const noexcept { return type_ == SOCK_DGRAM; }
    const address& where() const noexcept { return where_; }

    // Gives the socket away; the path is still removed in the end.
    socket release() noexcept { return std::move(socket_); }

private:
    socket socket_;
    int type_;
    address where_;
    std::string path_;  // empty where there is none to remove
    struct ::stat made_ = {};
};

// One for each address that the endpoint stands for, all on one port, also where the kernel chooses
// it. Throws stop_here (name not found, local address) when there is none that can be had; where
// some can, those are served.
std::vector<listening> listen_on(const endpoint& where, const deadline& until);

}  // namespace priz::cli
