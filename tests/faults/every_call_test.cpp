// That nothing is left out: each call of the library's door to the kernel is made by some scenario,
// and so is struck.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "scenario.hpp"

namespace faults {
namespace {

std::set<std::string> calls_of_the_door() {
    const std::ifstream file(PRIZ_TEST_DIR "/../../src/core/sys.hpp");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string door = text.str();
    const std::regex call(R"(::(\w+)\()");
    std::set<std::string> names;
    for (std::sregex_iterator at(door.begin(), door.end(), call), end; at != end; ++at)
        names.insert((*at)[1]);
    return names;
}

std::set<std::string> calls_of_the_scenarios() {
    std::set<std::string> names;
    for (const auto& scenarios :
         {socket_scenarios(), message_scenarios(), file_scenarios(), option_scenarios(),
          select_scenarios(), connect_scenarios(), resolve_scenarios(), loop_scenarios()})
        for (const scenario& one : scenarios)
            for (const std::string& call : calls_of(one)) names.insert(call);
    return names;
}

TEST(every_call, of_the_door_is_struck_by_a_scenario) {
    std::set<std::string> left = calls_of_the_door();
    EXPECT_GT(left.size(), 35U);
    // The signal calls fail for arguments that make no sense alone; sigtimedwait says that there
    // was no signal, which is what is hoped for.
    for (const char* cannot_fail :
         {"clock_gettime", "if_freenameindex", "pthread_sigmask", "sigpending", "sigtimedwait"})
        EXPECT_EQ(left.erase(cannot_fail), 1U) << cannot_fail;
    for (const std::string& made : calls_of_the_scenarios()) left.erase(made);
    EXPECT_EQ(left, std::set<std::string>()) << "never struck";
}

}  // namespace
}  // namespace faults
