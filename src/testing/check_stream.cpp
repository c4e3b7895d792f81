#include "priz/testing/check_stream.hpp"

#include "priz/error.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/sleep.hpp"
#include "testing/promises.hpp"

namespace priz::testing::detail {

namespace {

io::task<> check(const promise& given, stream_source& source, const check_options& options) {
    const deadline end = io::detail::after_on_this_loop(options.patience);
    std::string instead;
    try {
        co_await io::fail_at(end, given.check(source, options));
        co_return;
    } catch (const broken& why) {
        instead = why.what();
    } catch (const std::exception& why) {
        instead = "a verb failed: " + std::string(why.what());
    }
    // What goes wrong because the check itself is cancelled breaks no promise.
    co_await io::yield();
    // Once the time is up, whatever else is wrong is wrong because all was cancelled.
    if (io::loop::current().now() >= end)
        instead = "something waits that should not (" + instead + ")";
    throw check_failed(given.sentence, instead);
}

}  // namespace

io::task<stream_pair> pair_task(stream_pair made) { co_return std::move(made); }

io::task<> check_stream(stream_source& source, check_options options) {
    for (const auto promises :
         {transfer_promises(), ending_promises(), waiting_promises(), cancelling_promises()})
        for (const promise& one : promises) co_await check(one, source, options);
}

}  // namespace priz::testing::detail
