// steps_fixture.hpp: what a look-up in steps found, in text.
#pragma once

#include <string>
#include <vector>

#include "priz/lookup_steps.hpp"

inline std::string text_of(const priz::result<std::vector<priz::address_info>>& found) {
    if (!found) return found.error().message() + " (" + found.error().hint() + ")";
    std::string all;
    for (const priz::address_info& one : *found)
        all += one.address.str() + " " + std::to_string(one.type) + " " +
               std::to_string(one.proto) + " " + one.canonname + "\n";
    return all;
}
