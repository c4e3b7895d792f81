#include "interpreter_hook.hpp"

#include "object.hpp"
#include "priz/error.hpp"

namespace priz::python {

namespace {

// The thread's own state while it does not hold the lock. No Python code runs on the thread in the
// meantime, so that one place a thread is enough.
[[gnu::tls_model("initial-exec")]] thread_local PyThreadState* waiting = nullptr;

class hook final : public blocking_hook {
public:
    void before_call() noexcept override { waiting = PyEval_SaveThread(); }
    void after_call() noexcept override { PyEval_RestoreThread(waiting); }
    std::error_code interrupted() noexcept override {
        return PyErr_CheckSignals() == 0 ? std::error_code() : make_error_code(errc::stopped);
    }
};

}  // namespace

blocking_hook* interpreter_hook() noexcept {
    static hook the_hook;
    return &the_hook;
}

}  // namespace priz::python
