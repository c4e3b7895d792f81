#include "conversation.hpp"

#include "conversation_hello.hpp"
#include "conversation_lines.hpp"
#include "support/report.hpp"

namespace priz::cli {

namespace {

class echo : public conversation {
public:
    void received(line& peer, std::string_view data) override { peer.send(data); }
};

class greet : public conversation {
public:
    explicit greet(std::string text) : text_(std::move(text)) {}

    void begin(line& peer) override {
        peer.send(text_ + "\n");
        peer.finish("greeted");
    }
    void received(line&, std::string_view) override {}

private:
    std::string text_;
};

class print : public conversation {
public:
    void received(line& peer, std::string_view data) override {
        auto& out = peer.out();
        if (!out.as_json()) return out.remote(data, escaper_);
        json fields = {{"client", peer.id()}, {"size", data.size()}};
        put_bytes(fields, data);
        out.event("received", fields, "");
    }
    void closed(line& peer) override { peer.out().remote(escaper_.finish()); }

private:
    escaper escaper_;
};

}  // namespace

std::unique_ptr<conversation> make_conversation(const conversation_options& options) {
    switch (options.what) {
        case mode::echo:
            return std::make_unique<echo>();
        case mode::lines:
            return std::make_unique<lines_conversation>(options.commands);
        case mode::greet:
            return std::make_unique<greet>(options.greeting);
        case mode::hello:
            return std::make_unique<hello_conversation>();
        case mode::print:
            break;
    }
    return std::make_unique<print>();
}

}  // namespace priz::cli
