// Fetches a file piece by piece, goes on where a connection was lost, and says how far it is.
//
//     web_download URL FILE
#include <priz/http/download.hpp>
#include <priz/io/run.hpp>

#include <fstream>
#include <iostream>
#include <string>

namespace http = priz::http;
namespace io = priz::io;

namespace {

io::task<> fetch(std::string url, std::string path) {
    http::client c;
    http::download from(c, url);
    std::ofstream to(path, std::ios::binary);
    while (const auto piece = co_await from.read()) {
        to.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        std::cout << from.received() << " of " << from.size().value_or(0) << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) return 2;
    io::run(fetch(argv[1], argv[2]));
} catch (const priz::error& why) {
    std::cerr << why.what() << '\n';
    return 1;
}
