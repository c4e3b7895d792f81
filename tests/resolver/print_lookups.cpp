// Prints what look-ups find, a line each, as print_lookups.py does with Python's functions.
//
//     print_lookups NAME…          all look-ups of each name
//     print_lookups --timeout NAME one look-up that may take 50 ms

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <vector>

#include "priz/socket.hpp"

namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) all += (all.empty() ? "" : ",") + part;
    return all;
}

std::string text(const std::vector<priz::address_info>& infos) {
    std::vector<std::string> all;
    for (const auto& one : infos)
        all.push_back(std::to_string(one.family) + " " + std::to_string(one.type) + " " +
                      std::to_string(one.proto) + " '" + one.canonname + "' " + one.address.host() +
                      " " + std::to_string(one.address.port()) + " " +
                      std::to_string(one.address.scope_id()));
    return joined(all);
}

std::string text(const priz::host_entry& entry) {
    auto aliases = entry.aliases;
    std::ranges::sort(aliases);
    return entry.name + " [" + joined(aliases) + "] [" + joined(entry.addresses) + "]";
}

template <class Look>
void print(const std::string& what, Look&& look) {
    std::string found;
    try {
        found = look();
    } catch (const priz::error& why) {
        found =
            std::string(why.code().category().name()) + " " + std::to_string(why.code().value());
    }
    std::printf("%s: %s\n", what.c_str(), found.c_str());
}

constexpr int bad_flags = 0x10000000;

void print_infos(const std::string& name) {
    for (const int family : {AF_UNSPEC, AF_INET, AF_INET6, 99})
        for (const int flags : {0, AI_CANONNAME, AI_PASSIVE, AI_ADDRCONFIG, AI_V4MAPPED,
                                AI_V4MAPPED | AI_ALL, AI_NUMERICHOST, bad_flags})
            print(
                "getaddrinfo " + name + " " + std::to_string(family) + " " + std::to_string(flags),
                [&] { return text(priz::getaddrinfo(name, 80, family, 0, 0, flags)); });
}

void print_services(const std::string& name) {
    for (const auto* service : {"http", "domain", "53", "nosuch", "ntp", ""})
        for (const int type : std::initializer_list<int>{0, SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, 77})
            print("service " + name + " " + service + " " + std::to_string(type),
                  [&] { return text(priz::getaddrinfo(name, service, 0, type)); });
}

void print_names(const std::string& name) {
    print("gethostbyname " + name, [&] { return priz::gethostbyname(name); });
    print("gethostbyname_ex " + name, [&] { return text(priz::gethostbyname_ex(name)); });
    print("gethostbyaddr " + name, [&] { return text(priz::gethostbyaddr(name)); });
    print("getfqdn " + name, [&] { return priz::getfqdn(name); });
}

void print_nothing() {
    for (const int family : {AF_UNSPEC, AF_INET, AF_INET6})
        for (const int flags : {0, AI_PASSIVE, AI_CANONNAME})
            print("getaddrinfo none " + std::to_string(family) + " " + std::to_string(flags),
                  [&] { return text(priz::getaddrinfo(nullptr, 80, family, 0, 0, flags)); });
    print("getaddrinfo none none", [] { return text(priz::getaddrinfo(nullptr, nullptr)); });
    for (const std::string name : {"", "0.0.0.0", "::"})
        print("getfqdn " + name, [&] { return priz::getfqdn(name); });
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> names(arguments + 1, arguments + count);
    if (!names.empty() && names[0] == "--timeout") {
        print("timeout",
              [&] { return text(priz::getaddrinfo(names[1], 80, 0, 0, 0, 0, {.timeout = 0.05})); });
        return 0;
    }
    print_nothing();
    for (const auto& name : names) {
        print_infos(name);
        print_services(name);
        print_names(name);
    }
    return 0;
}
