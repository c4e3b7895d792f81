// priz/io/detail/descriptor_waits.hpp: the verbs of descriptors that are no sockets, as awaited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "priz/bytes.hpp"
#include "priz/export.hpp"
#include "priz/io/chunk.hpp"
#include "priz/io/detail/socket_waits.hpp"

namespace priz::io::detail {

struct PRIZ_API read_wait : reading<read_wait> {
    static constexpr const char* operation = "read";
    using value_type = chunk;

    read_wait(endpoint* e, std::size_t size) noexcept
        : reading(e),
          limit(size < block_pool::block_size ? static_cast<std::uint32_t>(size)
                                              : block_pool::block_size) {}
    bool attempt() noexcept;
    chunk value() noexcept { return std::move(data); }
    std::size_t transferred() const noexcept { return 0; }

    std::uint32_t limit;
    chunk data;
};

struct PRIZ_API read_into_wait : reading<read_into_wait> {
    static constexpr const char* operation = "read_into";
    using value_type = std::size_t;

    read_into_wait(endpoint* e, bytes_span into) noexcept : reading(e), target(into) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    bytes_span target;
    std::size_t count = 0;
};

struct PRIZ_API write_wait : writing<write_wait> {
    static constexpr const char* operation = "write";
    using value_type = std::size_t;

    write_wait(endpoint* e, bytes_view from) noexcept : writing(e), source(from) {}
    bool attempt() noexcept;
    std::size_t value() const noexcept { return count; }
    std::size_t transferred() const noexcept { return 0; }

    bytes_view source;
    std::size_t count = 0;
};

struct PRIZ_API writeall_wait : writing<writeall_wait> {
    static constexpr const char* operation = "writeall";
    using value_type = void;

    writeall_wait(endpoint* e, bytes_view from) noexcept : writing(e), source(from) {}
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return count; }

    bytes_view source;
    std::size_t count = 0;
};

// Others may read and write the descriptor between two waits: the kernel is asked, not what the
// endpoint knows.
struct PRIZ_API fd_readable_wait : reading<fd_readable_wait> {
    static constexpr const char* operation = "wait_readable";
    using value_type = void;

    explicit fd_readable_wait(endpoint* e) noexcept : reading(e) {}
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }
};

struct PRIZ_API fd_writable_wait : writing<fd_writable_wait> {
    static constexpr const char* operation = "wait_writable";
    using value_type = void;

    explicit fd_writable_wait(endpoint* e) noexcept : writing(e) {}
    bool attempt() noexcept;
    void value() const noexcept {}
    std::size_t transferred() const noexcept { return 0; }
};

}  // namespace priz::io::detail
