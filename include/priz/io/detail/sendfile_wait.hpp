// priz/io/detail/sendfile_wait.hpp: sending a file, as awaited.
#pragma once

#include <cstddef>
#include <optional>

#include "priz/error.hpp"
#include "priz/export.hpp"
#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

struct PRIZ_API sendfile_wait : writing<sendfile_wait> {
    static constexpr const char* operation = "sendfile";
    using value_type = std::size_t;

    sendfile_wait(endpoint* e, int from, std::size_t offset,
                  std::optional<std::size_t> most) noexcept
        : writing(e), file(from), start(offset), wanted(most) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return done; }
    std::size_t transferred() const noexcept { return done; }
    failure why(const char* verb, std::size_t count) const noexcept;

private:
    enum class way { unknown, by_kernel, by_reading };

    int prepare() noexcept;
    std::size_t left(std::size_t most) const noexcept;
    bool send() noexcept;
    std::ptrdiff_t send_by_kernel(std::size_t most) noexcept;
    std::ptrdiff_t send_by_reading(std::size_t most) noexcept;
    bool go_on_later() noexcept;

    int file;
    way means = way::unknown;
    std::size_t start;
    std::optional<std::size_t> wanted;
    std::size_t done = 0;
};

}  // namespace priz::io::detail
