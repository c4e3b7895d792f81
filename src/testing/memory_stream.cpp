#include "priz/testing/memory_stream.hpp"

#include <memory>

#include "priz/error.hpp"
#include "priz/io/detail/loop_core.hpp"
#include "testing/memory_transport.hpp"

namespace priz::testing {

namespace {

void check(const memory_options& options) {
    if (options.capacity > 0 && options.receive_max > 0 && options.send_max > 0) return;
    failure why(errc::value_error, "memory_pair");
    why.with_hint("capacity, receive_max and send_max are at least 1").raise();
}

}  // namespace

namespace detail {

std::pair<io::detail::endpoint*, io::detail::endpoint*> memory_endpoints(
    const memory_options& options) {
    io::detail::loop_core& loop = io::detail::this_loop_core();
    auto first = std::make_unique<memory_end>(options, options.faults, options.first_name);
    auto second =
        std::make_unique<memory_end>(options, std::vector<memory_fault>(), options.second_name);
    io::detail::endpoint& one = loop.new_endpoint(-1, first.get());
    io::detail::endpoint* other = nullptr;
    try {
        other = &loop.new_endpoint(-1, second.get());
    } catch (...) {
        loop.free_endpoint(one);
        throw;
    }
    one.peer.remember(options.second_name);
    other->peer.remember(options.first_name);
    first->serve(one);
    second->serve(*other);
    // The endpoints own them now.
    memory_end::connect_ends(*first.release(), *second.release());
    return {&one, other};
}

}  // namespace detail

std::pair<io::stream, io::stream> memory_pair(const memory_options& options) {
    check(options);
    const auto [one, other] = detail::memory_endpoints(options);
    return {io::stream(one), io::stream(other)};
}

}  // namespace priz::testing
