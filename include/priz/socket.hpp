// priz/socket.hpp: everything that Python's `import socket` gives.
//
// The header to begin with: sockets, addresses, connecting by name, serving, and name look-up. It
// stays light; what fewer programs need has headers of its own: options.hpp, message.hpp, file.hpp,
// select.hpp, selectors.hpp, endpoint.hpp, constants.hpp. Python: the module socket
#pragma once

#include "priz/connect.hpp"
#include "priz/inet.hpp"
#include "priz/resolve.hpp"
#include "priz/serve.hpp"
#include "priz/services.hpp"
#include "priz/socket_object.hpp"
