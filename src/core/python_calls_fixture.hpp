// python_calls_fixture.hpp: asks Python's socket module what it makes of a list of calls, for tests
// that hold priz's functions of the same names to it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "priz/error.hpp"
#include "python_fixture.hpp"

namespace priz::test {

inline std::vector<std::string> lines_of(const std::string& output) {
    std::vector<std::string> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

inline std::string shown(std::uint64_t number) { return std::to_string(number); }
inline std::string shown(const std::string& bytes) {
    std::string text;
    for (const char byte : bytes) {
        std::array<char, 3> two{};
        std::snprintf(two.data(), two.size(), "%02x", static_cast<unsigned char>(byte));
        text += two.data();
    }
    return text;
}

// What `call` returns, or the name of Python's class for the error that it throws.
template <class F>
std::string outcome_of(F&& call) try {
    return shown(call());
} catch (const overflow_error&) {
    return "OverflowError";
} catch (const value_error&) {
    return "ValueError";
} catch (const error& e) {
    return e.code().category() == std::system_category() ? "OSError" : e.what();
}

// A call in Python, and the outcome of priz's.
struct question {
    std::string call;
    std::string ours;
};

inline void expect_as_in_python(const std::vector<question>& questions) {
    std::string script =
        "from socket import *\n"
        "def ask(call):\n"
        "    try: value = call()\n"
        "    except OSError: value = \"OSError\"\n"
        "    except Exception as error: value = type(error).__name__\n"
        "    else:\n"
        "        if isinstance(value, str): value = value.encode()\n"
        "        if isinstance(value, bytes): value = value.hex()\n"
        "    print(value)\n";
    for (const auto& one : questions) script += "ask(lambda: " + one.call + ")\n";
    const auto answers = lines_of(python(script));
    ASSERT_EQ(answers.size(), questions.size());
    for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_EQ(questions[i].ours, answers[i]) << questions[i].call;
}

}  // namespace priz::test
