// What look-ups give to priz and to CPython, asked the same.
#include <netdb.h>

#include "python_peer.hpp"

namespace interop {
namespace {

std::string text_or_none(const std::string& text) {
    return text == "None" ? text : "'" + text + "'";
}

struct question {
    std::string name;     // "None" for none
    std::string service;  // likewise; a number is one
    int family = 0;
    int type = 0;
    int proto = 0;
    int flags = 0;
};

std::string in_python(python_peer& python, const question& q) {
    std::string numbers;
    for (const int number : {q.family, q.type, q.proto, q.flags})
        numbers += ", " + std::to_string(number);
    return python("[(int(f), int(t), p, c, a) for f, t, p, c, a in socket.getaddrinfo(" +
                  text_or_none(q.name) + ", " + text_or_none(q.service) + numbers + ")]");
}

std::string in_priz(const question& q) {
    const priz::host name = q.name == "None" ? priz::host(nullptr) : priz::host(q.name);
    const priz::service service =
        q.service == "None" ? priz::service(nullptr) : priz::service(q.service);
    const auto found = priz::try_getaddrinfo(name, service, q.family, q.type, q.proto, q.flags);
    if (!found) {
        const bool is_gai = found.error().code().category() == priz::gai_category();
        return is_gai ? "raises gaierror" : "raises " + found.error().message();
    }
    std::string all;
    for (const auto& one : *found) {
        all += all.empty() ? "[(" : ", (";
        for (const int number : {one.family, one.type, one.proto})
            all += std::to_string(number) + ", ";
        all += "'" + one.canonname + "', " + as_python(one.address) + ")";
    }
    return all + "]";
}

TEST(names, getaddrinfo_gives_what_python_gives) {
    const std::vector<question> table{
        {"127.0.0.1", "80"},
        {"127.0.0.1", "None"},
        {"127.0.0.1", "http", 0, SOCK_STREAM},
        {"127.0.0.1", "http", 0, SOCK_DGRAM},
        {"127.0.0.1", "domain"},
        {"127.0.0.1", "domain", 0, 0, IPPROTO_UDP},
        {"127.0.0.1", "80", AF_INET6},
        {"127.0.0.1", "80", AF_INET6, SOCK_STREAM, 0, AI_V4MAPPED},
        {"127.0.0.1", "80", 0, SOCK_RAW},
        {"127.0.0.1", "80", 0, SOCK_STREAM, IPPROTO_UDP},
        {"127.0.0.1", "no-such-service"},
        {"127.0.0.1", "http", 0, SOCK_STREAM, 0, AI_NUMERICSERV},
        {"127.0.0.1", "80", 0, SOCK_STREAM, 0, AI_CANONNAME},
        {"::1", "443", 0, SOCK_STREAM},
        {"::1", "443", AF_INET},
        {"fe80::1%lo", "443", 0, SOCK_STREAM},
        {"::ffff:1.2.3.4", "1", 0, SOCK_STREAM},
        {"1.2", "1", 0, SOCK_STREAM},
        {"localhost", "80", AF_INET, SOCK_STREAM},
        {"localhost", "80", 0, SOCK_STREAM, 0, AI_NUMERICHOST},
        {"None", "80", 0, SOCK_STREAM},
        {"None", "80", 0, SOCK_STREAM, 0, AI_PASSIVE},
        {"None", "None"},
        {"", "80", 0, SOCK_STREAM},
        {"256.1.1.1", "80", 0, 0, 0, AI_NUMERICHOST},
        {"127.0.0.1", "80", 9999},
        {"127.0.0.1", "80", 0, 9999},
        {"127.0.0.1", "80", 0, 0, 0, 0x40000000},
    };
    python_peer python;
    int errors = 0;
    for (const auto& q : table) {
        const std::string expected = in_python(python, q);
        if (expected == "raises gaierror") ++errors;
        EXPECT_EQ(in_priz(q), expected)
            << q.name << " " << q.service << " " << q.family << " " << q.type << " " << q.flags;
    }
    EXPECT_GE(errors, 5);
    EXPECT_LE(errors, 15);
}

TEST(names, getnameinfo_gives_what_python_gives) {
    python_peer python;
    for (const char* text : {"127.0.0.1:80", "127.0.0.1:53", "[::1]:443", "192.0.2.1:65535"})
        for (const int flags :
             {NI_NUMERICHOST, NI_NUMERICHOST | NI_NUMERICSERV, NI_NUMERICHOST | NI_DGRAM}) {
            const priz::address where = priz::parse_address(text);
            const auto [host, service] = priz::getnameinfo(where, flags);
            EXPECT_EQ("('" + host + "', '" + service + "')",
                      python("socket.getnameinfo(" + as_python(where) + ", " +
                             std::to_string(flags) + ")"));
        }
}

TEST(names, this_machine_has_one_name_for_both) {
    python_peer python;
    EXPECT_EQ("'" + priz::gethostname() + "'", python("socket.gethostname()"));
    EXPECT_EQ("'" + priz::gethostbyname("localhost") + "'",
              python("socket.gethostbyname('localhost')"));
}

TEST(names, services_and_protocols_have_the_same_numbers) {
    python_peer python;
    for (const char* name : {"http", "https", "domain", "ssh", "smtp"})
        EXPECT_EQ(std::to_string(priz::getservbyname(name)),
                  python("socket.getservbyname('" + std::string(name) + "')"));
    EXPECT_EQ("'" + priz::getservbyport(53, "udp") + "'",
              python("socket.getservbyport(53, 'udp')"));
    EXPECT_EQ(std::to_string(priz::getprotobyname("udp")), python("socket.getprotobyname('udp')"));
}

}  // namespace
}  // namespace interop
