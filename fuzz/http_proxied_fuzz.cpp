// What proxies say of their clients. A header of the PROXY protocol ends where it ends, however its
// bytes come: before that more is wanted, and never more than there is; with a byte behind it, it
// is none. Forwarded and X-Forwarded-For tell the same whatever stands to the left of one who is
// not trusted.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/server/proxy_header.hpp"
#include "http/server/told_client.hpp"
#include "verdicts.hpp"

namespace {

namespace http = priz::http;
using namespace http::detail;
using progress = proxy_header_read::progress;
using which = http::trusted_proxies::client_field;

void require(bool held) {
    if (!held) std::abort();
}

void check_header(std::string_view input) {
    static fuzz::verdicts seen;
    const proxy_header_read whole = read_proxy_header(input);
    seen.note(whole.how == progress::complete);
    require(whole.how == progress::more ? whole.missing > 0 : whole.missing == 0);
    if (whole.how != progress::complete) return;
    for (std::size_t size = 0; size < input.size(); ++size) {
        const proxy_header_read part = read_proxy_header(input.substr(0, size));
        require(part.how == progress::more && part.missing <= input.size() - size);
    }
    require(read_proxy_header(std::string(input) + 'x').how == progress::failed);
}

told_client_read tell(std::string_view value, which how, const networks& trusted) {
    const std::string name = how == which::forwarded ? "Forwarded" : "X-Forwarded-For";
    const std::string text = name + std::string(value);
    const auto at = static_cast<std::uint32_t>(name.size());
    const http::field_place place{0, at, at, static_cast<std::uint32_t>(value.size())};
    return read_told_client(http::field_list({&place, 1}, text.data()), how, trusted);
}

void check_field(std::string_view input, which how) {
    static fuzz::verdicts seen;
    const networks trusted({"10.0.0.0/8"});
    const told_client_read told = tell(input, how, trusted);
    seen.note(told.is_good);
    if (!told.is_good || !told.client || trusted.contain(told.client->who)) return;
    const std::string_view first =
        how == which::forwarded ? "for=192.0.2.1;proto=https, " : "192.0.2.1, ";
    const told_client_read again = tell(std::string(first) + std::string(input), how, trusted);
    require(again.is_good && again.client && again.client->who == told.client->who &&
            again.client->is_secure == told.client->is_secure);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check_header(input);
    check_field(input, which::forwarded);
    check_field(input, which::x_forwarded_for);
    return 0;
}
