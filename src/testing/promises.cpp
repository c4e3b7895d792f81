#include "testing/promises.hpp"

#include <algorithm>
#include <cstdint>

#include "priz/io/sleep.hpp"

namespace priz::testing::detail {

void require_cause(std::error_code got, std::error_code wanted, const char* verb) {
    if (got == wanted) return;
    const std::string ended = got ? "\"" + got.message() + "\"" : std::string("success");
    throw broken(std::string(verb) + " ended with " + ended + ", not with \"" + wanted.message() +
                 "\"");
}

bool is_reset(std::error_code code) noexcept {
    return code == std::errc::connection_reset || code == std::errc::broken_pipe;
}

bytes pattern(std::size_t size, std::size_t from) {
    bytes made(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint64_t mixed = (from + i + 1) * 0x9e3779b97f4a7c15ULL;
        made[i] = static_cast<char>(mixed >> 56);
    }
    return made;
}

void require_same(const bytes& got, const bytes& wanted) {
    if (got == wanted) return;
    const std::size_t common = std::min(got.size(), wanted.size());
    const auto differs = std::mismatch(
        got.begin(), got.begin() + static_cast<std::ptrdiff_t>(common), wanted.begin());
    throw broken("of " + std::to_string(wanted.size()) + " bytes " + std::to_string(got.size()) +
                 " came, and the first " + std::to_string(differs.first - got.begin()) +
                 " of them are right");
}

io::task<> settle() {
    constexpr int turns = 8;
    for (int i = 0; i < turns; ++i) co_await io::sleep(0);
}

io::task<bytes> receive_all(io::stream& from, std::size_t most) {
    bytes all;
    while (auto data = co_await from.recv()) {
        all += data.text();
        require(all.size() <= most, "more bytes came than were sent");
    }
    co_return all;
}

io::task<bytes> receive(io::stream& from, std::size_t size) {
    bytes got(size, '\0');
    co_await from.recv_exactly_into(got);
    co_return got;
}

io::task<> send_and_end(io::stream& to, bytes_view all) {
    co_await to.sendall(all);
    co_await to.shutdown(SHUT_WR);
}

}  // namespace priz::testing::detail
