#include "nearest.hpp"

#include <algorithm>

namespace priz::cli {

namespace {

using distances = std::vector<std::size_t>;

// The optimal string alignment distance, a row for each character of `a`.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<distances> d(a.size() + 1, distances(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, const std::vector<std::string>& known) {
    std::string best;
    std::size_t fewest = std::max<std::size_t>(typed.size() / 2, 1) + 1;
    for (const auto& one : known) {
        const bool begins = typed.size() > 1 && one.starts_with(typed);
        const auto changes = begins ? 0 : distance(typed, one);
        if (changes < fewest) fewest = changes, best = one;
    }
    return best;
}

}  // namespace priz::cli
