// endpoint_store.hpp: where a loop's endpoints lie.
//
// Endpoints lie in slabs that live as long as the loop: a pointer to one never becomes invalid, so
// that a late report of the kernel's finds an endpoint that is closed, not memory that is something
// else by now.
//
// A verb holds its endpoint from being made on, and begins when it is awaited. Given to a task that
// has yet to begin (when_any(a.recv(), b.recv())), it may find its stream closed by another task
// meanwhile. So an endpoint that was given back stays closed, and becomes another connection only
// when everything has run that was ready to run then.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "priz/io/detail/endpoint.hpp"
#include "priz/io/detail/waiter.hpp"

namespace priz::io::detail {

class endpoint_store {
public:
    endpoint& take(const ready_queue& ready);
    void give_back(endpoint& gone, const ready_queue& ready) noexcept;

private:
    static constexpr std::size_t slab_size = 128;

    // Linked by their readers.
    struct list {
        endpoint* first = nullptr;
        endpoint* last = nullptr;

        void push(endpoint& one) noexcept;
        void take_all_of(list& other) noexcept;
    };

    void add();
    void let_go(const ready_queue& ready) noexcept;

    list free_;
    list old_;  // free when the ready queue has come to that place
    std::size_t until_ = 0;
    list young_;  // given back since
    std::vector<std::unique_ptr<endpoint[]>> slabs_;
};

}  // namespace priz::io::detail
