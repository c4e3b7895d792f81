#include "stage.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace priz::cli {

namespace {

std::string time_text(duration time) {
    const auto nanoseconds = time.nanoseconds();
    return fmt::format("{}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
}

}  // namespace

void stage::say(const sim::host& who, std::string_view what) {
    said_.push_back({net_.trace().size(),
                     fmt::format("{} {}: says: {}\n", time_text(net_.now()), who.name(), what)});
}

void stage::demand(bool holds, const std::string& claim) const {
    if (!holds) throw std::runtime_error(claim);
}

std::string stage::trace() const {
    const std::string packets = net_.trace();
    std::string all;
    std::size_t at = 0;
    for (const auto& one : said_) {
        all.append(packets, at, one.where - at);
        all += one.line;
        at = one.where;
    }
    return all.append(packets, at);
}

}  // namespace priz::cli
