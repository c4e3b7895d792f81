// The addresses of the families that few programs use: netlink, packet, vsock, CAN, TIPC, AF_ALG,
// Qualcomm's IPC router and Bluetooth. Each has a reader and a writer of the tuple that CPython
// gives it; the kernel's structs are made here, and the kernel says whether it knows them.

#include <linux/qrtr.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "addresses.hpp"
#include "arguments.hpp"
#include "priz/constants.hpp"
#include "priz/inet.hpp"
#include "raise.hpp"

namespace priz::python {

namespace {

using found = std::optional<address>;

template <class Raw>
address exact(const Raw& raw) {
    return address::from_sockaddr(reinterpret_cast<const ::sockaddr*>(&raw), sizeof raw);
}

// The kernel's struct of an address that came from it; zeros where it is longer than what came.
template <class Raw>
Raw raw_of(const address& from) {
    Raw raw{};
    std::memcpy(&raw, from.data(), std::min<std::size_t>(sizeof raw, from.size()));
    return raw;
}

found refused(PyObject* type, const char* words) {
    PyErr_SetString(type, words);
    return std::nullopt;
}

// OverflowError, where PyArg_ParseTuple did not say it, about a part of `verb`'s address.
found out_of_range(const char* verb, const char* part) {
    PyErr_Format(PyExc_OverflowError, "%s(): %s must be 0-65535.", verb, part);
    return std::nullopt;
}

std::string interface_name(int index) {
    if (index == 0) return {};
    const auto name = try_if_indextoname(index);
    return name ? *name : std::string();
}

// The number of an interface; 0 for no name. OSError.
bool interface_index(PyObject* encoded, int& index) {
    const char* const name = PyBytes_AS_STRING(encoded);
    index = 0;
    if (*name == '\0') return true;
    const auto known = try_if_nametoindex(name);
    if (!known) return raise(known.error()) != nullptr;
    index = static_cast<int>(*known);
    return true;
}

// (pid, groups)
found read_netlink(PyObject* object, const char* verb) {
    unsigned pid = 0;
    unsigned groups = 0;
    if (!require_tuple(object, verb, "AF_NETLINK") ||
        PyArg_ParseTuple(object, "II;AF_NETLINK address must be a pair (pid, groups)", &pid,
                         &groups) == 0)
        return std::nullopt;
    return address::netlink(pid, groups);
}

// (cid, port)
found read_vsock(PyObject* object) {
    unsigned cid = 0;
    unsigned port = 0;
    if (!PyTuple_Check(object)) {
        PyErr_Format(PyExc_TypeError, "getsockaddrarg: AF_VSOCK address must be tuple, not %.500s",
                     Py_TYPE(object)->tp_name);
        return std::nullopt;
    }
    if (PyArg_ParseTuple(object, "II:getsockaddrarg", &cid, &port) == 0) return std::nullopt;
    return address::vsock(cid, port);
}

// (node, port)
found read_qipcrtr(PyObject* object) {
    ::sockaddr_qrtr raw{};
    raw.sq_family = AF_QIPCRTR;
    if (!PyTuple_Check(object)) {
        PyErr_Format(PyExc_TypeError,
                     "getsockaddrarg: AF_QIPCRTR address must be tuple, not %.500s",
                     Py_TYPE(object)->tp_name);
        return std::nullopt;
    }
    if (PyArg_ParseTuple(object, "II:getsockaddrarg", &raw.sq_node, &raw.sq_port) == 0)
        return std::nullopt;
    return exact(raw);
}

// (interface, protocol[, packet type[, hardware type[, hardware address]]])
found read_packet(PyObject* object, const char* verb) {
    const char* interface = nullptr;
    int protocol = 0;
    int packet_type = PACKET_HOST;
    int hardware_type = 0;
    buffer hardware_address;
    if (!require_tuple(object, verb, "AF_PACKET") ||
        PyArg_ParseTuple(
            object, "si|iiy*;AF_PACKET address must be a tuple of two to five elements", &interface,
            &protocol, &packet_type, &hardware_type, hardware_address.target()) == 0)
        return std::nullopt;
    if (PyTuple_GET_SIZE(object) == 5) hardware_address.filled();
    const auto index = try_if_nametoindex(interface);
    if (!index) {
        raise(index.error());
        return std::nullopt;
    }
    if (hardware_address.size() > 8)
        return refused(PyExc_ValueError, "hardware address must be 8 bytes or less");
    if (protocol < 0 || protocol > 0xffff) return out_of_range(verb, "proto");
    const auto made =
        address::try_packet(static_cast<int>(*index), static_cast<std::uint16_t>(protocol),
                            static_cast<std::uint8_t>(packet_type),
                            static_cast<std::uint16_t>(hardware_type), hardware_address.view());
    if (!made) raise(made.error());
    return made ? found(*made) : std::nullopt;
}

// (address type, v1, v2, v3[, scope])
found read_tipc(PyObject* object, const char* verb) {
    unsigned type = 0;
    unsigned v1 = 0;
    unsigned v2 = 0;
    unsigned v3 = 0;
    unsigned scope = TIPC_CLUSTER_SCOPE;
    if (!require_tuple(object, verb, "AF_TIPC") ||
        PyArg_ParseTuple(object,
                         "IIII|I;AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])",
                         &type, &v1, &v2, &v3, &scope) == 0)
        return std::nullopt;
    ::sockaddr_tipc raw{};
    raw.family = AF_TIPC;
    raw.scope = static_cast<signed char>(scope);
    raw.addrtype = static_cast<unsigned char>(type);
    switch (type) {
        case TIPC_ADDR_NAMESEQ:
            raw.addr.nameseq.type = v1;
            raw.addr.nameseq.lower = v2;
            raw.addr.nameseq.upper = v3;
            break;
        case TIPC_ADDR_NAME:
            raw.addr.name.name.type = v1;
            raw.addr.name.name.instance = v2;
            break;
        case TIPC_ADDR_ID:
            raw.addr.id.node = v1;
            raw.addr.id.ref = v2;
            break;
        default:
            return refused(PyExc_TypeError, "Invalid address type");
    }
    return exact(raw);
}

PyObject* tipc_object(const address& from) {
    const auto raw = raw_of<::sockaddr_tipc>(from);
    switch (raw.addrtype) {
        case TIPC_ADDR_NAMESEQ:
            return Py_BuildValue("IIIII", raw.addrtype, raw.addr.nameseq.type,
                                 raw.addr.nameseq.lower, raw.addr.nameseq.upper, raw.scope);
        case TIPC_ADDR_NAME:
            return Py_BuildValue("IIIII", raw.addrtype, raw.addr.name.name.type,
                                 raw.addr.name.name.instance, raw.addr.name.name.instance,
                                 raw.scope);
        case TIPC_ADDR_ID:
            return Py_BuildValue("IIIII", raw.addrtype, raw.addr.id.node, raw.addr.id.ref, 0,
                                 raw.scope);
        default:
            PyErr_SetString(PyExc_ValueError, "Invalid address type");
            return nullptr;
    }
}

bool can_interface(PyObject* encoded, int& index) {
    const ref name(encoded);
    if (PyBytes_GET_SIZE(encoded) >= IFNAMSIZ)
        return raise_os_error("AF_CAN interface name too long") != nullptr;
    return interface_index(encoded, index);
}

// (interface,) for CAN_RAW and CAN_BCM
found read_can(PyObject* object) {
    PyObject* interface = nullptr;
    ::sockaddr_can raw{};
    raw.can_family = AF_CAN;
    if (PyArg_ParseTuple(object, "O&;AF_CAN address must be a tuple (interface, )",
                         PyUnicode_FSConverter, &interface) == 0 ||
        !can_interface(interface, raw.can_ifindex))
        return std::nullopt;
    return exact(raw);
}

// (interface, receive id, send id) for CAN_ISOTP
found read_can_isotp(PyObject* object) {
    PyObject* interface = nullptr;
    unsigned long receive_id = 0;
    unsigned long send_id = 0;
    ::sockaddr_can raw{};
    raw.can_family = AF_CAN;
    if (PyArg_ParseTuple(object, "O&kk;AF_CAN address must be a tuple (interface, rx_id, tx_id)",
                         PyUnicode_FSConverter, &interface, &receive_id, &send_id) == 0 ||
        !can_interface(interface, raw.can_ifindex))
        return std::nullopt;
    raw.can_addr.tp.rx_id = static_cast<::canid_t>(receive_id);
    raw.can_addr.tp.tx_id = static_cast<::canid_t>(send_id);
    return exact(raw);
}

// (interface, name, group number, address) for CAN_J1939
found read_can_j1939(PyObject* object) {
    PyObject* interface = nullptr;
    unsigned long long name = 0;
    unsigned group = 0;
    unsigned char place = 0;
    ::sockaddr_can raw{};
    raw.can_family = AF_CAN;
    if (PyArg_ParseTuple(object,
                         "O&KIB;AF_CAN address must be a tuple (interface, name, pgn, addr)",
                         PyUnicode_FSConverter, &interface, &name, &group, &place) == 0 ||
        !can_interface(interface, raw.can_ifindex))
        return std::nullopt;
    raw.can_addr.j1939.name = name;
    raw.can_addr.j1939.pgn = group;
    raw.can_addr.j1939.addr = place;
    return exact(raw);
}

found read_any_can(PyObject* object, int proto, const char* verb) {
    if (proto != CAN_RAW && proto != CAN_BCM && proto != CAN_ISOTP && proto != CAN_J1939) {
        PyErr_Format(PyExc_OSError, "%s(): unsupported CAN protocol", verb);
        return std::nullopt;
    }
    if (!require_tuple(object, verb, "AF_CAN")) return std::nullopt;
    if (proto == CAN_ISOTP) return read_can_isotp(object);
    return proto == CAN_J1939 ? read_can_j1939(object) : read_can(object);
}

PyObject* can_object(const address& from, int proto) {
    const auto raw = raw_of<::sockaddr_can>(from);
    const ref name(PyUnicode_DecodeFSDefault(interface_name(raw.can_ifindex).c_str()));
    if (!name) return nullptr;
    if (proto == CAN_ISOTP)
        return Py_BuildValue("Okk", name.get(), static_cast<unsigned long>(raw.can_addr.tp.rx_id),
                             static_cast<unsigned long>(raw.can_addr.tp.tx_id));
    if (proto == CAN_J1939)
        return Py_BuildValue("OKIB", name.get(),
                             static_cast<unsigned long long>(raw.can_addr.j1939.name),
                             raw.can_addr.j1939.pgn, raw.can_addr.j1939.addr);
    return Py_BuildValue("(O)", name.get());
}

// (type, name[, features[, mask]])
found read_alg(PyObject* object, const char* verb) {
    const char* type = nullptr;
    const char* name = nullptr;
    ::sockaddr_alg raw{};
    raw.salg_family = AF_ALG;
    if (!require_tuple(object, verb, "AF_ALG") ||
        PyArg_ParseTuple(object,
                         "ss|HH;AF_ALG address must be a tuple (type, name[, feat[, mask]])", &type,
                         &name, &raw.salg_feat, &raw.salg_mask) == 0)
        return std::nullopt;
    if (std::strlen(type) >= sizeof raw.salg_type)
        return refused(PyExc_ValueError, "AF_ALG type too long.");
    if (std::strlen(name) >= sizeof raw.salg_name)
        return refused(PyExc_ValueError, "AF_ALG name too long.");
    std::memcpy(raw.salg_type, type, std::strlen(type));
    std::memcpy(raw.salg_name, name, std::strlen(name));
    return exact(raw);
}

PyObject* alg_object(const address& from) {
    const auto raw = raw_of<::sockaddr_alg>(from);
    const auto text = [](const unsigned char* field, std::size_t size) {
        return ::strnlen(reinterpret_cast<const char*>(field), size);
    };
    return Py_BuildValue(
        "s#s#HH", raw.salg_type, static_cast<Py_ssize_t>(text(raw.salg_type, sizeof raw.salg_type)),
        raw.salg_name, static_cast<Py_ssize_t>(text(raw.salg_name, sizeof raw.salg_name)),
        raw.salg_feat, raw.salg_mask);
}

// Bluetooth's structs are in the headers of BlueZ, which nothing else here needs. Addresses stand
// in them with the last byte first.
using bluetooth_address = std::array<std::uint8_t, 6>;
struct sockaddr_l2cap {
    std::uint16_t family;
    std::uint16_t psm;  // little-endian
    bluetooth_address device;
    std::uint16_t cid;
    std::uint8_t device_type;
};
struct sockaddr_rfcomm {
    std::uint16_t family;
    bluetooth_address device;
    std::uint8_t channel;
};
struct sockaddr_hci {
    std::uint16_t family;
    std::uint16_t device;
    std::uint16_t channel;
};
struct sockaddr_sco {
    std::uint16_t family;
    bluetooth_address device;
};

bool read_device(const char* text, bluetooth_address& device) {
    std::array<unsigned, 6> parts;
    char rest = 0;
    const int count = std::sscanf(text, "%X:%X:%X:%X:%X:%X%c", &parts[5], &parts[4], &parts[3],
                                  &parts[2], &parts[1], &parts[0], &rest);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (count != 6 || parts[i] > 0xff)
            return raise_os_error("bad bluetooth address") != nullptr;
        device[i] = static_cast<std::uint8_t>(parts[i]);
    }
    return true;
}

PyObject* device_object(const bluetooth_address& device) {
    std::array<char, 18> text;
    std::snprintf(text.data(), text.size(), "%02X:%02X:%02X:%02X:%02X:%02X", device[5], device[4],
                  device[3], device[2], device[1], device[0]);
    return PyUnicode_FromString(text.data());
}

found wrong_format(const char* verb) {
    PyErr_Format(PyExc_OSError, "%s(): wrong format", verb);
    return std::nullopt;
}

// L2CAP: (device, psm). RFCOMM: (device, channel). HCI: (number,). SCO: the device as bytes.
found read_bluetooth(PyObject* object, int proto, const char* verb) {
    const char* device = nullptr;
    if (proto == BTPROTO_HCI) {
        sockaddr_hci raw{AF_BLUETOOTH, 0, 0};
        if (!PyTuple_Check(object) || PyArg_ParseTuple(object, "H", &raw.device) == 0)
            return wrong_format(verb);
        return exact(raw);
    }
    if (proto == BTPROTO_SCO) {
        sockaddr_sco raw{AF_BLUETOOTH, {}};
        if (!PyBytes_Check(object)) return wrong_format(verb);
        if (!read_device(PyBytes_AS_STRING(object), raw.device)) return std::nullopt;
        return exact(raw);
    }
    if (proto != BTPROTO_L2CAP && proto != BTPROTO_RFCOMM) {
        PyErr_Format(PyExc_OSError, "%s(): unknown Bluetooth protocol", verb);
        return std::nullopt;
    }
    int number = 0;
    if (!PyTuple_Check(object) || PyArg_ParseTuple(object, "si", &device, &number) == 0)
        return wrong_format(verb);
    if (proto == BTPROTO_L2CAP) {
        sockaddr_l2cap raw{AF_BLUETOOTH, static_cast<std::uint16_t>(number), {}, 0, 0};
        if (!read_device(device, raw.device)) return std::nullopt;
        return exact(raw);
    }
    sockaddr_rfcomm raw{AF_BLUETOOTH, {}, static_cast<std::uint8_t>(number)};
    if (!read_device(device, raw.device)) return std::nullopt;
    return exact(raw);
}

PyObject* bluetooth_object(const address& from, int proto) {
    switch (proto) {
        case BTPROTO_HCI:
            return Py_BuildValue("i", raw_of<sockaddr_hci>(from).device);
        case BTPROTO_SCO:
            return device_object(raw_of<sockaddr_sco>(from).device);
        case BTPROTO_RFCOMM: {
            const auto raw = raw_of<sockaddr_rfcomm>(from);
            return Py_BuildValue("Ni", device_object(raw.device), raw.channel);
        }
        default: {
            const auto raw = raw_of<sockaddr_l2cap>(from);
            return Py_BuildValue("Ni", device_object(raw.device), raw.psm);
        }
    }
}

PyObject* packet_object(const address& from) {
    const std::string_view hardware = from.hardware_address();
    const ref name(PyUnicode_DecodeFSDefault(interface_name(from.interface_index()).c_str()));
    if (!name) return nullptr;
    return Py_BuildValue("OHBHy#", name.get(), from.protocol(), from.packet_type(),
                         from.hardware_type(), hardware.data() == nullptr ? "" : hardware.data(),
                         static_cast<Py_ssize_t>(hardware.size()));
}

// A family that Python has no form for: (family, the first 14 bytes of the address).
PyObject* unknown_object(const address& from) {
    const auto raw = raw_of<::sockaddr>(from);
    return Py_BuildValue("iy#", from.family(), raw.sa_data,
                         static_cast<Py_ssize_t>(sizeof raw.sa_data));
}

}  // namespace

