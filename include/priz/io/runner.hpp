// priz/io/runner.hpp: one loop for several runs.
//
//     io::runner loop;
//     auto connection = loop.run(io::connect("example.org", 80));
//     loop.run(talk(connection));
//
// For blocking faces of awaited things: what belongs to the loop, such as a connection, outlives
// the run that made it and is used in the next. Between two runs nothing happens: no task runs, no
// timer fires. Whatever belongs to the loop has to be gone before the runner is.
//
// Used by one thread at a time. Elsewhere: a whole program on a loop (run.hpp). Python:
// asyncio.Runner
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "priz/export.hpp"
#include "priz/io/run.hpp"
#include "priz/io/task.hpp"

namespace priz::io {

namespace detail {
class loop_state;
}

class PRIZ_API runner {
public:
    // Errors: as run().
    explicit runner(const run_options& options = {});
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    ~runner();

    // Runs `main` to its end on this loop, in this thread.
    //
    // Errors:        what `main` throws; value_error when a loop runs in this thread already.
    // Python:        asyncio.Runner.run()
    template <class T>
    T run(task<T> main) {
        if constexpr (std::is_void_v<T>) {
            run_to_end(std::move(main));
        } else {
            std::optional<T> kept;
            run_to_end(detail::keep_result(std::move(main), kept));
            return *std::move(kept);
        }
    }

private:
    void run_to_end(task<> main);

    std::unique_ptr<detail::loop_state> loop_;
};

}  // namespace priz::io
