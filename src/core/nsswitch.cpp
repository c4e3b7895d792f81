#include "core/nsswitch.hpp"

#include <algorithm>
#include <optional>

#include "core/resolve_words.hpp"

namespace priz::detail {

namespace {

constexpr std::string_view database = "hosts:";

// The sources on a line, where it is the one of hosts; `hosts : files` is allowed too.
std::optional<std::vector<std::string_view>> sources_on(std::string_view line) {
    auto words = split_words(line);
    if (words.size() >= 2 && words[0] == "hosts" && words[1].starts_with(':')) {
        words.erase(words.begin());
        words.front().remove_prefix(1);
    } else if (!words.empty() && words[0].starts_with(database)) {
        words.front().remove_prefix(database.size());
    } else {
        return std::nullopt;
    }
    if (words.front().empty()) words.erase(words.begin());
    return words;
}

void add(host_sources& sources, std::string_view word) {
    if (word == "files")
        sources.order.push_back(host_source::files);
    else if (word == "dns")
        sources.order.push_back(host_source::dns);
    else if (word == "myhostname")
        sources.myhostname = true;
    else
        sources.needs_libc = true;
}

}  // namespace

host_sources parse_nsswitch(std::string_view text) {
    while (!text.empty()) {
        const auto words = sources_on(next_line(text));
        if (!words) continue;
        host_sources sources;
        for (const std::string_view word : *words) add(sources, word);
        return sources;
    }
    return {.order = {host_source::files, host_source::dns}};
}

}  // namespace priz::detail
