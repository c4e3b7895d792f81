// Cancelled is not lost, by simulation: whatever is cancelled, no byte and no connection is lost or
// comes twice, nothing is left behind, and nobody waits for ever. Each scenario is run by seed
// after seed.
//
//     LAW_SEEDS=1200 build/dev/tests/law/law_test     1,200 seeds of each scenario
//     LAW_FIRST=417 LAW_SEEDS=1 …                     one seed again, as a failure says it
//     LAW_TRACE=1 …                                   with the network's trace, on stderr
#include <gmock/gmock.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "trial.hpp"

namespace law {

namespace {

// A number above zero: of no seeds every law would hold.
std::uint64_t number_in(std::string_view text, std::string_view variable) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end || number == 0)
        throw std::invalid_argument(std::string(variable) + " is '" + std::string(text) +
                                    "': it has to be a number above 0");
    return number;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text != nullptr ? number_in(text, variable) : otherwise;
}

TEST(law_seeds, are_a_number_above_zero) {
    EXPECT_EQ(number_in("1200", "LAW_SEEDS"), 1200U);
    for (const char* const text : {"", "0", "many", "12x", " 12", "-3", "99999999999999999999"})
        EXPECT_THROW(number_in(text, "LAW_SEEDS"), std::invalid_argument) << text;
}

class law : public testing::TestWithParam<scenario> {};

TEST_P(law, holds_for_every_seed) {
    const scenario& what = GetParam();
    const std::uint64_t first = number_from("LAW_FIRST", 1);
    const std::uint64_t count = number_from("LAW_SEEDS", 40);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const std::string wrong = check(what, seed);
        ASSERT_EQ(wrong, "") << "the seed " << seed << " of " << what.name
                             << "; again:\nLAW_FIRST=" << seed << " LAW_SEEDS=1 "
                             << testing::internal::GetArgvs().front() << " --gtest_filter='*/"
                             << what.name << "'";
    }
}

INSTANTIATE_TEST_SUITE_P(scenarios, law, testing::ValuesIn(all_scenarios()),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace law
