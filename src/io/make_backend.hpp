// make_backend.hpp: which backend a loop gets.
#pragma once

#include <memory>
#include <string>

#include "io/backend.hpp"
#include "priz/error.hpp"
#include "priz/io/run.hpp"

namespace priz::io::detail {

result<std::unique_ptr<backend>> make_backend(backend_kind wanted,
                                              receive_mode receive = receive_mode::automatic);

}  // namespace priz::io::detail
