// reentrant.hpp: the C library's look-ups that write an entry's texts into memory of the caller's.
#pragma once

#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace priz::detail {

// What `read` takes from the entry that `look(entry, memory, size, &found)` finds; none where it
// finds none. ERANGE says that the memory did not suffice.
template <class Entry, class Look, class Read>
auto reentrant(Look&& look, Read&& read) -> std::optional<decltype(read(std::declval<Entry&>()))> {
    std::vector<char> texts(1024);
    for (;;) {
        Entry entry{};
        Entry* found = nullptr;
        const int verdict = look(&entry, texts.data(), texts.size(), &found);
        if (verdict != ERANGE) return found != nullptr ? std::optional(read(*found)) : std::nullopt;
        texts.resize(texts.size() * 2);
    }
}

}  // namespace priz::detail
