// cli/doctor_checks.hpp: what `priz doctor` looks at, a function a subject.
#pragma once

#include <priz/duration.hpp>

#include <string>
#include <vector>

namespace priz::cli {

// `broken` means that sockets as such do not work here, or that the environment keeps every program
// of the runtime from starting; `warning`, that something will some day be missed.
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
findings check_loop();

}  // namespace priz::cli
