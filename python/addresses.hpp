// addresses.hpp: the addresses of Python's methods, tuples and texts, and priz's.
//
// What each family's address looks like in Python is told at its reader. The common families are in
// addresses.cpp, the others in addresses_rare.cpp.
#pragma once

#include <optional>

#include "host_name.hpp"
#include "object.hpp"
#include "priz/socket.hpp"

namespace priz::python {

// None for no address. `proto` is the socket's: some families' addresses depend on it.
PyObject* address_object(const address& from, int proto);

// (host, port) and (host, port, flow info, scope id).
PyObject* address_object(const address& from);

// An address as a method was given it: exact, or a name that the verb itself will look up.
class destination {
public:
    // `verb` is the method's name, which some refusals begin with.
    bool read(PyObject* object, const priz::socket& s, const char* verb);

    address_like like() const noexcept {
        if (exact_) return address_like(*exact_);
        return address_like(host(host_.text()), service(port_));
    }

    // The address itself; a name is looked up.
    result<address> resolved(const priz::socket& s) const;

private:
    bool read_internet(PyObject* object, int family, const char* verb);
    bool read_internet6(PyObject* object, const priz::socket& s, const char* verb);
    bool read_unix(PyObject* object);
    bool set_port(int port, int family, const char* verb);

    std::optional<address> exact_;
    host_name host_;
    std::uint16_t port_ = 0;
};

// The same IPv6 host with a flow label and a scope; other families unchanged.
address with_labels(const address& exact, unsigned flowinfo, unsigned scope_id);

// Requires a tuple; TypeError.
bool require_tuple(PyObject* object, const char* verb, const char* family);

// The addresses of the other families; none with an exception set.
std::optional<address> read_rare_address(PyObject* object, const priz::socket& s, const char* verb);
PyObject* rare_address_object(const address& from, int proto);

}  // namespace priz::python