std::optional<address> read_rare_address(PyObject* object, const priz::socket& s,
                                         const char* verb) {
    switch (s.family()) {
        case AF_NETLINK:
            return read_netlink(object, verb);
        case AF_VSOCK:
            return read_vsock(object);
        case AF_QIPCRTR:
            return read_qipcrtr(object);
        case AF_PACKET:
            return read_packet(object, verb);
        case AF_TIPC:
            return read_tipc(object, verb);
        case AF_CAN:
            return read_any_can(object, s.proto(), verb);
        case AF_ALG:
            return read_alg(object, verb);
        case AF_BLUETOOTH:
            return read_bluetooth(object, s.proto(), verb);
        default:
            PyErr_Format(PyExc_OSError, "%s(): bad family", verb);
            return std::nullopt;
    }
}

PyObject* rare_address_object(const address& from, int proto) {
    switch (from.family()) {
        case AF_NETLINK:
            return Py_BuildValue("II", from.pid(), from.groups());
        case AF_VSOCK:
            return Py_BuildValue("II", from.cid(), from.port());
        case AF_QIPCRTR: {
            const auto raw = raw_of<::sockaddr_qrtr>(from);
            return Py_BuildValue("II", raw.sq_node, raw.sq_port);
        }
        case AF_PACKET:
            return packet_object(from);
        case AF_TIPC:
            return tipc_object(from);
        case AF_CAN:
            return can_object(from, proto);
        case AF_ALG:
            return alg_object(from);
        case AF_BLUETOOTH:
            return bluetooth_object(from, proto);
        default:
            return unknown_object(from);
    }
}

}  // namespace priz::python
