#include "addresses.hpp"

#include <netdb.h>

#include <array>
#include <cstring>

#include "arguments.hpp"
#include "interpreter_hook.hpp"
#include "priz/resolve.hpp"
#include "raise.hpp"

namespace priz::python {

namespace {

constexpr int port_max = 0xffff;
constexpr unsigned flowinfo_max = 0xfffff;

PyObject* text_object(std::string_view text) {
    return PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
}

// A pair that takes over its items.
PyObject* pair(PyObject* first, PyObject* second) {
    ref one(first);
    ref two(second);
    PyObject* const tuple = one && two ? PyTuple_New(2) : nullptr;
    if (tuple == nullptr) return nullptr;
    PyTuple_SET_ITEM(tuple, 0, one.release());
    PyTuple_SET_ITEM(tuple, 1, two.release());
    return tuple;
}

PyObject* unix_object(const address& from) {
    if (from.is_unix_abstract()) {
        // The leading NUL is part of Python's name.
        const std::string name = '\0' + std::string(from.path());
        return PyBytes_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
    }
    const std::string_view path = from.path();
    return PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size()));
}

PyObject* internet6_object(const address& from) {
    const std::string host = from.host();
    return Py_BuildValue("s#iII", host.data(), static_cast<Py_ssize_t>(host.size()),
                         static_cast<int>(from.port()), from.flowinfo(), from.scope_id());
}

bool begins_with_digit(std::string_view text) noexcept {
    return text.front() >= '0' && text.front() <= '9';
}

// A host that needs no look-up: a number without a scope, or one of the two words.
std::optional<address> without_lookup(std::string_view text, std::uint16_t port,
                                      int family) noexcept {
    if (family == AF_INET6) {
        if (text.empty()) return address::ipv6(std::array<std::byte, 16>{}, port);
        if (text.find(':') == std::string_view::npos || text.find('%') != std::string_view::npos)
            return std::nullopt;
        const auto exact = address::try_ipv6(text, port);
        return exact ? std::optional(*exact) : std::nullopt;
    }
    if (text.empty()) return address::ipv4(INADDR_ANY, port);
    if (text == "<broadcast>") return address::ipv4(INADDR_BROADCAST, port);
    if (!begins_with_digit(text)) return std::nullopt;
    const auto exact = address::try_ipv4(text, port);
    return exact ? std::optional(*exact) : std::nullopt;
}

// For PyArg_ParseTuple: a host read into the host_name at `target`.
int convert_host(PyObject* object, void* target) {
    return static_cast<host_name*>(target)->of_address(object) ? 1 : 0;
}

// What PyArg_ParseTuple left behind where it did not understand: a port that no int can hold is out
// of range as well.
bool refuse_port(const char* verb) {
    PyErr_Format(PyExc_OverflowError, "%s(): port must be 0-65535.", verb);
    return false;
}

bool misunderstood(const char* verb) {
    return PyErr_ExceptionMatches(PyExc_OverflowError) ? refuse_port(verb) : false;
}

}  // namespace

PyObject* address_object(const address& from) {
    return guarded([&] {
        if (from.family() == AF_INET6) return internet6_object(from);
        return pair(text_object(from.host()), PyLong_FromUnsignedLong(from.port()));
    });
}

PyObject* address_object(const address& from, int proto) {
    if (from.empty()) return none();
    switch (from.family()) {
        case AF_INET:
        case AF_INET6:
            return address_object(from);
        case AF_UNIX:
            return guarded([&] { return unix_object(from); });
        default:
            return guarded([&] { return rare_address_object(from, proto); });
    }
}

address with_labels(const address& exact, unsigned flowinfo, unsigned scope_id) {
    if (exact.family() != AF_INET6) return exact;
    ::sockaddr_in6 raw;
    std::memcpy(&raw, exact.data(), sizeof raw);
    raw.sin6_flowinfo = ::htonl(flowinfo);
    raw.sin6_scope_id = scope_id;
    return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&raw), sizeof raw);
}

