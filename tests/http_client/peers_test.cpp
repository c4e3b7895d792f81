// Other programs' servers: Python's http.server, also over TLS, Node's http, nginx.
#include <gmock/gmock.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "priz/http.hpp"
#include "priz/io.hpp"
#include "priz/tls/error.hpp"
#include "support/child.hpp"
#include "tls/certificates_fixture.hpp"

namespace priz::http {
namespace {

using support::child;
using ::testing::HasSubstr;

// Answers every method with what it was asked, as JSON would have it; over TLS where a certificate
// is given.
constexpr const char* python_server = R"(
import gzip, http.server, socketserver, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def content(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole
    def answer(self):
        content = self.content()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/after")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        told = f"{self.command} {self.path} {len(content)}".encode()
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for i in range(10):
                self.wfile.write(b"3e8\r\n" + bytes([48 + i]) * 1000 + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.path == "/coded" and "gzip" in self.headers.get("Accept-Encoding", ""):
            told = gzip.compress(b"c" * 10000)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)
    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = answer
    def log_message(self, *_):
        pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
)";

constexpr const char* node_server = R"(
const http = require('http');
const zlib = require('zlib');
const server = http.createServer((request, response) => {
    let count = 0;
    request.on('data', piece => count += piece.length);
    request.on('end', () => {
        if (request.url === '/moved') return response.writeHead(302, {Location: '/after'}).end();
        if (request.url === '/chunked') {
            response.setHeader('Trailer', 'X-Sum');
            for (let i = 0; i < 10; ++i) response.write(String(i).repeat(1000));
            response.addTrailers({'X-Sum': 'ten'});
            return response.end();
        }
        if (request.url === '/coded' && /\bbr\b/.test(request.headers['accept-encoding']))
            return response.writeHead(200, {'Content-Encoding': 'br'})
                .end(zlib.brotliCompressSync(Buffer.alloc(10000, 'c')));
        response.end(`${request.method} ${request.url} ${count}`);
    });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
)";

// The same questions to each of them, on one loop and one client.
io::task<> ask_everything(client_options options, std::string base, std::size_t connections) {
    client c(options);
    EXPECT_EQ((co_await c.get(base + "/x?y=1")).text(), "GET /x?y=1 0");
    request_options small;
    small.content = "hello";
    EXPECT_EQ((co_await c.post(base + "/p", small)).text(), "POST /p 5");
    request_options large;
    large.content = std::string(3'000'000, 'x');
    EXPECT_EQ((co_await c.put(base + "/l", large)).text(), "PUT /l 3000000");
    request_options written;
    written.content = [](content_writer& to) -> io::task<> {
        const std::string piece(100'000, 'x');
        for (int i = 0; i < 10; ++i) co_await to.write(piece);
    };
    EXPECT_EQ((co_await c.post(base + "/w", written)).text(), "POST /w 1000000");
    EXPECT_EQ((co_await c.head(base + "/h")).content, "");
    EXPECT_EQ((co_await c.delete_(base + "/d")).text(), "DELETE /d 0");
    const response moved = co_await c.get(base + "/moved");
    EXPECT_EQ(moved.text(), "GET /after 0");
    EXPECT_EQ(moved.history.size(), 1U);
    const response coded = co_await c.get(base + "/coded");
    EXPECT_EQ(coded.text(), std::string(10'000, 'c'));
    EXPECT_TRUE(coded.headers.contains("Content-Encoding"));
    answer a = co_await c.open("GET", base + "/chunked");
    std::size_t count = 0;
    while (const content_piece piece = co_await a.read()) count += piece.size();
    EXPECT_EQ(count, 10'000U);
    EXPECT_LE(c.connections(), connections);
    EXPECT_EQ(c.idle_connections(), c.connections());
}

TEST(http_client_peers, python_answers) {
    child server({PRIZ_PYTHON_PATH, "-c", python_server});
    const std::string base = "http://127.0.0.1:" + server.line();
    io::run(ask_everything({}, base, 1));
}

TEST(http_client_peers, python_answers_over_tls) {
    const auto files = tls::the_authority().issue({.names = "DNS:localhost, IP:127.0.0.1"});
    child server({PRIZ_PYTHON_PATH, "-c", python_server, files.certificate, files.key});
    const std::string base = "https://127.0.0.1:" + server.line();
    client_options options;
    options.tls = tls::trusting_context();
    io::run(ask_everything(options, base, 1));
    const auto not_trusted = session(client_options{}).try_request("GET", base);
    ASSERT_FALSE(not_trusted);
    EXPECT_EQ(not_trusted.error().code(), tls::errc::unknown_authority);
}

TEST(http_client_peers, node_answers) {
    if (std::system("command -v node >/dev/null") != 0) GTEST_SKIP() << "no node here";
    child server({"node", "-e", node_server});
    const std::string base = "http://127.0.0.1:" + server.line();
    io::run(ask_everything({}, base, 1));
    io::run([](std::string url) -> io::task<> {
        client c;
        const response r = co_await c.get(url);
        EXPECT_EQ(r.trailers.get("X-Sum"), "ten");
    }(base + "/chunked"));
}

constexpr const char* node_http2_server = R"(
const http2 = require('http2'), fs = require('fs'), zlib = require('zlib');
const [certificate, key] = process.argv.slice(1);
const server = certificate
    ? http2.createSecureServer({cert: fs.readFileSync(certificate), key: fs.readFileSync(key)})
    : http2.createServer();
server.on('stream', (stream, headers) => {
    const path = headers[':path'];
    let count = 0;
    stream.on('data', piece => count += piece.length);
    stream.on('end', () => {
        if (path === '/moved') return stream.respond({':status': 302, location: '/after'}, {endStream: true});
        if (path === '/chunked') {
            stream.respond({':status': 200}, {waitForTrailers: true});
            stream.on('wantTrailers', () => stream.sendTrailers({'x-sum': 'ten'}));
            for (let i = 0; i < 10; ++i) stream.write(String(i).repeat(1000));
            return stream.end();
        }
        if (path === '/coded' && /\bbr\b/.test(headers['accept-encoding'])) {
            stream.respond({':status': 200, 'content-encoding': 'br'});
            return stream.end(zlib.brotliCompressSync(Buffer.alloc(10000, 'c')));
        }
        if (headers[':method'] === 'HEAD') return stream.respond({':status': 200}, {endStream: true});
        stream.respond({':status': 200});
        stream.end(`${headers[':method']} ${path} ${count}`);
    });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
)";

io::task<> ask_for_trailers(client_options options, std::string url) {
    client c(options);
    const response r = co_await c.get(url);
    EXPECT_EQ(r.trailers.get("X-Sum"), "ten");
    EXPECT_EQ(r.version, "HTTP/2");
}

TEST(http_client_peers, node_answers_on_http2) {
    if (std::system("command -v node >/dev/null") != 0) GTEST_SKIP() << "no node here";
    client_options options;
    options.http2 = http2_use::always;
    {
        child server({"node", "-e", node_http2_server});
        const std::string base = "http://127.0.0.1:" + server.line();
        io::run(ask_everything(options, base, 1));
        io::run(ask_for_trailers(options, base + "/chunked"));
    }
    const auto files = tls::the_authority().issue({.names = "DNS:localhost, IP:127.0.0.1"});
    child server({"node", "-e", node_http2_server, files.certificate, files.key});
    const std::string base = "https://127.0.0.1:" + server.line();
    options.http2 = http2_use::negotiated;
    options.tls = tls::trusting_context();
    io::run(ask_everything(options, base, 1));
    io::run(ask_for_trailers(options, base + "/chunked"));
}

io::task<> get_side_by_side(client_options options, std::string base, std::string big) {
    client c(options);
    const response first = co_await c.get(base + "/small");
    EXPECT_EQ(first.text(), "x");
    EXPECT_EQ(first.version, "HTTP/2");
    std::size_t right = 0;
    co_await io::with_scope([&](io::scope& group) -> io::task<> {
        for (int i = 0; i < 20; ++i)
            group.spawn([&]() -> io::task<> {
                const response got = co_await c.get(base + "/big");
                if (got.content == big) ++right;
            });
        co_return;
    });
    EXPECT_EQ(right, 20U);
    EXPECT_EQ((co_await c.get(base + "/absent")).status, 404);
    EXPECT_EQ(c.connections(), 1U);
}

TEST(http_client_peers, nghttpd_answers) {
    if (std::system("PATH=$PATH:/usr/sbin command -v nghttpd >/dev/null") != 0)
        GTEST_SKIP() << "no nghttpd here";
    // It tells nobody which port the system gave it: one below those, on an address that nobody
    // else has.
    const int id = ::getpid();
    const std::string address =
        "127." + std::to_string(1 + id / 256 % 254) + '.' + std::to_string(id % 256) + ".1";
    const std::string port = "18443";
    const auto keys = tls::the_authority().issue({.names = "IP:" + address});
    const tls::temporary_folder folder;
    std::string big(300'000, 'b');
    for (std::size_t i = 0; i < big.size(); i += 7) big[i] = static_cast<char>(i);
    std::ofstream(folder.file("small")) << 'x';
    std::ofstream(folder.file("big")) << big;
    for (const bool is_secure : {false, true}) {
        const std::string where =
            is_secure ? port + ' ' + keys.key + ' ' + keys.certificate : "--no-tls " + port;
        child server({"sh", "-c",
                      "PATH=$PATH:/usr/sbin; nghttpd -a " + address + " -d " + folder.file("") +
                          ' ' + where + " & until nc -z " + address + ' ' + port +
                          "; do :; done; echo ready; read end; kill $!"});
        ASSERT_EQ(server.line(), "ready");
        client_options options;
        options.http2 = is_secure ? http2_use::negotiated : http2_use::always;
        options.tls = tls::trusting_context();
        const std::string scheme = is_secure ? "https" : "http";
        io::run(get_side_by_side(options, scheme + "://" + address + ':' + port, big));
        server.end_input();
    }
}

TEST(http_client_peers, a_session_blocks_and_keeps_its_connection) {
    child server({PRIZ_PYTHON_PATH, "-c", python_server});
    const std::string base = "http://127.0.0.1:" + server.line();
    session s{client_options{}};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(s.get(base + "/s").text(), "GET /s 0");
    request_options options;
    options.content = "1234";
    EXPECT_EQ(s.post(base + "/s", options).text(), "POST /s 4");
    EXPECT_EQ(http::put(base + "/one", options).text(), "PUT /one 4");
    const auto nobody = s.try_request("GET", "http://127.0.0.1:1/");
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code(), std::errc::connection_refused);
    io::run([](const std::string& url) -> io::task<> {
        EXPECT_THROW(http::get(url), value_error);  // here one awaits a client
        co_return;
    }(base));
    EXPECT_THROW(response{.status = 404}.raise_for_status(), priz::error);
}

constexpr const char* nginx_conf = R"(
daemon off;
master_process off;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    client_max_body_size 1m;
    server {
        listen unix:FOLDER/socket;
        listen unix:FOLDER/http2_socket http2;
        root FOLDER/files;
        location = /moved { return 301 /hello.txt; }
        location = /refuse { return 403 "no"; }
        location = /coded.txt { gzip on; gzip_min_length 1; gzip_types *; }
        location / { keepalive_requests 3; }
    }
}
)";

TEST(http_client_peers, nginx_answers_over_a_unix_socket) {
    if (std::system("PATH=$PATH:/usr/sbin command -v nginx >/dev/null") != 0)
        GTEST_SKIP() << "no nginx here";
    const tls::temporary_folder folder;
    const std::string where = folder.file("");
    const std::string socket_path = folder.file("socket");
    std::filesystem::create_directory(folder.file("files"));
    std::ofstream(folder.file("files/hello.txt")) << "hello, world";
    std::ofstream(folder.file("files/coded.txt")) << std::string(100'000, 'c');
    std::string conf = nginx_conf;
    for (std::size_t at = 0; (at = conf.find("FOLDER/")) != std::string::npos;)
        conf.replace(at, 7, where);
    std::ofstream(folder.file("nginx.conf")) << conf;
    child server({"sh", "-c",
                  "PATH=$PATH:/usr/sbin; nginx -e " + folder.file("error.log") + " -c " +
                      folder.file("nginx.conf") + " & until [ -S " + socket_path +
                      " ]; do :; done; echo ready; read end; kill $!"});
    ASSERT_EQ(server.line(), "ready");
    client_options options;
    options.unix_path = socket_path;
    io::run([](client_options with) -> io::task<> {
        client c(with);
        for (int i = 0; i < 7; ++i)
            EXPECT_EQ((co_await c.get("http://localhost/hello.txt")).text(), "hello, world");
        const response moved = co_await c.get("http://localhost/moved");
        EXPECT_EQ(moved.text(), "hello, world");
        const response coded = co_await c.get("http://localhost/coded.txt");
        EXPECT_EQ(coded.text(), std::string(100'000, 'c'));
        EXPECT_EQ(coded.headers.get("Content-Encoding"), "gzip");
        request_options part;
        part.headers = {{"Range", "bytes=7-"}};
        const response some = co_await c.get("http://localhost/hello.txt", part);
        EXPECT_EQ(some.status, 206);
        EXPECT_EQ(some.text(), "world");
        // It refuses on the head alone and closes.
        request_options large;
        large.content = std::string(8 << 20, 'x');
        EXPECT_EQ((co_await c.put("http://localhost/hello.txt", large)).status, 413);
        EXPECT_EQ((co_await c.get("http://localhost/refuse")).status, 403);
    }(options));
    options.unix_path = folder.file("http2_socket");
    options.http2 = http2_use::always;
    io::run([](client_options with) -> io::task<> {
        client c(with);
        // It ends each connection after three requests.
        for (int i = 0; i < 7; ++i) {
            const response got = co_await c.get("http://localhost/hello.txt");
            EXPECT_EQ(got.text(), "hello, world");
            EXPECT_EQ(got.version, "HTTP/2");
        }
        request_options large;
        large.content = std::string(8 << 20, 'x');
        EXPECT_EQ((co_await c.put("http://localhost/hello.txt", large)).status, 413);
        EXPECT_EQ((co_await c.head("http://localhost/hello.txt")).headers.get("Content-Length"),
                  "12");
    }(options));
    server.end_input();
}

}  // namespace
}  // namespace priz::http
