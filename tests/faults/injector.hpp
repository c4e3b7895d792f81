// injector.hpp: faults in system calls, one at a time.
//
// This program defines recv(), send() and the others that priz calls; they pass on to the C
// library's, but for one call of an armed stretch of code, which does what the fault says. Only the
// thread that armed it is concerned.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace faults {

enum class kind {
    none,
    fail,       // the call does nothing and fails with the errno given
    interrupt,  // EINTR; a connect() goes on being made all the same, as in the kernel
    shorten,    // the call moves one byte, or one message, at the most
    spurious,   // a wait that says ready when nothing is
    lack,       // the kernel has no such call: ENOSYS
};

struct fault {
    kind what = kind::none;
    int error = 0;
    std::size_t at = 0;  // which call of the stretch, counted from 0
};

std::string name_of(const fault& one);

// Arms `one` from now on in this thread, until the end of the object's life; records the calls made
// meanwhile. Calls by the name `lacking` fail as on a kernel that does not have them.
class armed {
public:
    explicit armed(const fault& one, const std::string& lacking = {});
    armed(const armed&) = delete;
    armed& operator=(const armed&) = delete;
    ~armed();

    const std::vector<std::string>& calls() const;
    bool has_struck() const;
};

}  // namespace faults
