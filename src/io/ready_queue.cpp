#include "priz/io/detail/waiter.hpp"

namespace priz::io::detail {

void ready_queue::grow() {
    const std::size_t room = room_ == 0 ? 64 : room_ * 2;
    std::vector<entry> larger(room);
    const std::size_t count = size();
    for (std::size_t i = first_; i != first_ + count; ++i)
        larger[i & (room - 1)] = entries_[i & (room_ - 1)];
    entries_ = std::move(larger);
    room_ = room;
}

}  // namespace priz::io::detail
