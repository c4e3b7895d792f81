#include "python_peer.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

namespace interop {

namespace {

std::string quoted(std::string_view bytes) {
    const char* const digits = "0123456789abcdef";
    std::string text = "'";
    for (const char c : bytes) {
        const auto value = static_cast<unsigned char>(c);
        if (value >= 0x20 && value < 0x7f && c != '\'' && c != '\\')
            text += c;
        else
            text += std::string("\\x") + digits[value >> 4] + digits[value & 15];
    }
    return text + "'";
}

}  // namespace

python_peer::python_peer() : child_({PRIZ_PYTHON_PATH, PRIZ_TEST_DIR "/peer.py"}) {}

python_peer::~python_peer() {
    try {
        child_.end_input();
        EXPECT_EQ(child_.wait(), 0);
    } catch (const std::exception& caught) {
        ADD_FAILURE() << caught.what();
    }
}

std::string python_peer::operator()(const std::string& command) {
    begin(command);
    return answer();
}

void python_peer::begin(const std::string& command) { child_.write(command + '\0'); }

std::string python_peer::answer() { return child_.line(); }

void python_peer::run(const std::string& command) {
    EXPECT_FALSE((*this)(command).starts_with("raises")) << command;
}

std::string as_python(const priz::address& where) {
    if (where.empty()) return "None";
    if (where.is_unix_abstract()) return "b'\\x00" + quoted(where.path()).substr(1);
    if (where.family() == AF_UNIX) return quoted(where.path());
    std::string text = "('" + where.host() + "', " + std::to_string(where.port());
    if (where.family() == AF_INET6)
        text += ", " + std::to_string(where.flowinfo()) + ", " + std::to_string(where.scope_id());
    return text + ")";
}

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i % 251);
    return bytes;
}

std::string receive_all(priz::socket& from) {
    std::string all;
    while (true) {
        const std::string part = from.recv(65536);
        if (part.empty()) return all;
        all += part;
    }
}

folder::folder() : path_("/tmp/priz-interop-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp");
}
folder::~folder() { std::filesystem::remove_all(path_); }

priz::unique_fd file_with(const std::string& content) {
    char path[] = "/tmp/priz-interop-XXXXXX";
    priz::unique_fd file(::mkstemp(path));
    EXPECT_EQ(::unlink(path), 0);
    EXPECT_EQ(::write(file.get(), content.data(), content.size()),
              static_cast<::ssize_t>(content.size()));
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_SET), 0);
    return file;
}

}  // namespace interop
