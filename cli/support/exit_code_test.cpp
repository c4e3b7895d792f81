#include "exit_code.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

namespace priz::cli {

namespace {

exit_code code_of(std::error_code cause, phase during) {
    return exit_code_of(failure(cause, "test"), during);
}

TEST(exit_code, the_cause_decides_where_it_has_a_number_of_its_own) {
    for (const auto during :
         {phase::connecting, phase::listening, phase::sending, phase::receiving}) {
        EXPECT_EQ(code_of(errc::timed_out, during), exit_code::timed_out);
        EXPECT_EQ(code_of(std::make_error_code(std::errc::timed_out), during),
                  exit_code::timed_out);
        EXPECT_EQ(code_of({EAI_NONAME, gai_category()}, during), exit_code::name_not_found);
        EXPECT_EQ(code_of({HOST_NOT_FOUND, herror_category()}, during), exit_code::name_not_found);
        EXPECT_EQ(code_of(errc::path_too_long, during), exit_code::usage);
        EXPECT_EQ(code_of(errc::overflow_error, during), exit_code::usage);
    }
}

TEST(exit_code, otherwise_what_was_being_done_decides) {
    const auto reset = std::error_code(ECONNRESET, std::system_category());
    EXPECT_EQ(code_of(reset, phase::connecting), exit_code::could_not_connect);
    EXPECT_EQ(code_of(reset, phase::listening), exit_code::local_address);
    EXPECT_EQ(code_of(reset, phase::sending), exit_code::send_error);
    EXPECT_EQ(code_of(reset, phase::receiving), exit_code::receive_error);
}

TEST(exit_code, a_refusal_means_that_nobody_is_there_whenever_it_is_heard_of) {
    const auto refused = std::error_code(ECONNREFUSED, std::system_category());
    EXPECT_EQ(code_of(refused, phase::receiving), exit_code::could_not_connect);
}

}  // namespace

}  // namespace priz::cli
