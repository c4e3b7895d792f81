// target.hpp: what a request target may be (RFC 9112, 3.2), for who reads one and who writes one.
#pragma once

#include <string_view>

#include "priz/http/defect.hpp"
#include "priz/http/head_parser.hpp"

namespace priz::http::detail {

struct target_reading {
    defect found = defect::none;
    target_form form = target_form::origin;
    std::string_view authority;  // of an absolute target; of CONNECT's, all of it
};

// `target` has only bytes that targets have.
target_reading read_target(std::string_view method, std::string_view target) noexcept;

}  // namespace priz::http::detail
