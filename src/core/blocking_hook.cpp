#include "priz/blocking_hook.hpp"

namespace priz {

blocking_hook::~blocking_hook() = default;
void blocking_hook::before_call() noexcept {}
void blocking_hook::after_call() noexcept {}

}  // namespace priz
