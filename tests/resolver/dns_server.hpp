// dns_server.hpp: a name server on loopback that answers as a test tells it to.
//
// It listens on one port of 127.0.0.1 for datagrams and streams, in a thread that ends with it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "priz/resolve.hpp"
#include "priz/socket.hpp"

namespace dns {

constexpr std::uint16_t a = 1;
constexpr std::uint16_t cname = 5;
constexpr std::uint16_t ptr = 12;
constexpr std::uint16_t aaaa = 28;

constexpr unsigned servfail = 2;
constexpr unsigned nxdomain = 3;

struct query {
    std::uint16_t id = 0;
    std::string name;  // in lower case, without the final dot
    std::uint16_t type = 0;
    bool by_stream = false;
    std::string question;  // as it came
};

// A query's message, read.
query parse(const std::string& message, bool by_stream);

// A name as messages have it.
std::string encoded(const std::string& name);

struct record {
    std::string name;
    std::uint16_t type;
    std::string data;
};

record address_record(const std::string& name, const std::string& address);
record name_record(const std::string& name, std::uint16_t type, const std::string& target);

// A message in answer to `to`.
struct answer {
    std::vector<record> records = {};
    unsigned code = 0;
    bool truncated = false;
    std::string message_for(const query& to) const;
};

// What the server sends for a query: any number of messages, an empty one included.
using script = std::function<std::vector<std::string>(const query&)>;

// A script of addresses by name; NXDOMAIN for other names.
script table(const std::vector<std::pair<std::string, std::string>>& addresses);

class server {
public:
    explicit server(script answers);
    ~server();

    // "127.0.0.1:PORT"
    std::string where() const;

    // Settings that ask this server, and a hosts file that is empty.
    priz::resolver resolver() const;

    int queries() const { return queries_; }
    int by_stream() const { return by_stream_; }

private:
    void run();
    void answer_datagram();
    void answer_stream();
    std::vector<std::string> replies(const std::string& message, bool by_stream);

    script answers_;
    std::pair<priz::socket, priz::socket> doors_;  // for datagrams and for streams
    std::pair<priz::socket, priz::socket> end_;
    std::atomic<int> queries_{0};
    std::atomic<int> by_stream_{0};
    std::thread thread_;
};

}  // namespace dns
