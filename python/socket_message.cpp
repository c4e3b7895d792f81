// Messages: several pieces of memory at once, and what travels beside the data.
#include <array>
#include <vector>

#include "addresses.hpp"
#include "arguments.hpp"
#include "priz/constants.hpp"
#include "priz/control.hpp"
#include "priz/message.hpp"
#include "raise.hpp"
#include "socket_type.hpp"

namespace priz::python {

namespace {

constexpr Py_ssize_t ancillary_max = 0x7fffffff;

bool check_ancillary_size(Py_ssize_t size) {
    if (size >= 0 && size <= ancillary_max) return true;
    PyErr_SetString(PyExc_ValueError, "invalid ancillary data buffer length");
    return false;
}

// A list or tuple of what may be any iterable.
ref items_of(PyObject* iterable, const char* refusal) {
    return ref(PySequence_Fast(iterable, refusal));
}

// [(level, type, data), …]. The descriptors in it are the list's from then on.
PyObject* control_object(incoming_control& control) {
    ref list(PyList_New(0));
    if (!list || control.buffer().empty()) return list.release();
    for (const control_message& item : control) {
        const bytes_view data = item.data();
        const ref tuple(Py_BuildValue("iiy#", item.level(), item.type(), data.data(),
                                      static_cast<Py_ssize_t>(data.size())));
        if (!tuple || PyList_Append(list.get(), tuple.get()) != 0) return nullptr;
    }
    if (control.malformed() &&
        PyErr_WarnEx(PyExc_RuntimeWarning,
                     "received malformed or improperly-truncated ancillary data", 1) != 0)
        return nullptr;
    return list.release();
}

// (data, ancillary data, flags, address); `data` is given up. On failure the descriptors that came
// are closed with `outcome`.
PyObject* message_object(PyObject* data, message_size& outcome, int proto) {
    const ref first(data);
    const ref control(first ? control_object(outcome.control) : nullptr);
    const ref from(control ? address_object(outcome.from, proto) : nullptr);
    if (!from) return nullptr;
    const ref flags(PyLong_FromLong(outcome.flags));
    ref message(flags ? PyTuple_Pack(4, first.get(), control.get(), flags.get(), from.get())
                      : nullptr);
    if (message && outcome.control.descriptor_count() > 0)
        for (unique_fd& fd : outcome.control.take_descriptors()) static_cast<void>(fd.release());
    return message.release();
}

PyObject* recvmsg(PyObject* self, arguments given, Py_ssize_t count) {
    Py_ssize_t size = 0;
    Py_ssize_t ancillary_size = 0;
    int flags = 0;
    if ((count != 1 || !plain_size(given[0], size)) &&
        !parse(given, count, "n|ni:recvmsg", &size, &ancillary_size, &flags))
        return nullptr;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
        return nullptr;
    }
    if (!check_ancillary_size(ancillary_size)) return nullptr;
    PyObject* data = PyBytes_FromStringAndSize(nullptr, size);
    if (data == nullptr) return nullptr;
    priz::socket& s = socket_of(self);
    const bytes_span into(PyBytes_AS_STRING(data), static_cast<std::size_t>(size));
    auto outcome = s.try_recvmsg_into(std::span(&into, 1), static_cast<std::size_t>(ancillary_size),
                                      flags | inheritable_descriptors);
    if (!outcome) {
        Py_DECREF(data);
        return raise(outcome.error());
    }
    const auto there = std::min(size, static_cast<Py_ssize_t>(outcome->size));
    if (there != size) _PyBytes_Resize(&data, there);
    return guarded([&] { return message_object(data, *outcome, s.proto()); });
}

// The buffers of an iterable, writable (PyArg_Parse's "w*") or not ("y*").
bool read_buffers(PyObject* iterable, const char* refusal, const char* format,
                  std::vector<buffer>& buffers) {
    const ref items = items_of(iterable, refusal);
    if (!items) return false;
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items.get());
    buffers.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
        buffer& next = buffers.emplace_back();
        if (PyArg_Parse(PySequence_Fast_GET_ITEM(items.get(), i), format, next.target()) == 0)
            return false;
        next.filled();
    }
    return true;
}

