// Files on sockets, and files through sockets, between priz and CPython.
#include <unistd.h>
#include <priz/file.hpp>

#include "python_peer.hpp"

namespace interop {
namespace {

class file : public testing::Test {
protected:
    file() {
        auto server = priz::create_server({"127.0.0.1", 0});
        python.run("s = socket.create_connection(" + as_python(server.getsockname()) + ")");
        ours = server.accept().connection;
    }

    python_peer python;
    priz::socket ours{priz::closed};
};

TEST_F(file, lines_of_python_are_the_lines_read) {
    python.begin(
        "f = s.makefile('w', newline='\\n'); f.write('first\\n\\n' + 'long' * 50_000 + "
        "'\\nüç\\nno end'); f.close(); s.close()");
    std::vector<std::string> lines;
    priz::file f = ours.makefile("r");
    for (const std::string& line : f) lines.push_back(line);
    EXPECT_EQ(python.answer(), "None");
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_EQ(lines[0], "first\n");
    EXPECT_EQ(lines[1], "\n");
    EXPECT_EQ(lines[2].size(), 200'001U);
    EXPECT_EQ(lines[3], "üç\n");
    EXPECT_EQ(lines[4], "no end");
}

TEST_F(file, lines_written_are_the_lines_python_reads) {
    python.begin("f = s.makefile('r', encoding='utf-8'); lines = f.readlines()");
    priz::file f = ours.makefile("w");
    f.write("first\n\n");
    f.writelines({std::string(200'000, 'x'), "\n", "üç\n", "no end"});
    f.close();
    ours.close();
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(python("[len(line) for line in lines]"), "[6, 1, 200001, 3, 6]");
    EXPECT_EQ(python("lines[0], lines[3:]"), "('first\\n', ['üç\\n', 'no end'])");
}

TEST_F(file, a_conversation_by_lines_goes_on_after_the_sockets_are_closed) {
    python.run("f = s.makefile('rw'); s.close()");
    priz::file f = ours.makefile("rw");
    ours.close();
    for (int i = 0; i < 100; ++i) {
        const std::string question = "question " + std::to_string(i);
        f.write(question + "\n");
        f.flush();
        EXPECT_EQ(python("f.readline()"), "'" + question + "\\n'");
        python.run("f.write('answer\\n'); f.flush()");
        EXPECT_EQ(f.readline(), "answer\n");
    }
    python.run("f.close()");
    EXPECT_EQ(f.readline(), "");
}

TEST_F(file, sendfile_is_what_python_receives) {
    const priz::unique_fd source = file_with(pattern(five_megabytes));
    python.begin("all = receive_all(s)");
    EXPECT_EQ(ours.sendfile(source.get()), five_megabytes);
    EXPECT_EQ(::lseek(source.get(), 0, SEEK_CUR), static_cast<::off_t>(five_megabytes));
    ours.close();
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(python("all == pattern(5_000_000)"), "True");
}

TEST_F(file, a_part_of_a_file_is_the_part_asked_for) {
    const priz::unique_fd source = file_with(pattern(five_megabytes));
    EXPECT_EQ(ours.sendfile(source.get(), 1'000, 2'000), 2'000U);
    ours.close();
    EXPECT_EQ(python("receive_all(s) == pattern(3000)[1000:]"), "True");
}

TEST_F(file, sendfile_of_python_is_what_comes) {
    python.run("import tempfile; f = tempfile.TemporaryFile(); f.write(pattern(5_000_000))");
    python.begin("sent = s.sendfile(f, 7); s.close()");
    const std::string all = receive_all(ours);
    EXPECT_TRUE(all == pattern(five_megabytes).substr(7)) << all.size();
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(python("sent"), std::to_string(all.size()));
}

}  // namespace
}  // namespace interop
