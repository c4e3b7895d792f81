// python_peer.hpp: CPython as the other side, told in Python's own words what to do.
//
//     python_peer python;
//     python("s = socket.create_connection(" + as_python(server.getsockname()) + ")");
//     EXPECT_EQ(python("s.recv(5)"), "b'hello'");
#pragma once

#include <gtest/gtest.h>
#include <priz/socket.hpp>

#include <string>

#include "../support/child.hpp"

namespace interop {

class python_peer {
public:
    python_peer();
    ~python_peer();

    // Does it and returns what came of it: a value's repr(), "None", or "raises NameOfTheError".
    std::string operator()(const std::string& command);

    // The same in two halves, for what takes both sides to do.
    void begin(const std::string& command);
    std::string answer();

    // Does it; fails the test if it raises.
    void run(const std::string& command);

private:
    support::child child_;
};

// An address as Python writes it.
std::string as_python(const priz::address& where);

constexpr std::size_t five_megabytes = 5'000'000;

// What peer.py's function of that name gives.
std::string pattern(std::size_t size);

// To the end of the stream.
std::string receive_all(priz::socket& from);

// A place for Unix sockets, gone with the object.
class folder {
public:
    folder();
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder();
    std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

// A file with that content and no name, positioned at its beginning.
priz::unique_fd file_with(const std::string& content);

}  // namespace interop
