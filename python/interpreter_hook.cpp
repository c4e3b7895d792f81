#include "interpreter_hook.hpp"

#include <chrono>
#include <thread>

#include "object.hpp"
#include "priz/error.hpp"

namespace priz::python {

namespace {

// The thread's own state while it does not hold the lock. No Python code runs on the thread in the
// meantime, so that one place a thread is enough.
[[gnu::tls_model("initial-exec")]] thread_local PyThreadState* waiting = nullptr;

// The interpreter ends and takes no daemon thread back: it unwinds the thread (pthread_exit),
// through frames that would touch its objects without its lock. The thread stays here instead,
// until the process is gone.
[[noreturn]] void stand_still() noexcept {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

class hook final : public blocking_hook {
public:
    void before_call() noexcept override { waiting = PyEval_SaveThread(); }
    void after_call() noexcept override {
        try {
            PyEval_RestoreThread(waiting);
        } catch (...) {
            stand_still();
        }
    }
    std::error_code interrupted() noexcept override {
        return PyErr_CheckSignals() == 0 ? std::error_code() : make_error_code(errc::stopped);
    }
};

}  // namespace

blocking_hook* interpreter_hook() noexcept {
    // Never destroyed: daemon threads may still be in calls when the process ends.
    static hook& the_hook = *new hook;
    return &the_hook;
}

}  // namespace priz::python
