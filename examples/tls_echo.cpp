// A TLS server and its clients in one program: awaited and blocking, with a certificate that is
// made for the occasion.
//
// It prints:
//     TLSv1.3 with CN=localhost, no session of before
//     hello, encrypted
//     TLSv1.3 with CN=localhost, a session of before
//     hello, encrypted
//     hello from a blocking socket
//     the wrong name: the certificate is for another host name
#include <priz/io.hpp>
#include <priz/socket.hpp>
#include <priz/tls.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

namespace io = priz::io;
namespace tls = priz::tls;

namespace {

io::task<> echo(io::stream connection, tls::context serving) {
    io::stream s = co_await tls::accept_over(std::move(connection), serving);
    while (auto data = co_await s.recv()) co_await s.sendall(data);
    co_await s.close();
}

io::task<> ask(std::uint32_t port, tls::context trusting) {
    io::stream s = co_await tls::connect("localhost", port, trusting);
    const tls::connection_info info = tls::info_of(s);
    std::cout << info.version << " with " << info.peer->subject << ", "
              << (info.is_resumed ? "a session of before" : "no session of before") << '\n';
    co_await s.sendall("hello, encrypted");
    std::string answer(16, '\0');
    co_await s.recv_exactly_into(answer);
    std::cout << answer << '\n';
    co_await s.close();
}

void ask_and_wait(std::uint32_t port, const tls::context& trusting) {
    tls::socket s(priz::create_connection({"localhost", port}), trusting, "localhost");
    s.sendall("hello from a blocking socket");
    std::cout << s.recv(100) << '\n';
}

io::task<> ask_for_another(std::uint32_t port, tls::context trusting) {
    const tls::connect_options options{.server_name = "www.example.org"};
    auto made = co_await tls::try_connect("localhost", port, trusting, options);
    if (!made && made.error().code() == tls::errc::hostname_mismatch)
        std::cout << "the wrong name: " << made.error().code().message() << '\n';
}

io::task<> serve_and_ask(tls::context serving, tls::context trusting) {
    io::listener door = io::listen("127.0.0.1:0");
    const auto port = door.getsockname().port();
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        group.spawn([&]() -> io::task<> {
            for (int i = 0; i < 3; ++i) {
                auto client = co_await door.accept();
                group.spawn(echo(std::move(client.connection), serving));
            }
            auto last = co_await door.accept();
            // Its client does not like the certificate: it is not made, and says why.
            const auto made = co_await tls::try_accept_over(std::move(last.connection), serving);
        });
        co_await ask(port, trusting);
        co_await ask(port, trusting);
        co_await io::offload([&] { ask_and_wait(port, trusting); });
        co_await ask_for_another(port, trusting);
    });
}

}  // namespace

int main() {
    const auto folder = std::filesystem::temp_directory_path() / "priz-tls-example";
    std::filesystem::create_directories(folder);
    const std::string key = folder / "key.pem";
    const std::string certificate = folder / "certificate.pem";
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj "
        "/CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
        key + " -out " + certificate + " 2>/dev/null";
    if (std::system(make.c_str()) != 0) return 1;

    tls::context serving = tls::context::server(certificate, key);
    tls::context trusting;
    trusting.load_verify_locations(certificate);
    io::run(serve_and_ask(serving, trusting));
    std::filesystem::remove_all(folder);
}
