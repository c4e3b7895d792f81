// Names to addresses and back. Look-ups are priz's own: they release the interpreter's lock, and a
// signal whose handler raises ends them.
#include <netdb.h>

#include <charconv>

#include "addresses.hpp"
#include "arguments.hpp"
#include "functions.hpp"
#include "interpreter_hook.hpp"
#include "priz/resolve.hpp"
#include "raise.hpp"

namespace priz::python {

namespace {

constexpr unsigned flowinfo_max = 0xfffff;

const resolve_options& interpreted() {
    static const resolve_options options{.hook = interpreter_hook()};
    return options;
}

// The service part of getaddrinfo().
class service_argument {
public:
    bool read(PyObject* object) {
        if (object == Py_None) return true;
        if (PyLong_CheckExact(object)) return read_number(object);
        if (PyUnicode_Check(object)) {
            Py_ssize_t size = 0;
            const char* const text = PyUnicode_AsUTF8AndSize(object, &size);
            if (text == nullptr) return false;
            set_text({text, static_cast<std::size_t>(size)});
            return true;
        }
        if (PyBytes_Check(object)) {
            set_text(PyBytes_AS_STRING(object));
            return true;
        }
        return raise_os_error("Int or String expected") != nullptr;
    }

    // The C library, which CPython asks, reads a port as an int, keeps its lower 16 bits, and takes
    // a negative one for the name of a service, which nobody has.
    void set_number(long number) noexcept {
        number = static_cast<std::int32_t>(number);
        if (number < 0) {
            text_ = "negative";
            return;
        }
        is_number_ = true;
        number_ = number & 0xffff;
    }

    service value() const noexcept {
        if (text_.data() != nullptr) return service(text_);
        return is_number_ ? service(number_) : service(nullptr);
    }

private:
    bool read_number(PyObject* object) {
        const long number = PyLong_AsLong(object);
        if (number == -1 && PyErr_Occurred() != nullptr) return false;
        set_number(number);
        return true;
    }

    void set_text(std::string_view text) noexcept {
        text = text.substr(0, text.find('\0'));
        long number = 0;
        const char* const end = text.data() + text.size();
        const auto [stop, cause] = std::from_chars(text.data(), end, number);
        if (cause == std::errc() && stop == end)
            set_number(number);
        else
            text_ = text;
    }

    std::string_view text_;
    bool is_number_ = false;
    long number_ = 0;
};

PyObject* infos_object(const std::vector<address_info>& infos) {
    ref list(PyList_New(0));
    if (!list) return nullptr;
    for (const address_info& each : infos) {
        const ref where(address_object(each.address, -1));
        const ref tuple(where ? Py_BuildValue("iiisO", each.family, each.type, each.proto,
                                              each.canonname.c_str(), where.get())
                              : nullptr);
        if (!tuple || PyList_Append(list.get(), tuple.get()) != 0) return nullptr;
    }
    return list.release();
}

PyObject* getaddrinfo(PyObject*, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"host", "port", "family", "type", "proto", "flags", nullptr};
    PyObject* name_given = nullptr;
    PyObject* port_given = nullptr;
    int family = AF_UNSPEC;
    int type = 0;
    int proto = 0;
    int flags = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "OO|iiii:getaddrinfo",
                                     const_cast<char**>(names), &name_given, &port_given, &family,
                                     &type, &proto, &flags))
        return nullptr;
    host_name name;
    if (PyBytes_Check(name_given)) {
        name.of_bytes(name_given);
    } else if (PyUnicode_Check(name_given)) {
        if (!name.of_text(name_given)) return nullptr;
    } else if (name_given != Py_None) {
        PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
        return nullptr;
    }
    service_argument port;
    if (!port.read(port_given) || PySys_Audit("socket.getaddrinfo", "OOiii", name_given, port_given,
                                              family, type, proto) != 0)
        return nullptr;
    const host wanted = name_given == Py_None ? host(nullptr) : host(name.c_text());
    const auto found =
        try_getaddrinfo(wanted, port.value(), family, type, proto, flags, interpreted());
    if (!found) return raise(found.error());
    return has_raised() ? nullptr : infos_object(*found);
}

// The numeric address of a getnameinfo() tuple, or null with an exception set.
std::optional<address> numeric_address(const char* name, int port, unsigned flowinfo,
                                       unsigned scope_id, bool is_pair) {
    service_argument service;
    service.set_number(port);
    const auto found = try_getaddrinfo(name, service.value(), AF_UNSPEC, SOCK_DGRAM, 0,
                                       AI_NUMERICHOST, interpreted());
    if (!found) {
        raise(found.error());
    } else if (found->size() != 1) {
        raise_os_error("sockaddr resolved to multiple addresses");
    } else if (found->front().family == AF_INET && !is_pair) {
        raise_os_error("IPv4 sockaddr must be 2 tuple");
    } else {
        return with_labels(found->front().address, flowinfo, scope_id);
    }
    return std::nullopt;
}

