// cli/support/child.hpp: another process of this same program, and what it says.
#pragma once

#include <sys/types.h>
#include <priz/deadline.hpp>
#include <priz/unique_fd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace priz::cli {

// Started by the constructor, with nothing to read and its standard output and error in one pipe.
// The destructor ends it for certain and waits for it. For one thread. Everything that can fail
// throws std::runtime_error.
class child {
public:
    // `arguments` are those of main(), without the program's name.
    child(std::string name, const std::vector<std::string>& arguments);
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child();

    const std::string& name() const noexcept { return name_; }

    // Waits for the next line that holds `part` and returns it; the lines before it are passed
    // over. Throws when the output ends first or the time is over, quoting what came instead.
    std::string line_with(std::string_view part, const deadline& until);
    // Waits for the end of the output; all that line_with() has not returned or passed over.
    std::string rest(const deadline& until);

    // What waitpid(2) says; signal numbers as 128 + number, as a shell counts.
    int wait(const deadline& until);
    void signal(int number) noexcept;

private:
    bool read_more(const deadline& until);

    std::string name_;
    ::pid_t pid_ = -1;
    unique_fd process_;  // readable when it has ended
    unique_fd output_;
    std::string said_;
    std::size_t taken_ = 0;
};

}  // namespace priz::cli
