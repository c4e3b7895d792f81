#include "sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <priz/socket.hpp>
#include <priz/unique_fd.hpp>

#include "event_loop.hpp"
#include "exit_code.hpp"

namespace priz::cli {

namespace {

TEST(sink, without_a_loop_a_text_is_written_at_once) {
    auto [reader, writer] = socketpair();
    sink out(writer.fileno());
    out.write("now");
    reader.setblocking(false);
    EXPECT_EQ(reader.recv(100), "now");
}

TEST(sink, a_reader_that_waits_gets_every_byte_and_the_writer_hears_of_the_room) {
    auto [reader, writer] = socketpair();
    reader.setblocking(false);
    event_loop loop;
    sink out(writer.fileno());
    int drained = 0;
    sink_attachment attached(out, loop, [&] { ++drained; });
    std::string all;
    for (int i = 0; !out.is_full(); ++i) {
        all += std::to_string(i) + "\n";
        out.write(std::to_string(i) + "\n");
    }
    std::string came;
    loop.watch(reader.fileno(), interest::read, [&](interest) {
        came += reader.recv(100'000);
        if (came.size() == all.size()) loop.stop(0);
    });
    loop.run();
    EXPECT_TRUE(came == all);
    EXPECT_GT(drained, 0);
}

TEST(sink, what_is_left_is_written_when_the_attachment_ends) {
    auto [reader, writer] = socketpair();
    reader.setblocking(false);
    sink out(writer.fileno());
    event_loop loop;
    {
        const sink_attachment attached(out, loop, {});
        out.write("left");
        EXPECT_THROW(reader.recv(100), blocking_io_error);
    }
    EXPECT_EQ(reader.recv(100), "left");
}

TEST(sink, a_full_disk_is_a_write_error) {
    const unique_fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    sink out(full.get());
    try {
        out.write("x");
        FAIL() << "written";
    } catch (const stop_here& why) {
        EXPECT_EQ(why.code(), exit_code::write_error);
    }
}

}  // namespace

}  // namespace priz::cli
