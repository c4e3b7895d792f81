// cli/doctor_checks.hpp: what `priz doctor` looks at, a function a subject.
#pragma once

#include <priz/duration.hpp>

#include <string>
#include <vector>

namespace priz::cli {

// `broken` means that sockets as such do not work here; `warning`, that something will some day be
// missed.
enum class health { good, note, warning, broken };

struct finding {
    std::string subject;
    health state = health::good;
    std::string detail;
    std::string remedy = {};
};

using findings = std::vector<finding>;

findings check_kernel();
findings check_families();
findings check_options();
findings check_resolver(duration timeout);
findings check_limits();

}  // namespace priz::cli
