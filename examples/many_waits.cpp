// Several waits side by side: for all of them, for the first of them, for none too long, and for
// those of a group.
//
// It prints:
//     both are here: 3
//     number 1 was first
//     nothing after a hundredth of a second: going on
//     sleep: timed out
//     3 greetings, one after the other
//     the group has ended
#include <priz/io.hpp>
#include <priz/io/when.hpp>

#include <iostream>

namespace io = priz::io;

namespace {

io::task<int> answer_after(double seconds, int answer) {
    co_await io::sleep(seconds);
    co_return answer;
}

io::task<> wait_for_all() {
    auto [one, two] = co_await io::when_all(answer_after(0.02, 1), answer_after(0.01, 2));
    std::cout << "both are here: " << one + two << '\n';
}

io::task<> wait_for_the_first() {
    auto race = co_await io::when_any(answer_after(60, 1), answer_after(0.01, 2));
    std::cout << "number " << race.first << " was first\n";
}

io::task<> wait_for_a_while() {
    if (!co_await io::move_on_after(0.01, answer_after(60, 1)))
        std::cout << "nothing after a hundredth of a second: going on\n";
    try {
        std::cout << co_await io::fail_after(0.01, answer_after(60, 1)) << '\n';
    } catch (const priz::timeout& late) {
        std::cout << late.what() << '\n';
    }
}

io::task<> greet(int& greetings) {
    for (;;) {
        ++greetings;
        co_await io::sleep(60);
    }
}

io::task<> wait_for_a_group() {
    int greetings = 0;
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        for (int i = 0; i < 3; ++i) group.spawn(greet(greetings));
        co_await io::sleep(0.01);
        std::cout << greetings << " greetings, one after the other\n";
        group.cancel();
    });
    std::cout << "the group has ended\n";
}

io::task<> all_of_it() {
    co_await wait_for_all();
    co_await wait_for_the_first();
    co_await wait_for_a_while();
    co_await wait_for_a_group();
}

}  // namespace

int main() { io::run(all_of_it()); }
