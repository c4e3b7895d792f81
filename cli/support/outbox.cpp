#include "outbox.hpp"

namespace priz::cli {

namespace {

constexpr std::size_t part_size_max = 64 * 1024;

}  // namespace

void outbox::put(std::string_view data) {
    if (data.empty() && !keeps_messages_) return;
    size_ += data.size();
    if (keeps_messages_ || parts_.empty() || parts_.back().size() + data.size() > part_size_max)
        parts_.emplace_back(data);
    else
        parts_.back() += data;
}

std::string outbox::take() {
    auto part = std::move(parts_.front());
    parts_.pop_front();
    return part;
}

result<std::size_t> outbox::flush(socket& target) {
    std::size_t total = 0;
    while (!parts_.empty()) {
        const auto rest = std::string_view(parts_.front()).substr(sent_of_front_);
        auto sent = target.try_send(rest);
        if (!sent && sent.error().would_block()) break;
        if (!sent) return std::unexpected(std::move(sent).error());
        total += *sent;
        drop_front(*sent);
    }
    return total;
}

void outbox::drop_front(std::size_t count) {
    size_ -= count;
    sent_of_front_ += count;
    if (sent_of_front_ < parts_.front().size()) return;
    parts_.pop_front();
    sent_of_front_ = 0;
}

}  // namespace priz::cli
