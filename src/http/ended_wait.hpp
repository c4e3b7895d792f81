// ended_wait.hpp: a wait that others may end, or give another deadline to, while it lasts.
//
//     auto came = co_await ending_with(s.try_recv(), until, receiving);
//     … elsewhere: if (receiving.scope != nullptr) receiving.scope->cancel();
#pragma once

#include <utility>

#include "priz/deadline.hpp"
#include "priz/io/cancel_scope.hpp"

namespace priz::http::detail {

struct ended_wait {
    io::cancel_scope* scope = nullptr;  // while it lasts
    bool is_cut = false;                // it was ended by that, or by its deadline
};

template <class Op>
class [[nodiscard]] ending_with : public io::detail::enclosed<Op> {
public:
    using typename io::detail::enclosed<Op>::value;

    ending_with(Op op, deadline until, ended_wait& told)
        : io::detail::enclosed<Op>(std::move(op), until, false), told_(&told) {}
    ending_with(ending_with&& other) noexcept
        : io::detail::enclosed<Op>(std::move(other)), told_(other.told_) {}
    ending_with& operator=(ending_with&&) = delete;
    ~ending_with() { told_->scope = nullptr; }

    bool await_ready() {
        told_->scope = &this->own_scope();
        told_->is_cut = false;
        return io::detail::enclosed<Op>::await_ready();
    }
    value await_resume() {
        told_->is_cut = this->own_scope().is_cancelled();
        told_->scope = nullptr;
        return this->finish();
    }

private:
    ended_wait* told_;
};

}  // namespace priz::http::detail
