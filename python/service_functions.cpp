// The names of ports, protocols and interfaces, and of this machine.
#include "priz/services.hpp"

#include "arguments.hpp"
#include "functions.hpp"
#include "priz/inet.hpp"
#include "priz/resolve.hpp"
#include "raise.hpp"

namespace priz::python {

namespace {

PyObject* getservbyname(PyObject*, arguments given, Py_ssize_t count) {
    const char* name = nullptr;
    const char* protocol = nullptr;
    if (!parse(given, count, "s|s:getservbyname", &name, &protocol) ||
        PySys_Audit("socket.getservbyname", "ss", name, protocol == nullptr ? "" : protocol) != 0)
        return nullptr;
    const auto port = try_getservbyname(name, protocol == nullptr ? "" : protocol);
    return port ? PyLong_FromLong(*port) : raise_os_error("service/proto not found");
}

PyObject* getservbyport(PyObject*, arguments given, Py_ssize_t count) {
    int port = 0;
    const char* protocol = nullptr;
    if (!parse(given, count, "i|s:getservbyport", &port, &protocol)) return nullptr;
    if (port < 0 || port > 0xffff) {
        PyErr_SetString(PyExc_OverflowError, "getservbyport: port must be 0-65535.");
        return nullptr;
    }
    if (PySys_Audit("socket.getservbyport", "is", port, protocol == nullptr ? "" : protocol) != 0)
        return nullptr;
    const auto name = try_getservbyport(port, protocol == nullptr ? "" : protocol);
    return name ? PyUnicode_FromString(name->c_str()) : raise_os_error("port/proto not found");
}

PyObject* getprotobyname(PyObject*, arguments given, Py_ssize_t count) {
    const char* name = nullptr;
    if (!parse(given, count, "s:getprotobyname", &name)) return nullptr;
    const auto number = try_getprotobyname(name);
    return number ? PyLong_FromLong(*number) : raise_os_error("protocol not found");
}

PyObject* if_nameindex_list(PyObject*, PyObject*) {
    const auto all = try_if_nameindex();
    if (!all) return raise(all.error());
    ref list(PyList_New(0));
    for (const interface& each : *all) {
        const ref name(PyUnicode_DecodeFSDefault(each.name.c_str()));
        const ref tuple(name ? Py_BuildValue("IO", each.index, name.get()) : nullptr);
        if (!list || !tuple || PyList_Append(list.get(), tuple.get()) != 0) return nullptr;
    }
    return list.release();
}

PyObject* nametoindex(PyObject*, arguments given, Py_ssize_t count) {
    PyObject* encoded = nullptr;
    if (!parse(given, count, "O&:if_nametoindex", PyUnicode_FSConverter, &encoded)) return nullptr;
    const ref name(encoded);
    const auto index = try_if_nametoindex(PyBytes_AS_STRING(encoded));
    return index ? PyLong_FromUnsignedLong(*index) : raise_os_error("no interface with this name");
}

PyObject* indextoname(PyObject*, PyObject* given) {
    if (!PyLong_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return nullptr;
    }
    const unsigned long index = PyLong_AsUnsignedLong(given);
    if (index == static_cast<unsigned long>(-1) && PyErr_Occurred() != nullptr) return nullptr;
    // As CPython, which hands the lower 32 bits on.
    const auto name = try_if_indextoname(static_cast<std::uint32_t>(index));
    return name ? PyUnicode_DecodeFSDefault(name->c_str()) : raise(name.error());
}

PyObject* hostname(PyObject*, PyObject*) {
    if (PySys_Audit("socket.gethostname", nullptr) != 0) return nullptr;
    const auto name = try_gethostname();
    return name ? PyUnicode_DecodeFSDefault(name->c_str()) : raise(name.error());
}

PyObject* set_hostname(PyObject*, arguments given, Py_ssize_t count) {
    PyObject* encoded = nullptr;
    if (count == 1 && PyBytes_Check(given[0]))
        encoded = ref::to(given[0]).release();
    else if (!parse(given, count, "O&:sethostname", PyUnicode_FSConverter, &encoded))
        return nullptr;
    const ref name(encoded);
    if (PySys_Audit("socket.sethostname", "(O)", encoded) != 0) return nullptr;
    return none_or_raise(try_sethostname(
        {PyBytes_AS_STRING(encoded), static_cast<std::size_t>(PyBytes_GET_SIZE(encoded))}));
}

}  // namespace

const PyMethodDef service_functions[] = {
    method("getservbyname", getservbyname,
           "getservbyname(servicename[, protocolname]) -> integer\n\nThe port of a service, by "
           "services(5)."),
    method("getservbyport", getservbyport,
           "getservbyport(port[, protocolname]) -> string\n\nThe service of a port, by "
           "services(5)."),
    method("getprotobyname", getprotobyname,
           "getprotobyname(name) -> integer\n\nThe number of a protocol, by protocols(5)."),
    {"if_nameindex", if_nameindex_list, METH_NOARGS,
     "if_nameindex()\n\nThe network interfaces, a list of (number, name)."},
    method("if_nametoindex", nametoindex, "if_nametoindex(if_name)\n\nThe number of an interface."),
    {"if_indextoname", indextoname, METH_O,
     "if_indextoname(if_index)\n\nThe name of an interface."},
    {"gethostname", hostname, METH_NOARGS, "gethostname() -> string\n\nThis machine's name."},
    method("sethostname", set_hostname, "sethostname(name)\n\nSets this machine's name."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
