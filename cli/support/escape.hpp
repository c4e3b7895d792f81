// cli/support/escape.hpp: remote bytes made harmless for a terminal.
//
// What a peer sends can move the cursor, rename the window, recolour or hide text. On a terminal
// such bytes are therefore shown, not obeyed: `\x1b`, `\u{202e}`. Readable text in UTF-8 stays as
// it is, line ends and tabs included.
#pragma once

#include <string>
#include <string_view>

namespace priz::cli {

// A stream of bytes, in pieces as they come: a character split between two of them is put together
// again.
class escaper {
public:
    std::string feed(std::string_view data);
    // What was held back, when nothing more will come.
    std::string finish();

private:
    std::string held_;
};

// A whole text.
std::string escaped(std::string_view text);

}  // namespace priz::cli
