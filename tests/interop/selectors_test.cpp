// A server on each selector, with many CPython clients at once.
#include <priz/selectors.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>

#include "python_peer.hpp"

namespace interop {
namespace {

// Answers in capitals until as many clients as expected have come and gone.
class server {
public:
    server(priz::selector& selector, std::size_t clients)
        : selector_(selector), expected_(clients) {
        listener_.setblocking(false);
        selector_.register_(listener_, priz::EVENT_READ);
    }

    priz::address where() const { return listener_.getsockname(); }

    void run() {
        while (gone_ < expected_) {
            const auto ready = selector_.select(30);
            ASSERT_FALSE(ready.empty()) << gone_ << " clients have gone";
            for (const auto& [key, events] : ready) {
                if (key.fd == listener_.fileno())
                    welcome();
                else
                    serve(key.fd);
            }
        }
    }

private:
    void welcome() {
        auto client = std::make_unique<priz::socket>(listener_.accept().connection);
        const int fd = client->fileno();
        selector_.register_(*client, priz::EVENT_READ);
        clients_[fd] = std::move(client);
    }

    void serve(int fd) {
        std::string text = clients_[fd]->recv(4096);
        if (text.empty()) {
            selector_.unregister(fd);
            clients_.erase(fd);
            ++gone_;
            return;
        }
        std::transform(text.begin(), text.end(), text.begin(),
                       [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        clients_[fd]->sendall(text);
    }

    priz::selector& selector_;
    std::size_t expected_;
    std::size_t gone_ = 0;
    priz::socket listener_ = priz::create_server({"127.0.0.1", 0});
    std::map<int, std::unique_ptr<priz::socket>> clients_;
};

template <class Selector>
class selector_server : public testing::Test {};

using kinds = testing::Types<priz::epoll_selector, priz::poll_selector, priz::select_selector>;
TYPED_TEST_SUITE(selector_server, kinds);

TYPED_TEST(selector_server, serves_thirty_python_clients_at_once) {
    TypeParam selector;
    server ours(selector, 30);
    python_peer python;
    python.begin("all = [socket.create_connection(" + as_python(ours.where()) +
                 ") for i in range(30)]\n"
                 "for turn in range(5):\n"
                 "    for i, s in enumerate(all): s.sendall(b'client %d turn %d' % (i, turn))\n"
                 "    for i, s in enumerate(all):\n"
                 "        wanted = b'CLIENT %d TURN %d' % (i, turn)\n"
                 "        assert s.recv(len(wanted), socket.MSG_WAITALL) == wanted\n"
                 "for s in all: s.close()");
    ours.run();
    EXPECT_EQ(python.answer(), "None");
    EXPECT_EQ(selector.get_map().size(), 1U);
}

TYPED_TEST(selector_server, priz_clients_on_one_selector_are_served_by_pythons) {
    python_peer python;
    python.run("import selectors; chosen = selectors.DefaultSelector()");
    python.run("server = socket.create_server(('127.0.0.1', 0))");
    const priz::address where =
        priz::address::ipv4("127.0.0.1", std::stoi(python("server.getsockname()[1]")));
    std::vector<priz::socket> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(priz::create_connection(where));
    python.run("for i in range(20): chosen.register(server.accept()[0], selectors.EVENT_READ)");
    for (auto& client : clients) client.sendall("hello");
    python.begin(
        "answered = 0\n"
        "while answered < 20:\n"
        "    for key, events in chosen.select(30):\n"
        "        key.fileobj.sendall(key.fileobj.recv(5, socket.MSG_WAITALL).upper())\n"
        "        answered += 1\n");
    TypeParam selector;
    for (auto& client : clients) selector.register_(client, priz::EVENT_READ);
    while (!selector.get_map().empty()) {
        const auto ready = selector.select(30);
        ASSERT_FALSE(ready.empty());
        for (const auto& [key, events] : ready) {
            EXPECT_EQ(key.template object<priz::socket>()->recv_exactly(5), "HELLO");
            selector.unregister(key.fileobj);
        }
    }
    EXPECT_EQ(python.answer(), "None");
}

}  // namespace
}  // namespace interop