PyObject* recvmsg_into(PyObject* self, arguments given, Py_ssize_t count) {
    PyObject* iterable = nullptr;
    Py_ssize_t ancillary_size = 0;
    int flags = 0;
    if (count == 1)
        iterable = given[0];
    else if (!parse(given, count, "O|ni:recvmsg_into", &iterable, &ancillary_size, &flags))
        return nullptr;
    return guarded([&]() -> PyObject* {
        std::vector<buffer> buffers;
        if (!read_buffers(iterable, "recvmsg_into() argument 1 must be an iterable",
                          "w*;recvmsg_into() argument 1 must be an iterable of single-segment "
                          "read-write buffers",
                          buffers) ||
            !check_ancillary_size(ancillary_size))
            return nullptr;
        std::vector<bytes_span> targets;
        for (const buffer& each : buffers) targets.push_back(each.span());
        priz::socket& s = socket_of(self);
        auto outcome = s.try_recvmsg_into(targets, static_cast<std::size_t>(ancillary_size),
                                          flags | inheritable_descriptors);
        if (!outcome) return raise(outcome.error());
        return message_object(PyLong_FromSize_t(outcome->size), *outcome, s.proto());
    });
}

// [(level, type, data), …] of any iterable.
bool read_control(PyObject* iterable, outgoing_control& control) {
    const ref items = items_of(iterable, "sendmsg() argument 2 must be an iterable");
    if (!items) return false;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(items.get()); ++i) {
        int level = 0;
        int type = 0;
        buffer data;
        if (PyArg_Parse(PySequence_Fast_GET_ITEM(items.get(), i),
                        "(iiy*):[sendmsg() ancillary data items]", &level, &type,
                        data.target()) == 0)
            return false;
        data.filled();
        if (data.size() > static_cast<std::size_t>(ancillary_max) - CMSG_SPACE(1))
            return raise_os_error("ancillary data item too large") != nullptr;
        control.raw(level, type, data.view());
    }
    return true;
}

std::vector<bytes_view> views_of(const std::vector<buffer>& buffers) {
    std::vector<bytes_view> views;
    views.reserve(buffers.size());
    for (const buffer& each : buffers) views.push_back(each.view());
    return views;
}

// `items` is a list or tuple.
bool read_sources(PyObject* items, std::vector<buffer>& sources) {
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    sources.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i)
        if (!sources.emplace_back().hold(PySequence_Fast_GET_ITEM(items, i))) return false;
    return true;
}

// Where a message is to go: nowhere in particular without an address.
bool read_destination(PyObject* self, PyObject* to, address& remote) {
    if (to == nullptr || to == Py_None)
        return PySys_Audit("socket.sendmsg", "OO", self, Py_None) == 0;
    priz::socket& s = socket_of(self);
    destination where;
    if (!where.read(to, s, "sendmsg") || PySys_Audit("socket.sendmsg", "OO", self, to) != 0)
        return false;
    const auto found = where.resolved(s);
    if (!found) return raise(found.error()) != nullptr;
    remote = *found;
    return true;
}

// A few bytes objects and nothing else, as most messages are: sent from where they lie.
constexpr Py_ssize_t few = 8;

class plain_message {
public:
    // False where it is none; nothing is said then.
    bool read(PyObject* data) noexcept {
        if (!PyList_CheckExact(data) || PyList_GET_SIZE(data) > few) return false;
        for (; size_ < static_cast<std::size_t>(PyList_GET_SIZE(data)); ++size_) {
            PyObject* const each = PyList_GET_ITEM(data, size_);
            if (!PyBytes_CheckExact(each)) return false;
            held_[size_] = ref::to(each);
            views_[size_] = {PyBytes_AS_STRING(each),
                             static_cast<std::size_t>(PyBytes_GET_SIZE(each))};
        }
        return true;
    }

    std::span<const bytes_view> views() const noexcept { return {views_.data(), size_}; }

private:
    // Whoever else has the list may change it during the call: the objects are held.
    std::array<ref, few> held_;
    std::array<bytes_view, few> views_;
    std::size_t size_ = 0;
};

// The address and its audit event come before the data, which a hook may still change.
PyObject* send_message(PyObject* self, PyObject* data, PyObject* ancillary, int flags,
                       PyObject* to) {
    address remote;
    if (!read_destination(self, to, remote)) return nullptr;
    plain_message plain;
    if (ancillary == nullptr && plain.read(data))
        return count_or_raise(socket_of(self).try_sendmsg(plain.views()));
    const ref items = items_of(data, "sendmsg() argument 1 must be an iterable");
    if (!items) return nullptr;
    std::vector<buffer> sources;
    outgoing_control control;
    if (!read_sources(items.get(), sources) ||
        (ancillary != nullptr && !read_control(ancillary, control)))
        return nullptr;
    return count_or_raise(socket_of(self).try_sendmsg(views_of(sources), control, flags, remote));
}