PyObject* getnameinfo(PyObject*, arguments given, Py_ssize_t count) {
    PyObject* where = nullptr;
    int flags = 0;
    if (!parse(given, count, "Oi:getnameinfo", &where, &flags)) return nullptr;
    if (!PyTuple_Check(where)) {
        PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
        return nullptr;
    }
    const char* name = nullptr;
    int port = 0;
    unsigned flowinfo = 0;
    unsigned scope_id = 0;
    if (PyArg_ParseTuple(where, "si|II;getnameinfo(): illegal sockaddr argument", &name, &port,
                         &flowinfo, &scope_id) == 0)
        return nullptr;
    if (flowinfo > flowinfo_max) {
        PyErr_SetString(PyExc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        return nullptr;
    }
    if (PySys_Audit("socket.getnameinfo", "(O)", where) != 0) return nullptr;
    const auto numeric =
        numeric_address(name, port, flowinfo, scope_id, PyTuple_GET_SIZE(where) == 2);
    if (!numeric) return nullptr;
    const auto info = try_getnameinfo(*numeric, flags, interpreted());
    if (!info) return raise(info.error());
    if (has_raised()) return nullptr;
    const ref host(PyUnicode_DecodeFSDefault(info->host.c_str()));
    return host ? Py_BuildValue("Os", host.get(), info->service.c_str()) : nullptr;
}

PyObject* strings_object(const std::vector<std::string>& texts) {
    ref list(PyList_New(0));
    for (const std::string& each : texts) {
        const ref text(PyUnicode_FromString(each.c_str()));
        if (!list || !text || PyList_Append(list.get(), text.get()) != 0) return nullptr;
    }
    return list.release();
}

PyObject* entry_object(const host_entry& entry) {
    const ref name(PyUnicode_DecodeFSDefault(entry.name.c_str()));
    const ref aliases(strings_object(entry.aliases));
    const ref addresses(strings_object(entry.addresses));
    return name && aliases && addresses
               ? PyTuple_Pack(3, name.get(), aliases.get(), addresses.get())
               : nullptr;
}

PyObject* gethostbyname(PyObject*, arguments given, Py_ssize_t count) {
    host_name name;
    if (!name.of_only_argument(given, count, "et:gethostbyname")) return nullptr;
    if (PySys_Audit("socket.gethostbyname", "O", given[0]) != 0) return nullptr;
    const auto found = try_gethostbyname(name.text(), interpreted());
    if (!found) return raise(found.error());
    return has_raised() ? nullptr : PyUnicode_FromString(found->c_str());
}

PyObject* gethostbyname_ex(PyObject*, arguments given, Py_ssize_t count) {
    host_name name;
    if (!name.of_only_argument(given, count, "et:gethostbyname_ex")) return nullptr;
    if (PySys_Audit("socket.gethostbyname", "O", given[0]) != 0) return nullptr;
    const auto found = try_gethostbyname_ex(name.text(), interpreted());
    if (!found) return raise(found.error());
    return has_raised() ? nullptr : entry_object(*found);
}

PyObject* gethostbyaddr(PyObject*, arguments given, Py_ssize_t count) {
    host_name name;
    if (!name.of_only_argument(given, count, "et:gethostbyaddr")) return nullptr;
    if (PySys_Audit("socket.gethostbyaddr", "O", given[0]) != 0) return nullptr;
    const auto found = try_gethostbyaddr(name.text(), interpreted());
    if (!found) return raise(found.error());
    return has_raised() ? nullptr : entry_object(*found);
}

}  // namespace

const PyMethodDef lookup_functions[] = {
    method("getaddrinfo", getaddrinfo,
           "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, "
           "proto, canonname, sockaddr)\n\nEvery way to reach a port on a host."),
    method("getnameinfo", getnameinfo,
           "getnameinfo(sockaddr, flags) --> (host, port)\n\nThe names of an address, by "
           "NI_ flags."),
    method("gethostbyname", gethostbyname,
           "gethostbyname(host) -> address\n\nThe IPv4 address of a host, as a text."),
    method("gethostbyname_ex", gethostbyname_ex,
           "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nAll names and IPv4 "
           "addresses of a host."),
    method("gethostbyaddr", gethostbyaddr,
           "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nAll names of an address."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
