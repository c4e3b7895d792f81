// python_oracle.hpp: asks Python's socket module what it makes of a list of calls, for tests that
// hold priz to it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "priz/error.hpp"

namespace priz::testing_oracle {

// What a program of Debian's Python prints, by lines. Fails the test when it does not end well.
inline std::vector<std::string> run_python(const std::string& program) {
    char path[] = "/tmp/priz-oracle-XXXXXX";
    const int fd = ::mkstemp(path);
    EXPECT_EQ(::write(fd, program.data(), program.size()), static_cast<::ssize_t>(program.size()));
    EXPECT_EQ(::close(fd), 0);
    std::FILE* pipe = ::popen((std::string("/usr/bin/python3 ") + path).c_str(), "re");
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0) << program;
    EXPECT_EQ(::unlink(path), 0);
    std::vector<std::string> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

// A call in Python, and what priz's function of that name returned, as described() shows it.
struct question {
    std::string call;
    std::string ours;
};

inline std::string shown(std::uint64_t number) { return std::to_string(number); }
inline std::string shown(const std::string& bytes) {
    std::string text;
    for (const char byte : bytes) {
        char two[3];
        std::snprintf(two, sizeof(two), "%02x", static_cast<unsigned char>(byte));
        text += two;
    }
    return text;
}

// The value, or the name of Python's class for the error.
template <class F>
std::string described(F&& call) try {
    return shown(call());
} catch (const overflow_error&) {
    return "OverflowError";
} catch (const value_error&) {
    return "ValueError";
} catch (const error& e) {
    return e.code().category() == std::system_category() ? "OSError" : e.what();
}

inline void expect_as_in_python(const std::vector<question>& questions) {
    std::string program =
        "import socket\n"
        "from socket import *\n"
        "def ask(call):\n"
        "    try: value = eval(call)\n"
        "    except Exception as e: value = 'OSError' if isinstance(e, OSError) else "
        "type(e).__name__\n"
        "    else:\n"
        "        if isinstance(value, str): value = value.encode()\n"
        "        if isinstance(value, bytes): value = value.hex()\n"
        "    print(value)\n";
    for (const auto& one : questions) program += "ask(r'''" + one.call + "''')\n";
    const auto answers = run_python(program);
    ASSERT_EQ(answers.size(), questions.size());
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(questions[i].ours, answers[i]) << questions[i].call;
}

}  // namespace priz::testing_oracle
