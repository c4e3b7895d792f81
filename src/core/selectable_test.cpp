#include "priz/selectable.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "priz/unique_fd.hpp"

namespace priz {
namespace {

struct thing {
    int number;
    int fileno() const { return number; }
};
struct other : thing {};

TEST(selectable, knows_the_object_by_the_type_it_was_given_as) {
    thing one{7};
    const selectable made = one;
    EXPECT_EQ(made.fileno(), 7);
    EXPECT_EQ(made.as<thing>(), &one);
    EXPECT_EQ(made.as<const thing>(), &one);
    EXPECT_EQ(made.as<other>(), nullptr);
    EXPECT_EQ(selectable(7).as<thing>(), nullptr);
    EXPECT_EQ(selectable(7), made);
}

TEST(selectable, a_const_object_stays_const) {
    const thing one{7};
    EXPECT_EQ(selectable(one).as<thing>(), nullptr);
    EXPECT_EQ(selectable(one).as<const thing>(), &one);
}

TEST(selectable, what_dies_with_the_expression_does_not_convert) {
    EXPECT_FALSE((std::is_convertible_v<unique_fd, selectable>));
    EXPECT_TRUE((std::is_convertible_v<unique_fd&, selectable>));
    EXPECT_TRUE((std::is_convertible_v<int, selectable>));
    EXPECT_FALSE((std::is_convertible_v<std::string, selectable>));
}

}  // namespace
}  // namespace priz
