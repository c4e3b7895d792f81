// wire.hpp: one direction of a link: when a packet that is sent now arrives.
#pragma once

#include <cstdint>

#include "priz/sim/options.hpp"
#include "sim/packet.hpp"
#include "sim/random.hpp"

namespace priz::sim::detail {

class wire {
public:
    // Nanoseconds of the network's clock; never when it is lost. `again` is that of a second copy,
    // which a packet that is lost has not.
    struct fate {
        std::int64_t arrival = 0;
        std::int64_t again = 0;
        bool is_reordered = false;
    };

    explicit wire(const link_options& given) noexcept : options(given) {}

    fate carry(const packet& what, std::int64_t now, chance& random);

    link_options options;
    bool is_cut = false;

private:
    std::int64_t leave(const packet& what, std::int64_t now) noexcept;

    std::int64_t free_at_ = 0;  // the last packet has been sent out
    std::int64_t last_ = 0;     // the last packet's arrival
};

}  // namespace priz::sim::detail
