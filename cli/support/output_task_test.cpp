#include "output_task.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <priz/socket.hpp>
#include <priz/unique_fd.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "exit_code.hpp"

namespace priz::cli {

namespace {

// Runs an output task beside `body()`, which may be a lambda with captures.
template <class Body>
void beside(sink& out, Body body) {
    const auto main = [&]() -> io::task<> {
        output_task task(out);
        co_await io::with_scope([&](io::scope& group) -> io::task<> {
            group.spawn(task.run());
            co_await body(task);
            group.cancel();
        });
        task.finish();
    };
    io::run(main());
}

TEST(output_task, a_reader_gets_every_byte_and_who_fills_it_waits_for_room) {
    auto [reader, writer] = socketpair();
    sink out(writer.fileno());
    std::string all;
    std::string came;
    for (int i = 0; all.size() < 8 * sink::limit; ++i) all += std::to_string(i) + "\n";
    beside(out, [&](output_task& task) -> io::task<> {
        io::stream slow(std::move(reader));
        out.write(all);  // more than the kernel keeps
        EXPECT_FALSE(co_await io::move_on_after(0, task.wait_for_room()));
        while (came.size() < all.size()) came += (co_await slow.recv()).text();
        EXPECT_TRUE(co_await io::move_on_after(0, task.wait_for_room()));
    });
    EXPECT_TRUE(came == all);
}

TEST(output_task, the_descriptor_stays_blocking) {
    const auto [reader, writer] = socketpair();
    sink out(writer.fileno());
    beside(out, [&](output_task&) -> io::task<> {
        out.write("x");
        while (!out.empty()) co_await io::yield();
        EXPECT_EQ(::fcntl(writer.fileno(), F_GETFL) & O_NONBLOCK, 0);
    });
}

TEST(output_task, a_regular_file_is_written_without_being_waited_for) {
    std::string path = ::testing::TempDir() + "output_task.XXXXXX";
    const unique_fd file(::mkostemp(path.data(), O_CLOEXEC));
    sink out(file.get());
    beside(out, [&](output_task&) -> io::task<> {
        out.write("into the file");
        while (!out.empty()) co_await io::yield();
    });
    std::ifstream written(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(written), {}), "into the file");
    std::remove(path.c_str());
}

TEST(output_task, what_is_left_is_written_at_the_end) {
    auto [reader, writer] = socketpair();
    sink out(writer.fileno());
    beside(out, [&](output_task&) -> io::task<> {
        out.write("left");
        co_return;
    });
    EXPECT_EQ(reader.recv(100), "left");
}

TEST(output_task, a_full_disk_is_a_write_error) {
    const unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    sink out(full.get());
    const auto write = [&](output_task&) -> io::task<> {
        out.write("x");
        for (;;) co_await io::yield();
    };
    try {
        beside(out, write);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const stop_here& why) {
        EXPECT_EQ(why.code(), exit_code::write_error);
    }
}

}  // namespace

}  // namespace priz::cli
