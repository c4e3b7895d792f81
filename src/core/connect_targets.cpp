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

failure connect_failure(std::error_code cause, const char* op, const destination& to,
                        std::span<const attempt> attempts) {
    failure why(cause, op);
    why.with_transport(to.transport).with_subject(to.text).with_attempts(attempts);
    if (!attempts.empty()) why.with(nullptr, &attempts.back().to);
    return why;
}

result<void> check_duration(duration given, const char* op) {
    if (given.is_valid() && given >= duration()) return {};
    failure why(errc::value_error, op);
    why.with_hint("a timeout and a delay are numbers of 0 or more");
    return std::unexpected(why);
}

}  // namespace priz::detail
