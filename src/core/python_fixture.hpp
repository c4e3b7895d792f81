// python_fixture.hpp: CPython as the other side of a test. The script inherits descriptors by
// number (make them inheritable first) and answers on its standard output.
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>

#include <string>

namespace priz::test {

// `text` as one word of a shell's command line.
inline std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

// Runs `script` with `arguments`, which the shell splits; its output. A script that fails fails the
// test.
inline std::string python(const std::string& script, const std::string& arguments = {}) {
    const std::string command = "/usr/bin/python3 -c " + shell_word(script) + " " + arguments;
    ::FILE* pipe = ::popen(command.c_str(), "re");
    if (pipe == nullptr) return {};
    std::string output;
    for (int byte = ::fgetc(pipe); byte != EOF; byte = ::fgetc(pipe))
        output += static_cast<char>(byte);
    EXPECT_EQ(::pclose(pipe), 0) << script;
    return output;
}

}  // namespace priz::test