PyObject* sendmsg(PyObject* self, arguments given, Py_ssize_t count) {
    PyObject* data = count == 1 ? given[0] : nullptr;
    PyObject* ancillary = nullptr;
    int flags = 0;
    PyObject* to = nullptr;
    if (count != 1 && !parse(given, count, "O|OiO:sendmsg", &data, &ancillary, &flags, &to))
        return nullptr;
    return guarded([&] { return send_message(self, data, ancillary, flags, to); });
}

// What the kernel's crypto is told beside the data. Sources: linux/if_alg.h, the kernel's
// Documentation/crypto/userspace-if.rst.
bool add_algorithm(outgoing_control& control, int operation, PyObject* iv, int length) {
    const auto number = static_cast<std::uint32_t>(operation);
    control.raw(SOL_ALG, ALG_SET_OP, bytes_view(&number, sizeof number));
    if (iv != nullptr) {
        buffer data;
        if (!data.read(iv)) return false;
        const auto size = static_cast<std::uint32_t>(data.size());
        bytes sized(sizeof size, '\0');
        sized.replace(0, sizeof size, reinterpret_cast<const char*>(&size), sizeof size);
        control.raw(SOL_ALG, ALG_SET_IV, sized.append(data.view().text()));
    }
    if (length >= 0) {
        const auto associated = static_cast<std::uint32_t>(length);
        control.raw(SOL_ALG, ALG_SET_AEAD_ASSOCLEN, bytes_view(&associated, sizeof associated));
    }
    return true;
}

PyObject* send_algorithm(PyObject* self, PyObject* data, int operation, PyObject* iv,
                         PyObject* length, int flags) {
    int associated = -1;
    if (length != nullptr) {
        associated = static_cast<int>(PyLong_AsLong(length));
        if (associated == -1 && PyErr_Occurred() != nullptr) return nullptr;
        if (associated < 0) {
            PyErr_SetString(PyExc_TypeError, "assoclen must be positive");
            return nullptr;
        }
    }
    outgoing_control control;
    if (!add_algorithm(control, operation, iv, associated)) return nullptr;
    ref items;
    std::vector<buffer> sources;
    if (data != nullptr) {
        items = items_of(data, "sendmsg() argument 1 must be an iterable");
        if (!items || !read_sources(items.get(), sources)) return nullptr;
    }
    return count_or_raise(socket_of(self).try_sendmsg(views_of(sources), control, flags));
}

PyObject* sendmsg_afalg(PyObject* self, PyObject* args, PyObject* keywords) {
    static const char* names[] = {"msg", "op", "iv", "assoclen", "flags", nullptr};
    if (socket_of(self).family() != AF_ALG)
        return raise_os_error("algset is only supported for AF_ALG");
    PyObject* data = nullptr;
    PyObject* operation = nullptr;
    PyObject* iv = nullptr;
    PyObject* length = nullptr;
    int flags = 0;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O$OOOi:sendmsg_afalg",
                                     const_cast<char**>(names), &data, &operation, &iv, &length,
                                     &flags))
        return nullptr;
    const long number = operation == nullptr ? -1 : PyLong_AsLong(operation);
    if (PyErr_Occurred() != nullptr) return nullptr;
    if (number < 0) {
        PyErr_SetString(PyExc_TypeError, "Invalid or missing argument 'op'");
        return nullptr;
    }
    return guarded(
        [&] { return send_algorithm(self, data, static_cast<int>(number), iv, length, flags); });
}

}  // namespace

const PyMethodDef message_methods[] = {
    method("recvmsg", recvmsg,
           "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\n"
           "A message with what travels beside it: ancdata is a list of (level, type, data).\n"
           "ancbufsize is the room for it, see CMSG_SPACE()."),
    method("recvmsg_into", recvmsg_into,
           "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, "
           "address)\n\nAs recvmsg(), with the data in writable buffers, the first filled first."),
    method("sendmsg", sendmsg,
           "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSends the buffers as one "
           "message, with ancdata, (level, type, data) items, beside\nit."),
    method("sendmsg_afalg", sendmsg_afalg,
           "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])\n\nData for the "
           "kernel's crypto: what to do with it, the initialization vector, the\nlength of the "
           "associated data."),
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace priz::python
