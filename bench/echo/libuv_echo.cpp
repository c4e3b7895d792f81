// libuv: what was read is written by uv_try_write at once, and by a request only where that falls
// short.
#include "server.hpp"

#include <uv.h>

#include <memory>

namespace {

char buffer[echo::buffer_size];  // filled and emptied within one callback, so that all connections
                                 // share it

struct write_request {
    uv_write_t request;
    std::unique_ptr<char[]> data;
};

void lend_buffer(uv_handle_t*, std::size_t, uv_buf_t* target) {
    *target = uv_buf_init(buffer, sizeof buffer);
}

void close_stream(uv_stream_t* stream) {
    auto* handle = reinterpret_cast<uv_handle_t*>(stream);
    if (uv_is_closing(handle) != 0) return;
    uv_close(handle, [](uv_handle_t* closed) { delete reinterpret_cast<uv_tcp_t*>(closed); });
}

void receive(uv_stream_t* stream, ssize_t size, const uv_buf_t* data);

void written(uv_write_t* request, int status) {
    uv_stream_t* stream = request->handle;
    delete static_cast<write_request*>(request->data);
    if (status < 0 || uv_read_start(stream, lend_buffer, receive) < 0) close_stream(stream);
}

// Nothing is read before the rest is written.
void write_rest(uv_stream_t* stream, const char* data, std::size_t size) {
    auto* rest = new write_request{{}, std::make_unique_for_overwrite<char[]>(size)};
    std::memcpy(rest->data.get(), data, size);
    rest->request.data = rest;
    uv_read_stop(stream);
    const uv_buf_t source = uv_buf_init(rest->data.get(), static_cast<unsigned>(size));
    if (uv_write(&rest->request, stream, &source, 1, written) < 0) {
        delete rest;
        close_stream(stream);
    }
}

void receive(uv_stream_t* stream, ssize_t got, const uv_buf_t* data) {
    if (got < 0) return close_stream(stream);
    if (got == 0) return;
    const auto size = static_cast<std::size_t>(got);
    const uv_buf_t source = uv_buf_init(data->base, static_cast<unsigned>(size));
    const int sent = uv_try_write(stream, &source, 1);
    if (sent < 0 && sent != UV_EAGAIN) return close_stream(stream);
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    if (taken < size) write_rest(stream, data->base + taken, size - taken);
}

void welcome(uv_stream_t* server, int status) {
    if (status < 0) return;
    auto* client = new uv_tcp_t;
    auto* stream = reinterpret_cast<uv_stream_t*>(client);
    uv_tcp_init(server->loop, client);
    if (uv_accept(server, stream) < 0) return close_stream(stream);
    uv_tcp_nodelay(client, 1);
    uv_read_start(stream, lend_buffer, receive);
}

}  // namespace

int main(int count, char** arguments) {
    const int listener = echo::listen_on(echo::port_argument(count, arguments), 0);
    uv_loop_t* loop = uv_default_loop();
    uv_tcp_t server;
    uv_tcp_init(loop, &server);
    if (uv_tcp_open(&server, listener) < 0 ||
        uv_listen(reinterpret_cast<uv_stream_t*>(&server), SOMAXCONN, welcome) < 0) {
        echo::fail("libuv");
    }
    echo::announce(listener);
    return uv_run(loop, UV_RUN_DEFAULT);
}
