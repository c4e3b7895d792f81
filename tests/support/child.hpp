// child.hpp: another program as the other side of a test.
//
// Its standard input and output are ours to write and read. Whatever happens it is gone when the
// object is: nothing here waits longer than `patience`, a program that is still running then is
// killed with all it started, and timeout(1) ends it should the test itself be killed. A wait that
// comes to nothing throws, which fails the test.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace support {

class child {
public:
    static constexpr int patience_s = 60;

    enum class errors { shown, with_output };  // where its standard error goes

    // `command` is sought on PATH. Descriptors that are inheritable are inherited.
    explicit child(const std::vector<std::string>& command, errors where = errors::shown);
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child();

    void write(std::string_view text);
    void end_input();

    // The next line, without its '\n'; what is left without one at the end of the output.
    std::string line();

    // All that is left of the output, to its end.
    std::string rest();

    // The exit status, once it has ended by itself; 128 and the number of the signal that ended it.
    int wait();

private:
    bool fill();
    void reap() noexcept;

    ::pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    int status_ = 0;
    std::string unread_;
};

}  // namespace support
