// A socket read and written like a file, by lines.
//
// It prints:
//     asked: name?
//     asked: colour?
//     answered: priz
//     answered: blue
#include <priz/file.hpp>
#include <priz/socket.hpp>

#include <iostream>
#include <string>

namespace {

void answer_questions(priz::file& questions, priz::file& answers) {
    for (const std::string& line : questions) {  // up to the end of the stream
        std::cout << "asked: " << line;
        answers.write(line == "name?\n" ? "priz\n" : "blue\n");
    }
    answers.flush();  // what was written waits in the file until then
}

}  // namespace

int main(int, char**) {
    auto [here, there] = priz::socketpair();

    auto ask = here.makefile("rw");
    ask.write("name?\n");
    ask.write("colour?\n");
    ask.flush();
    here.shutdown(SHUT_WR);

    auto questions = there.makefile("r");
    auto answers = there.makefile("w");
    answer_questions(questions, answers);

    std::cout << "answered: " << ask.readline(1000);  // a line, but at most so many bytes of it
    std::cout << "answered: " << ask.readline(1000);
    return 0;
}
