// priz/io/sync.hpp: what the tasks of one loop wait for from each other; all of it in one header.
//
// Tasks of a loop never run at the same moment, so that none of this needs atomics, and nothing
// here may be touched from another thread (loop_handle::post does that, loop.hpp). Values that go
// from task to task: channel.hpp. Python: asyncio's synchronization primitives
#pragma once

#include "priz/io/condition.hpp"  // IWYU pragma: export
#include "priz/io/event.hpp"      // IWYU pragma: export
#include "priz/io/mutex.hpp"      // IWYU pragma: export
#include "priz/io/semaphore.hpp"  // IWYU pragma: export
