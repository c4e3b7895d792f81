// priz/io.hpp: the runtime: the verbs of sockets, awaited.
//
// Everything of priz::io in one header, for programs that serve or talk to many at once. Each
// part's header says what it is for; a program that wants short compile times includes those it
// uses.
#pragma once

#include "priz/io/backend_choice.hpp"
#include "priz/io/cancel_scope.hpp"
#include "priz/io/channel.hpp"
#include "priz/io/connect.hpp"
#include "priz/io/datagram.hpp"
#include "priz/io/deferred_writer.hpp"
#include "priz/io/descriptor.hpp"
#include "priz/io/handover.hpp"
#include "priz/io/listener.hpp"
#include "priz/io/loop.hpp"
#include "priz/io/message.hpp"
#include "priz/io/offload.hpp"
#include "priz/io/reader.hpp"
#include "priz/io/resolve.hpp"
#include "priz/io/run.hpp"
#include "priz/io/runner.hpp"
#include "priz/io/scope.hpp"
#include "priz/io/serve.hpp"
#include "priz/io/service_manager.hpp"
#include "priz/io/signals.hpp"
#include "priz/io/sleep.hpp"
#include "priz/io/stream.hpp"
#include "priz/io/sync.hpp"
#include "priz/io/task.hpp"
#include "priz/io/when.hpp"
#include "priz/io/writer.hpp"
