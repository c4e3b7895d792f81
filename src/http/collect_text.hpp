// collect_text.hpp: content that a handler wants whole.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "priz/http/request.hpp"
#include "priz/io/task.hpp"

namespace priz::http::detail {

// Everything that `from` still gives to read(). Errors: status_error, 413, for more than `most`.
template <class From>
io::task<std::string> collect_text(From& from, std::size_t most) {
    std::string all;
    for (;;) {
        const std::string_view piece = co_await from.read();
        if (piece.empty()) co_return all;
        if (piece.size() > most - all.size()) throw status_error(413);
        all += piece;
    }
}

}  // namespace priz::http::detail
