// Endpoints: what parse_endpoint() accepts has to be written and read again to an equal value; its
// numeric hosts are what inet_pton(3) takes, and nothing else that libc would read as a number is
// accepted as a name.
#include <arpa/inet.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "priz/endpoint.hpp"
#include "verdicts.hpp"

namespace {

using priz::endpoint;

fuzz::verdicts endpoint_text, host_by_number;

void require(bool claim) {
    if (!claim) std::abort();
}

bool is_number(const std::string& host) {
    unsigned char bytes[16];
    const std::string number = host.substr(0, host.find('%'));
    return ::inet_pton(AF_INET, number.c_str(), bytes) == 1 ||
           ::inet_pton(AF_INET6, number.c_str(), bytes) == 1;
}

void check_host(const endpoint& e) {
    if (e.host_text().empty()) return;
    const bool number = e.family() == AF_INET || e.family() == AF_INET6;
    require(host_by_number.note(is_number(e.host_text())) == number);
    ::in_addr loose{};
    if (!number) require(::inet_aton(e.host_text().c_str(), &loose) == 0);
}

void check_exact(const endpoint& e) {
    const auto* exact = e.exact();
    if (exact == nullptr) return;
    require(exact->family() == e.family() && !exact->empty());
    require(priz::parse_address(exact->str()) == *exact);
    require(!e.port() || exact->port() == *e.port());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const auto parsed = priz::try_parse_endpoint(input);
    if (!endpoint_text.note(parsed.has_value())) {
        require(!parsed.error().message().empty());
        return 0;
    }
    const auto again = priz::try_parse_endpoint(parsed->str());
    require(again.has_value() && *again == *parsed && hash_value(*again) == hash_value(*parsed));
    require(again->str() == parsed->str());
    check_host(*parsed);
    check_exact(*parsed);
    return 0;
}
