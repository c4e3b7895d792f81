#include "core/connect_targets.hpp"

#include <algorithm>

namespace priz::detail {

std::vector<address_info> interleaved(const std::vector<address_info>& sorted) {
    std::vector<address_info> preferred;
    std::vector<address_info> others;
    for (const address_info& one : sorted)
        (one.family == sorted.front().family ? preferred : others).push_back(one);
    std::vector<address_info> turns;
    for (std::size_t i = 0; i < std::max(preferred.size(), others.size()); ++i) {
        if (i < preferred.size()) turns.push_back(preferred[i]);
        if (i < others.size()) turns.push_back(others[i]);
    }
    return turns;
}

}  // namespace priz::detail
