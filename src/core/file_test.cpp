#include "priz/file.hpp"

#include <thread>

#include "core/readiness_fixture.hpp"
#include "core/system_call_fault.hpp"
#include "priz/select.hpp"

namespace priz {
namespace {

// The same stream read by the same verbs: ours and CPython's say the same.
struct step {
    const char* verb;
    int size;  // -1: without
};

std::string shown(bytes_view data) {
    std::string text;
    for (const char byte : data.text())
        text += byte == '\n' ? std::string("\\n") : std::string(1, byte);
    return "[" + text + "]\n";
}

std::string ours(const std::string& stream, std::size_t buffering, std::span<const step> steps) {
    auto [left, right] = socketpair();
    right.sendall(stream);
    right.close();
    file f = left.makefile("rb", buffering);
    std::string text;
    for (const auto& [verb, size] : steps) {
        const auto given = size < 0 ? std::nullopt : std::optional<std::size_t>(size);
        const std::string_view name = verb;
        if (name == "read") text += shown(f.read(given));
        if (name == "read1") text += shown(f.read1(given));
        if (name == "readline") text += shown(f.readline(given));
        if (name == "readinto") {
            bytes target(*given, '\0');
            target.resize(f.readinto(target));
            text += shown(target);
        }
        if (name == "readlines")
            for (const bytes& line : f.readlines(given)) text += shown(line);
    }
    return text;
}

std::string cpythons(const std::string& stream, std::size_t buffering,
                     std::span<const step> steps) {
    std::string script = R"(
import socket
left, right = socket.socketpair()
def shown(data):
    print("[" + data.decode().replace("\n", "\\n") + "]")
def read_into(size):
    target = bytearray(size)
    return bytes(target[:f.readinto(target)])
)";
    script += "right.sendall(b\"\"\"" + stream + "\"\"\")\nright.close()\n";
    script += "f = left.makefile(\"rb\", " + std::to_string(buffering) + ")\n";
    for (const auto& [verb, size] : steps) {
        const std::string argument = size < 0 ? "" : std::to_string(size);
        const std::string_view name = verb;
        if (name == "readinto")
            script += "shown(read_into(" + argument + "))\n";
        else if (name == "readlines")
            script += "for line in f.readlines(" + argument + "): shown(line)\n";
        else
            script += "shown(f." + std::string(name) + "(" + argument + "))\n";
    }
    return test::python(script);
}

TEST(file, reads_what_cpython_reads_from_the_same_stream) {
    const std::vector<step> mixed{
        {"readline", -1}, {"readline", 3}, {"readline", -1}, {"read", 5},       {"read", 0},
        {"read1", 4},     {"readline", 0}, {"readinto", 3},  {"readline", 100}, {"readlines", 4},
        {"read", -1},     {"read", -1},    {"readline", -1}};
    const std::vector<step> lines{{"readlines", -1}, {"readline", -1}};
    const std::string stream = "one\ntwo and more\n\nfour5678 nine ten eleven\nx\ny\nz\nand a rest";
    for (const std::size_t buffering : {1u, 2u, 7u, 8192u}) {
        EXPECT_EQ(ours(stream, buffering, mixed), cpythons(stream, buffering, mixed)) << buffering;
        EXPECT_EQ(ours(stream, buffering, lines), cpythons(stream, buffering, lines)) << buffering;
    }
    const std::vector<step> raw{{"readline", -1}, {"readline", 2}, {"read", 5},
                                {"readinto", 3},  {"read", -1},    {"read", 1}};
    EXPECT_EQ(ours(stream, 0, raw), cpythons(stream, 0, raw));
}

TEST(file, a_long_stream_arrives_byte_for_byte) {
    std::string stream;
    for (int i = 0; i < 300'000; ++i)
        stream += i % 97 == 0 ? '\n' : static_cast<char>('a' + i % 26);
    auto [left, right] = socketpair();
    std::jthread sender([&stream, &out = right] {
        file f = out.makefile("w");
        std::size_t at = 0, piece = 1;
        while (at < stream.size()) {
            at += f.write(std::string_view(stream).substr(at, piece));
            piece = piece * 3 % 20'011;
        }
        f.close();
        out.shutdown(SHUT_WR);
    });
    file f = left.makefile("r", 1000);
    std::string received = f.readline();
    received += f.read(100'000);
    received += f.read1(10);
    for (const std::string& line : f) {
        received += line;
        if (received.size() > 200'000) break;
    }
    received += f.read();
    EXPECT_TRUE(received == stream);
    EXPECT_TRUE(f.read().empty());
}

TEST(file, lines_come_with_their_ends_and_the_last_one_without) {
    auto [left, right] = socketpair();
    right.sendall("a\r\n\nlast");
    right.close();
    file f = left.makefile();
    std::vector<std::string> lines;
    for (const std::string& line : f) lines.push_back(line);
    EXPECT_EQ(lines, (std::vector<std::string>{"a\r\n", "\n", "last"}));
}

TEST(file, a_timeout_loses_nothing_of_what_had_come) {
    auto [left, right] = socketpair();
    left.settimeout(0.001);
    file f = left.makefile("rw");
    right.sendall("half a li");
    EXPECT_THROW(f.readline(), timeout);
    EXPECT_THROW(f.read(100), timeout);
    EXPECT_THROW(f.read(), timeout);
    EXPECT_THROW(f.readlines(), timeout);
    char target[50];
    EXPECT_THROW(f.readinto(target), timeout);
    right.sendall("ne\nand more\n");
    EXPECT_EQ(f.readline(), "half a line\n");
    EXPECT_EQ(f.read(3), "and");
    EXPECT_EQ(f.readline(), " more\n");
}

TEST(file, an_unbuffered_file_loses_nothing_to_a_timeout_either) {
    auto [left, right] = socketpair();
    left.settimeout(0.001);
    file f = left.makefile("rb", 0);
    right.sendall("ab");
    EXPECT_THROW(f.readline(), timeout);
    right.sendall("c\nd");
    EXPECT_EQ(f.readline(), "abc\n");
    EXPECT_EQ(left.recv(10), "d");  // not read ahead
}

TEST(file, a_nonblocking_read_keeps_what_is_there) {
    auto [left, right] = socketpair();
    left.setblocking(false);
    file f = left.makefile();
    right.sendall("abc");
    const auto refused = f.try_read(10);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().would_block());
    EXPECT_EQ(f.read1(), "abc");
    EXPECT_TRUE(f.try_read1().error().would_block());
}

TEST(file, a_write_that_times_out_says_what_it_took_and_the_rest_can_follow) {
    auto [left, right] = socketpair();
    left.settimeout(0.001);
    file f = left.makefile("w", 4096);
    std::string stream;
    for (int i = 0; i < 1'000'000; ++i) stream += static_cast<char>('a' + i % 23);
    ASSERT_EQ(f.write("buffered|"), 9u);
    const auto cut = f.try_write(stream);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code(), errc::timed_out);
    const std::size_t taken = cut.error().transferred();
    EXPECT_GT(taken, 0u);
    EXPECT_LT(taken, stream.size());
    std::string received = right.recv_exactly(9 + taken);
    EXPECT_EQ(f.write("end"), 3u);
    f.close();
    left.close();
    received += right.makefile().read();
    EXPECT_TRUE(received == "buffered|" + stream.substr(0, taken) + "end");
}

TEST(file, a_flush_that_times_out_goes_on_where_it_stopped) {
    auto [left, right] = socketpair();
    const std::size_t before = test::fill(left);
    left.settimeout(0.001);
    file f = left.makefile("w");
    f.write("kept");
    EXPECT_THROW(f.flush(), timeout);
    EXPECT_THROW(f.flush(), timeout);
    right.recv_exactly(before);
    f.flush();
    EXPECT_EQ(right.recv(100), "kept");
}

TEST(file, what_is_written_goes_out_at_flush_at_close_and_when_the_buffer_is_full) {
    auto [left, right] = socketpair();
    file f = left.makefile("w", 8);
    f.write("abc");
    EXPECT_TRUE(select({right}, {}, {}, 0).empty());
    f.flush();
    EXPECT_EQ(right.recv(100), "abc");
    f.writelines({"defg", "hijk"});
    EXPECT_TRUE(select({right}, {}, {}, 0).empty());
    f.write("l");
    EXPECT_EQ(right.recv(100), "defghijk");
    f.writelines(std::vector<std::string>{"m", "n"});
    f.close();
    EXPECT_EQ(right.recv(100), "lmn");
}

TEST(file, an_unbuffered_write_is_one_send) {
    auto [left, right] = socketpair();
    file f = left.makefile("wb", 0);
    EXPECT_EQ(f.write("abc"), 3u);
    EXPECT_EQ(right.recv(100), "abc");
    left.setblocking(false);
    const std::string much(10'000'000, 'x');
    const std::size_t count = f.write(much);
    EXPECT_GT(count, 0u);
    EXPECT_LT(count, much.size());
}

TEST(file, peek_takes_nothing) {
    auto [left, right] = socketpair();
    right.sendall("abc");
    file f = left.makefile();
    EXPECT_EQ(f.peek().text(), "abc");
    EXPECT_EQ(f.peek().text(), "abc");
    EXPECT_EQ(f.read(3), "abc");
    right.close();
    EXPECT_TRUE(f.peek().empty());
    EXPECT_THROW(left.makefile("r", 0).peek(), value_error);
}

TEST(file, modes_are_python_s) {
    socket s;
    const auto directions = [&](const char* mode) {
        const file f = s.makefile(mode);
        return std::string(f.readable() ? "r" : "") + (f.writable() ? "w" : "");
    };
    EXPECT_EQ(directions("r"), "r");
    EXPECT_EQ(directions("w"), "w");
    EXPECT_EQ(directions("rw"), "rw");
    EXPECT_EQ(directions("wbr"), "rw");
    EXPECT_EQ(directions("b"), "r");
    EXPECT_EQ(directions(""), "r");
    for (const char* mode : {"x", "r+", "a", "rt", "U"})
        EXPECT_THROW(s.makefile(mode), value_error) << mode;
}

TEST(file, the_wrong_direction_and_a_closed_file_are_value_errors) {
    auto [left, right] = socketpair();
    file reader = left.makefile("r"), writer = left.makefile("w");
    EXPECT_THROW(reader.write("x"), value_error);
    EXPECT_THROW(writer.read(1), value_error);
    EXPECT_THROW(writer.readline(), value_error);
    EXPECT_THROW(writer.begin(), value_error);
    reader.flush();
    reader.close();
    reader.close();
    EXPECT_TRUE(reader.closed());
    EXPECT_FALSE(reader.readable());
    EXPECT_EQ(reader.fileno(), -1);
    EXPECT_THROW(reader.read(1), value_error);
    EXPECT_THROW(reader.flush(), value_error);
    EXPECT_THROW(select({reader}, {}, {}, 0), value_error);
    writer.close();
    EXPECT_THROW(writer.write("x"), value_error);
}

TEST(file, the_connection_lives_until_the_socket_and_every_file_are_closed) {
    const std::size_t before = test::open_descriptors();
    auto [left, right] = socketpair();
    file reader = left.makefile("r"), writer = left.makefile("w");
    left.close();
    EXPECT_EQ(left.fileno(), -1);
    EXPECT_GE(reader.fileno(), 0);
    right.sendall("still here\n");
    EXPECT_EQ(reader.readline(), "still here\n");
    reader.close();
    writer.write("so am I");
    EXPECT_TRUE(select({right}, {}, {}, 0).empty());
    writer.close();
    EXPECT_EQ(right.recv(100), "so am I");
    EXPECT_EQ(right.recv(100), "");
    right.close();
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(file, closing_the_files_never_closes_a_live_socket) {
    const std::size_t before = test::open_descriptors();
    {
        auto [left, right] = socketpair();
        left.makefile("r").close();
        { const file f = left.makefile("rw"); }
        left.makefile("w").write("x");
        EXPECT_EQ(right.recv(10), "x");
        left.sendall("y");
        EXPECT_EQ(right.recv(10), "y");
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(file, a_file_outlives_the_socket_it_came_from_and_follows_it_when_it_moves) {
    auto [left, right] = socketpair();
    std::optional<socket> first(std::move(left));
    file f = first->makefile("r");
    socket second = std::move(*first);
    first.reset();
    second.settimeout(0.001);
    EXPECT_THROW(f.read(1), timeout);
    second.settimeout(0);
    EXPECT_TRUE(f.try_read(1).error().would_block());
    { const socket gone = std::move(second); }
    right.sendall("z");
    EXPECT_EQ(f.read(1), "z");
    file moved = std::move(f);
    EXPECT_TRUE(f.closed());
    moved = file(std::move(moved));
    EXPECT_FALSE(moved.closed());
}

TEST(file, what_was_detached_is_gone_for_the_files) {
    const std::size_t before = test::open_descriptors();
    {
        auto [left, right] = socketpair();
        file f = left.makefile("rw");
        const unique_fd taken(left.detach());
        EXPECT_EQ(f.fileno(), -1);
        EXPECT_EQ(f.try_read(1).error().code(), std::errc::bad_file_descriptor);
        f.write("x");
        EXPECT_EQ(f.try_close().error().code(), std::errc::bad_file_descriptor);
        EXPECT_GE(sys::fcntl(taken.get(), F_GETFD, 0), 0);
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(file, a_closed_socket_makes_a_file_that_reads_nothing) {
    socket s;
    s.close();
    file f = s.makefile("rw");
    EXPECT_EQ(f.try_read(1).error().code(), std::errc::bad_file_descriptor);
    f.close();
}

TEST(file, a_close_that_cannot_flush_says_so_and_leaks_nothing) {
    const std::size_t before = test::open_descriptors();
    {
        auto [left, right] = test::tcp_pair();
        file f = left.makefile("w");
        left.close();
        f.write("never arrives");
        const ::linger at_once{1, 0};
        right.setsockopt(SOL_SOCKET, SO_LINGER, bytes_view(&at_once, sizeof at_once));
        right.close();
        test::settle(f.fileno(), POLLERR);
        const auto closed = f.try_close();
        ASSERT_FALSE(closed);
        EXPECT_EQ(closed.error().code(), std::errc::connection_reset);
        EXPECT_STREQ(closed.error().operation(), "flush");
        ASSERT_NE(closed.error().remote(), nullptr);
        EXPECT_TRUE(f.closed());
    }
    EXPECT_EQ(test::open_descriptors(), before);
}

TEST(file, one_timeout_covers_a_read_of_many_receives) {
    auto [left, right] = socketpair();
    left.settimeout(0.05);
    file f = left.makefile();
    right.sendall("x");
    // A peer that sends a byte before each receive would keep a timeout for each receive alive for
    // ever.
    struct dripping : test::counting_hook {
        socket* peer = nullptr;
        std::string_view what = "x";
        void before_call() noexcept override {
            counting_hook::before_call();
            sys::send(peer->fileno(), what.data(), what.size(), 0);
        }
    } hook;
    hook.peer = &right;
    left.set_blocking_hook(&hook);
    EXPECT_THROW(f.read(std::size_t{1} << 40), timeout);
    EXPECT_THROW(f.readline(), timeout);
    hook.what = "x\n";
    EXPECT_THROW(f.readlines(), timeout);
    left.set_blocking_hook(nullptr);
    EXPECT_GE(f.peek().size(), 2u);
}

TEST(file, an_interrupting_signal_does_not_end_a_read_unless_the_hook_says_so) {
    const test::signal_storm storm;
    test::counting_hook stopping(2);
    struct answering : test::counting_hook {
        socket* peer = nullptr;
        std::error_code interrupted() noexcept override {
            if (++interruptions == 3) sys::send(peer->fileno(), "c", 1, 0);
            return {};
        }
    } hook;
    auto [left, right] = socketpair();
    left.set_blocking_hook(&stopping);
    file f = left.makefile("r");
    right.sendall("ab");
    EXPECT_THROW(f.read(3), interrupted);
    hook.peer = &right;
    left.set_blocking_hook(&hook);
    EXPECT_EQ(f.read(3), "abc");
    EXPECT_GE(hook.interruptions, 3);
}

TEST(file, a_write_through_a_storm_of_signals_arrives_once_and_whole) {
    const test::signal_storm storm;
    test::counting_hook hook;
    auto [left, right] = socketpair();
    left.set_blocking_hook(&hook);
    std::string stream;
    for (int i = 0; i < 4'000'000; ++i) stream += static_cast<char>('a' + i % 25);
    std::string received;
    std::jthread reader(
        [&received, size = stream.size(), &in = right] { received = in.makefile("r").read(size); });
    file f = left.makefile("w");
    f.write(stream);
    f.close();
    reader.join();
    EXPECT_TRUE(received == stream);
}

TEST(file, one_thread_may_read_while_another_writes) {
    auto [left, right] = socketpair();
    std::jthread echo([&peer = right] {
        file f = peer.makefile("rw");
        for (const std::string& line : f) {
            f.write(line);
            f.flush();
        }
    });
    file f = left.makefile("rw");
    std::jthread writer([&f, &s = left] {
        for (int i = 0; i < 5000; ++i) f.write("line " + std::to_string(i) + "\n");
        f.flush();
        s.shutdown(SHUT_WR);
    });
    int count = 0;
    for (const std::string& line : f) {
        ASSERT_EQ(line, "line " + std::to_string(count) + "\n");
        if (++count == 5000) break;
    }
    EXPECT_EQ(count, 5000);
    writer.join();
    f.close();
    left.close();
}

TEST(file, a_receive_or_send_that_fails_gives_the_kernel_s_error_with_its_verb) {
    EXPECT_TRUE(test::holds_when_failing(SYS_recvfrom, ENOMEM, [] {
        auto [left, right] = socketpair();
        file f = left.makefile();
        const auto refused = f.try_readline();
        return !refused && refused.error().code() == std::errc::not_enough_memory &&
               std::string_view(refused.error().operation()) == "readline";
    }));
    EXPECT_TRUE(test::holds_when_failing(SYS_sendto, ENOBUFS, [] {
        auto [left, right] = socketpair();
        file f = left.makefile("w");
        f.write("x");
        const auto refused = f.try_flush();
        return !refused && refused.error().code() == std::errc::no_buffer_space;
    }));
    EXPECT_TRUE(test::holds_when_failing(SYS_close, EIO, [] {
        auto [left, right] = socketpair();
        file f = left.makefile();
        left.close();
        return f.try_close().error().code() == std::errc::io_error && f.closed();
    }));
}

TEST(file, of_negative_buffering_is_buffered_as_in_python) {
    auto [left, right] = socketpair();
    left.sendall("line\n");
    EXPECT_EQ(right.makefile("r", static_cast<std::size_t>(-1)).readline(), "line\n");
}

}  // namespace
}  // namespace priz
