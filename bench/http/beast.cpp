// Boost.Beast, as its example of a fast server has it: one thread, callbacks, the same answers as
// the others.
//
//     beast --port N [--root DIR] [--tls CERTIFICATE KEY]
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace beast = boost::beast;
namespace http = beast::http;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

std::string root;

template <class Stream>
class connection : public std::enable_shared_from_this<connection<Stream>> {
public:
    template <class... Args>
    explicit connection(Args&&... args) : stream_(std::forward<Args>(args)...) {}

    void begin() {
        if constexpr (std::is_same_v<Stream, beast::tcp_stream>) {
            read();
        } else {
            stream_.async_handshake(asio::ssl::stream_base::server,
                                    [self = this->shared_from_this()](beast::error_code e) {
                                        if (!e) self->read();
                                    });
        }
    }

private:
    void read() {
        request_ = {};
        http::async_read(stream_, buffer_, request_,
                         [self = this->shared_from_this()](beast::error_code e, std::size_t) {
                             if (!e) self->answer();
                         });
    }

    void answer() {
        if (root.empty() || request_.target() == "/") return hello();
        beast::error_code e;
        http::file_body::value_type file;
        file.open((root + std::string(request_.target())).c_str(), beast::file_mode::scan, e);
        if (e) return hello();
        file_.emplace();
        file_->version(request_.version());
        file_->keep_alive(request_.keep_alive());
        file_->body() = std::move(file);
        file_->prepare_payload();
        http::async_write(stream_, *file_, written());
    }

    void hello() {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::server, "beast");
        response_.set(http::field::content_type, "text/plain");
        response_.keep_alive(request_.keep_alive());
        response_.body() = "Hello, World!";
        response_.prepare_payload();
        http::async_write(stream_, response_, written());
    }

    auto written() {
        return [self = this->shared_from_this()](beast::error_code e, std::size_t) {
            if (!e && self->request_.keep_alive()) self->read();
        };
    }

    Stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::empty_body> request_;
    http::response<http::string_body> response_;
    std::optional<http::response<http::file_body>> file_;
};

class server {
public:
    server(asio::io_context& context, unsigned short port, std::optional<asio::ssl::context> secure)
        : acceptor_(context, tcp::endpoint(tcp::v4(), port)), secure_(std::move(secure)) {
        std::cout << "listening " << acceptor_.local_endpoint().port() << std::endl;
        accept();
    }

private:
    void accept() {
        acceptor_.async_accept([this](beast::error_code e, tcp::socket accepted) {
            if (!e) {
                accepted.set_option(tcp::no_delay(true), e);
                if (secure_)
                    std::make_shared<connection<beast::ssl_stream<beast::tcp_stream>>>(
                        std::move(accepted), *secure_)
                        ->begin();
                else
                    std::make_shared<connection<beast::tcp_stream>>(std::move(accepted))->begin();
            }
            accept();
        });
    }

    tcp::acceptor acceptor_;
    std::optional<asio::ssl::context> secure_;
};

}  // namespace

int main(int argc, char** argv) {
    unsigned short port = 0;
    std::optional<asio::ssl::context> secure;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--port" && i + 1 < argc) {
            port = static_cast<unsigned short>(std::atoi(argv[++i]));
        } else if (name == "--root" && i + 1 < argc) {
            root = argv[++i];
        } else if (name == "--tls" && i + 2 < argc) {
            secure.emplace(asio::ssl::context::tls_server);
            secure->use_certificate_chain_file(argv[++i]);
            secure->use_private_key_file(argv[++i], asio::ssl::context::pem);
        } else {
            std::cerr << "usage: beast --port N [--root DIR] [--tls CERTIFICATE KEY]\n";
            return 2;
        }
    }
    asio::io_context context(1);
    const server all(context, port, std::move(secure));
    context.run();
}
