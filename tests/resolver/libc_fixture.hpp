// libc_fixture.hpp: settings under which names are left to the C library.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "priz/socket.hpp"

// The C library's own sources are the machine's.
class libc : public testing::Test {
protected:
    libc() { std::ofstream(path_) << "hosts: files mdns4_minimal [NOTFOUND=return] dns\n"; }
    ~libc() override { std::filesystem::remove(path_); }

    priz::resolve_options options() const { return {.through = &settings_}; }

private:
    std::string path_ = testing::TempDir() + "nsswitch.libc." + std::to_string(::getpid());
    priz::resolver settings_{.hosts_file = "/dev/null", .nsswitch_file = path_};
};
