// around_call.hpp: a blocking_hook's two halves around calls that are not made through `patience`.
#pragma once

#include "priz/blocking_hook.hpp"

namespace priz::detail {

// before_call() now and after_call() at the end of the scope, however that is left.
class around_call {
public:
    explicit around_call(blocking_hook* hook) noexcept : hook_(hook) {
        if (hook_ != nullptr) hook_->before_call();
    }
    around_call(const around_call&) = delete;
    around_call& operator=(const around_call&) = delete;
    ~around_call() {
        if (hook_ != nullptr) hook_->after_call();
    }

private:
    blocking_hook* hook_;
};

}  // namespace priz::detail
