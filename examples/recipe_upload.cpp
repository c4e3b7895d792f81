// Sends a file to a server with PUT, piece by piece, so that it may be larger than the memory.
//
//     recipe_upload URL FILE
#include <priz/http/session.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

namespace http = priz::http;
namespace io = priz::io;

int main(int argc, char** argv) try {
    if (argc != 3) return 2;
    std::ifstream file(argv[2], std::ios::binary);
    const auto write_file = [&file](http::content_writer& to) -> io::task<> {
        std::string piece(64 * 1024, '\0');
        while (file.read(piece.data(), std::ssize(piece)), file.gcount() > 0)
            co_await to.write(std::string_view(piece).substr(0, std::size_t(file.gcount())));
    };
    http::request_options options;
    options.content = {write_file, {.length = std::filesystem::file_size(argv[2])}};
    const auto answer = http::put(argv[1], options);
    answer.raise_for_status();
    std::cout << answer.status << ' ' << answer.text() << '\n';
} catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
