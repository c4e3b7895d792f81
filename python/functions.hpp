// functions.hpp: the functions of the module, a file of this folder each for those that belong
// together, and its constants.
#pragma once

#include "object.hpp"

namespace priz::python {

extern const PyMethodDef lookup_functions[];   // names and addresses
extern const PyMethodDef service_functions[];  // ports, protocols, interfaces, this machine
extern const PyMethodDef inet_functions[];     // numbers, bytes and texts
extern const PyMethodDef socket_functions[];   // pairs, descriptors, the default timeout

// Adds every constant; false with an exception set.
bool add_constants(PyObject* module);

}  // namespace priz::python
