// priz/http/request_content.hpp: what a request carries: nothing, bytes, or what a coroutine
// writes.
//
//     client.post(url, {.content = "text"});
//     client.post(url, {.content = [&](http::content_writer& to) -> io::task<> {
//         for (auto& part : parts) co_await to.write(part);
//     }});
//
// Bytes can be sent again, where a redirection or a connection that had gone wants it. A coroutine
// is called once, unless content_facts::repeatable says that each call writes the same.
// Python: the `data` of requests, a generator
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/http/content_writer.hpp"
#include "priz/io/task.hpp"

namespace priz::http {

// Content with what is known of it beforehand.
struct content_facts {
    // Its bytes; without, it goes in chunks (Transfer-Encoding).
    std::optional<std::uint64_t> length = std::nullopt;
    // Whether each call of the coroutine writes the same.
    bool repeatable = false;
};

class PRIZ_API request_content {
public:
    request_content() noexcept = default;
    request_content(std::string text) noexcept : text_(std::move(text)), is_text_(true) {}
    request_content(std::string_view text) : request_content(std::string(text)) {}
    request_content(const char* text) : request_content(std::string(text)) {}

    // `write(writer)`, a coroutine, writes it. The callable is kept as long as the request.
    template <class Write>
    requires std::is_same_v<std::invoke_result_t<Write&, content_writer&>, io::task<>>
    request_content(Write write, content_facts known = {})
        : known_(known), producer_(std::make_shared<producer_of<Write>>(std::move(write))) {}

    bool empty() const noexcept { return !is_text_ && producer_ == nullptr; }
    bool is_repeatable() const noexcept { return producer_ == nullptr || known_.repeatable; }
    // Nothing where it is not known.
    std::optional<std::uint64_t> length() const noexcept {
        return producer_ == nullptr ? std::optional<std::uint64_t>(text_.size()) : known_.length;
    }
    // Of content that is bytes; null otherwise.
    const std::string* text() const noexcept { return producer_ == nullptr ? &text_ : nullptr; }
    // Of content that a coroutine writes.
    io::task<> write_to(content_writer& to) const { return producer_->write_to(to); }

private:
    class producer {
    public:
        virtual ~producer() = default;
        virtual io::task<> write_to(content_writer& to) = 0;
    };
    template <class Write>
    class producer_of final : public producer {
    public:
        explicit producer_of(Write write) : write_(std::move(write)) {}
        io::task<> write_to(content_writer& to) override { return write_(to); }

    private:
        Write write_;
    };

    std::string text_;
    bool is_text_ = false;
    content_facts known_;
    std::shared_ptr<producer> producer_;
};

}  // namespace priz::http