bool require_tuple(PyObject* object, const char* verb, const char* family) {
    if (PyTuple_Check(object)) return true;
    PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", verb, family,
                 Py_TYPE(object)->tp_name);
    return false;
}

// A path; in the abstract namespace after a leading NUL byte, of any bytes; "" for a name that the
// kernel chooses.
bool destination::read_unix(PyObject* object) {
    ref encoded;
    if (PyUnicode_Check(object)) {
        encoded = ref(PyUnicode_EncodeFSDefault(object));
        if (!encoded) return false;
        object = encoded.get();
    }
    buffer path;
    if (!path.read(object)) return false;
    std::string_view text = path.view().text();
    result<address> made = address::unix_unnamed();
    if (!text.empty() && text.front() == '\0')
        made = address::try_unix_abstract(text.substr(1));
    else if (!text.empty())
        made = address::try_unix_path(text);
    if (!made) return raise(made.error()) != nullptr;
    exact_ = *made;
    return true;
}

bool destination::set_port(int port, int family, const char* verb) {
    if (port < 0 || port > port_max) return refuse_port(verb);
    port_ = static_cast<std::uint16_t>(port);
    exact_ = without_lookup(host_.text(), port_, family);
    return true;
}

// (host, port)
bool destination::read_internet(PyObject* object, int family, const char* verb) {
    if (!require_tuple(object, verb, family == AF_RDS ? "AF_RDS" : "AF_INET")) return false;
    int port = 0;
    const bool understood =
        PyTuple_GET_SIZE(object) == 2 && plain_int(PyTuple_GET_ITEM(object, 1), port)
            ? host_.of_address(PyTuple_GET_ITEM(object, 0))
            : PyArg_ParseTuple(object, "O&i;AF_INET address must be a pair (host, port)",
                               convert_host, &host_, &port) != 0;
    return understood ? set_port(port, AF_INET, verb) : misunderstood(verb);
}

// (host, port[, flow info[, scope id]])
bool destination::read_internet6(PyObject* object, const priz::socket& s, const char* verb) {
    if (!require_tuple(object, verb, "AF_INET6")) return false;
    int port = 0;
    unsigned flowinfo = 0;
    unsigned scope_id = 0;
    if (PyArg_ParseTuple(object,
                         "O&i|II;AF_INET6 address must be a tuple (host, port[, flowinfo[, "
                         "scopeid]])",
                         convert_host, &host_, &port, &flowinfo, &scope_id) == 0)
        return misunderstood(verb);
    if (!set_port(port, AF_INET6, verb)) return false;
    if (flowinfo > flowinfo_max) {
        PyErr_Format(PyExc_OverflowError, "%s(): flowinfo must be 0-1048575.", verb);
        return false;
    }
    if (PyTuple_GET_SIZE(object) == 2) return true;
    const auto found = resolved(s);
    if (!found) return raise(found.error()) != nullptr;
    exact_ = with_labels(*found, flowinfo, scope_id);
    return true;
}

bool destination::read(PyObject* object, const priz::socket& s, const char* verb) {
    switch (s.family()) {
        case AF_INET:
        case AF_RDS:
            return read_internet(object, s.family(), verb);
        case AF_INET6:
            return read_internet6(object, s, verb);
        case AF_UNIX:
            return read_unix(object);
        default:
            exact_ = read_rare_address(object, s, verb);
            return exact_.has_value();
    }
}

result<address> destination::resolved(const priz::socket& s) const {
    if (exact_) return *exact_;
    // A non-blocking socket looks a name up all the same.
    resolve_options options{.hook = interpreter_hook()};
    if (s.getblocking()) options.timeout = s.gettimeout();
    auto found =
        try_getaddrinfo(host(host_.text()), nullptr, s.family(), SOCK_DGRAM, 0, 0, options);
    if (!found) return std::unexpected(std::move(found).error());
    return found->front().address.with_port(port_);
}

}  // namespace priz::python
